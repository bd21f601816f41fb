//! `docker_image`: an image that an engine has: pulled from a registry, by tag or pinned by digest, or loaded from an archive.

use bollard::errors::Error;
use bollard::models::ImageInspect as Live;
use bollard::query_parameters::{CreateImageOptions, ImportImageOptions, RemoveImageOptions, TagImageOptions};
use bytes::Bytes;
use futures_util::stream::{self, Stream, StreamExt};
use situs_sdk::async_trait;
use situs_sdk::kit::{Ask, Check, Failure, Field, Looked, Object, Planning, Problem, Problems, Resource, Sought, said};
use tokio::fs::File;
use tokio::io::AsyncReadExt;

use crate::engine::{Engine, cannot, found, status};

/// An image that an engine has.
#[derive(Clone, Debug, Default, Object)]
pub struct Image {
    /// what it is called: `docker.io/library/nginx:1.27`, `localhost/app:3`
    #[attr(required, replace)]
    name: Field<String>,
    /// the digest of what is pulled: `sha256:…`. Written, it is that and nothing else, whatever the tag says; not written, it is what was found
    #[attr(optional, computed, replace)]
    digest: Field<String>,
    /// the archive that it is loaded from instead of a registry, as `docker save` and `podman save` write it; relative to the configuration
    #[attr(optional, replace)]
    archive: Field<String>,
    /// when it is fetched: `missing` (when the engine has none of that name), `always` or `never`
    #[attr(default = "missing")]
    pull: Field<String>,
    /// whether it stays when this is destroyed: `no`, `used` (where something else uses it) or `yes`
    #[attr(default = "no")]
    keep: Field<String>,
    /// what the engine calls it: `sha256:…`
    #[attr(computed)]
    id: Field<String>,
}

/// The resource type.
pub struct Images;

/// The same image as the engine has it.
fn as_it_is(set: &Image, live: &Live) -> Image {
    let (repository, _) = split(set.name.text());
    let all = live.repo_digests.iter().flatten().filter_map(|one| one.split_once('@'));
    let own = all.filter(|(of, _)| bare(of) == bare(repository));
    let digests: Vec<&str> = own.map(|(_, digest)| digest).collect();
    // One repository may know an image by several: what is written is one of them, or the image is another.
    let same = set.digest.known().filter(|written| digests.contains(&written.as_str()));
    let digest = same.cloned().or_else(|| digests.first().map(|d| (*d).to_owned()));
    Image {
        digest: digest.into(),
        id: live.id.as_deref().map(whole_id).into(),
        ..set.clone()
    }
}

/// A repository without what engines add to its name.
pub fn bare(repository: &str) -> &str {
    let added = ["docker.io/library/", "docker.io/", "localhost/"];
    let rest = added.iter().find_map(|prefix| repository.strip_prefix(prefix));
    rest.unwrap_or(repository)
}

/// Podman leaves out what kind of digest it is.
pub fn whole_id(id: &str) -> String {
    match id.contains(':') {
        true => id.to_owned(),
        false => format!("sha256:{id}"),
    }
}

/// The name without the tag, and the tag.
fn split(name: &str) -> (&str, &str) {
    match name.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => (repository, tag),
        _ => (name, "latest"),
    }
}

async fn inspect(engine: &Engine, name: &str) -> Result<Option<Live>, Problems> {
    found(engine.api.inspect_image(name).await).map_err(cannot(format!("read the image `{name}`")))
}

/// The image of a name, for those that need one.
pub async fn live(engine: &Engine, name: &str) -> Result<Option<Live>, Problems> {
    inspect(engine, name).await
}

/// Whether it has to be fetched.
fn wanted(image: &Image, there: Option<Live>) -> bool {
    let Some(live) = there else {
        return image.pull.text() != "never";
    };
    let other = image.digest.known().is_some() && as_it_is(image, &live).digest != image.digest;
    match image.pull.text() {
        "always" => true,
        "never" => false,
        // What is loaded may be another image than the one that has the name.
        _ => other || !image.archive.is_null(),
    }
}

async fn pull(engine: &Engine, image: &Image) -> Result<(), Problems> {
    let name = image.name.text();
    let (repository, tag) = split(name);
    let reference = match image.digest.known() {
        Some(digest) => format!("{repository}@{digest}"),
        None => format!("{repository}:{tag}"),
    };
    let options = CreateImageOptions {
        from_image: Some(reference.clone()),
        ..CreateImageOptions::default()
    };
    let what = format!("pull the image `{reference}`");
    let answers = engine.api.create_image(Some(options), None, engine.login(name));
    drained(answers.map(|one| Ok(one?.error_detail.and_then(|e| e.message))), &what).await?;
    if image.digest.known().is_some() {
        let options = TagImageOptions {
            repo: Some(repository.to_owned()),
            tag: Some(tag.to_owned()),
        };
        let tagged = engine.api.tag_image(&reference, Some(options)).await;
        tagged.map_err(cannot(format!("call the image `{name}`")))?;
    }
    Ok(())
}

async fn load(engine: &Engine, image: &Image, archive: &str) -> Result<(), Problems> {
    let path = engine.directory.join(archive);
    let file = File::open(&path)
        .await
        .map_err(said(&format!("open the archive `{archive}`")))?;
    let what = format!("load the image `{}` from `{archive}`", image.name.text());
    let answers = engine
        .api
        .import_image_stream(ImportImageOptions::default(), pieces(file), None);
    drained(answers.map(|one| Ok(one?.error_detail.and_then(|e| e.message))), &what).await
}

/// A file, piece by piece.
fn pieces(file: File) -> impl Stream<Item = Result<Bytes, std::io::Error>> + Send + 'static {
    stream::unfold(file, |mut file| async move {
        let mut piece = vec![0; 256 << 10];
        match file.read(&mut piece).await {
            Ok(0) => None,
            Ok(size) => {
                piece.truncate(size);
                Some((Ok(Bytes::from(piece)), file))
            }
            Err(error) => Some((Err(error), file)),
        }
    })
}

/// Waits for the end of an answer that comes in pieces, any of which may say that it went wrong.
async fn drained(answers: impl Stream<Item = Result<Option<String>, Error>>, what: &str) -> Result<(), Problems> {
    let mut answers = std::pin::pin!(answers);
    while let Some(answer) = answers.next().await {
        if let Some(message) = answer.map_err(cannot(what))? {
            return Err(vec![Problem::error(format!("cannot {what}"), message)]);
        }
    }
    Ok(())
}

#[async_trait]
impl Resource for Images {
    type Client = Engine;
    type State = Image;

    fn validate(&self, config: &Image, check: &mut Check) {
        let name = config.name.text();
        let at = "a digest belongs into `digest`, so that the image keeps its name";
        check.that(
            !name.contains('@'),
            "name",
            "an image is named by repository and tag",
            at,
        );
        let blank = name.chars().any(|c| c.is_whitespace() || c.is_control());
        check.that(
            !blank,
            "name",
            "the name of an image has no spaces",
            "write it as `repository:tag`",
        );
        if let Field::Known(digest) = &config.digest {
            let hex = digest.strip_prefix("sha256:").unwrap_or_default();
            let right = hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_hexdigit());
            check.that(
                right,
                "digest",
                "this is no digest",
                "write `sha256:` and 64 hexadecimal digits",
            );
        }
        let pull = config
            .pull
            .known()
            .is_none_or(|p| ["missing", "always", "never"].contains(&p.as_str()));
        check.that(
            pull,
            "pull",
            format!("`{}` is none of these", config.pull.text()),
            "missing, always, never",
        );
        let keep = config
            .keep
            .known()
            .is_none_or(|k| ["no", "used", "yes"].contains(&k.as_str()));
        check.that(
            keep,
            "keep",
            format!("`{}` is none of these", config.keep.text()),
            "no, used, yes",
        );
        let both = !config.archive.is_null() && !config.digest.is_null();
        check.that(
            !both,
            "digest",
            "what is loaded has no digest",
            "keep `archive` or `digest`",
        );
    }

    async fn plan(&self, _: &Engine, plan: Planning<'_, Image>, planned: &mut Image) -> Result<(), Problems> {
        // What is loaded comes from no registry.
        if plan.prior.is_none() && planned.digest.is_unknown() && !planned.archive.is_null() {
            planned.digest = Field::Null;
        }
        Ok(())
    }

    async fn create(&self, engine: &Engine, mut planned: Image, _: Ask<'_, Image>) -> Result<Image, Failure<Image>> {
        if planned.digest.is_unknown() {
            planned.digest = Field::Null;
        }
        let name = planned.name.text().to_owned();
        if wanted(&planned, inspect(engine, &name).await?) {
            match planned.archive.known() {
                Some(archive) => load(engine, &planned, archive).await?,
                None => pull(engine, &planned).await?,
            }
        }
        match inspect(engine, &name).await? {
            Some(live) => {
                let made = as_it_is(&planned, &live);
                // Podman notes digests of what is loaded as well.
                let digest = if planned.archive.is_null() {
                    made.digest
                } else {
                    Field::Null
                };
                Ok(Image { digest, ..made })
            }
            None => {
                let title = format!("there is no image `{name}` after all");
                let why =
                    "What was loaded or pulled has another name: an archive says itself what its images are called.";
                Err(Problem::error(title, why).into())
            }
        }
    }

    async fn read(&self, engine: &Engine, current: Image) -> Result<Option<Image>, Problems> {
        let live = inspect(engine, current.name.text()).await?;
        Ok(live.map(|live| {
            let seen = as_it_is(&current, &live);
            let digest = if current.archive.is_null() {
                seen.digest
            } else {
                Field::Null
            };
            Image { digest, ..seen }
        }))
    }

    /// Only `keep` and `pull` can change, and that is nobody's business but ours.
    async fn update(&self, _: &Engine, _: Image, planned: Image, _: Ask<'_, Image>) -> Result<Image, Failure<Image>> {
        Ok(planned)
    }

    async fn delete(&self, engine: &Engine, prior: Image) -> Result<(), Problems> {
        if prior.keep.text() == "yes" {
            return Ok(());
        }
        let name = prior.name.text();
        match engine.api.remove_image(name, None::<RemoveImageOptions>, None).await {
            Ok(_) => Ok(()),
            Err(error) if status(&error) == Some(404) => Ok(()),
            Err(error) if status(&error) == Some(409) && prior.keep.text() == "used" => Ok(()),
            Err(error) if status(&error) == Some(409) => {
                let mut problems = cannot(format!("remove the image `{name}`"))(error);
                let why = "Something that is not configured here still uses it. With `keep = \"used\"` it stays then.";
                problems
                    .iter_mut()
                    .for_each(|p| p.detail = format!("{}. {why}", p.detail));
                Err(problems)
            }
            Err(error) => Err(cannot(format!("remove the image `{name}`"))(error)),
        }
    }

    async fn import(&self, engine: &Engine, id: &str) -> Result<Option<Image>, Problems> {
        let live = inspect(engine, id).await?;
        let image = Image {
            name: id.into(),
            pull: "missing".into(),
            keep: "no".into(),
            ..Image::default()
        };
        Ok(live.map(|live| as_it_is(&image, &live)))
    }

    /// An image carries no key, and needs none: the one of that name is the one that was to be there.
    async fn lookup(&self, engine: &Engine, sought: Sought<Image>) -> Result<Looked<Image>, Problems> {
        let Some(known) = sought.planned.or(sought.prior) else {
            return Ok(Looked::CannotTell);
        };
        let wanted = known.digest.clone();
        let found = self.read(engine, known).await?;
        let same = found.filter(|image| wanted.known().is_none() || image.digest == wanted);
        Ok(same.map_or(Looked::Nothing, |image| Looked::Object(Box::new(image))))
    }
}
