//! `host_file`: a file with a content.

use situs_sdk::async_trait;
use situs_sdk::kit::{Ask, Check, Failure, Field, Looked, Object, Planning, Problem, Problems, Resource, Sought, said};

use crate::contents::sha256;
use crate::host::{Host, check_mode, check_path, mode};

/// A file on the host.
#[derive(Clone, Debug, Default, Object)]
pub struct File {
    /// where it is
    #[attr(required, replace)]
    path: Field<String>,
    /// what is in it
    #[attr(optional)]
    content: Field<String>,
    /// what is in it, never shown and never kept in the state
    #[attr(optional, sensitive, write_only)]
    secret_content: Field<String>,
    /// the file of this machine that it is a copy of
    #[attr(optional)]
    source: Field<String>,
    /// who may do what with it
    #[attr(default = "0644")]
    mode: Field<String>,
    /// whose it is
    #[attr(optional)]
    owner: Field<String>,
    /// and whose group's
    #[attr(optional)]
    group: Field<String>,
    /// its path
    #[attr(computed)]
    id: Field<String>,
    /// the SHA-256 of what is in it; null for a secret, which could be guessed from it
    #[attr(computed)]
    sha256: Field<String>,
    /// counts how often its secret changed
    #[attr(computed)]
    revision: Field<u64>,
}

/// The resource type.
pub struct Files;

/// A line with what it is, and then what is in it, or the digest of that.
const READ: &str = r#"
if [ ! -e "$1" ]; then echo gone; exit; fi
if [ ! -f "$1" ]; then echo other; exit; fi
stat -L -c 'file %a %U %G' -- "$1" || exit
if [ "$2" = whole ]; then cat -- "$1"; else sha256sum < "$1"; fi"#;

/// Beside it first, so that nobody ever sees a part of it.
const WRITE: &str = r#"
set -e
umask 077
t=$(mktemp -- "$(dirname -- "$1")/.situs.XXXXXX")
trap 'rm -f -- "$t"' EXIT
cat > "$t"
[ -z "$3$4" ] || chown -- "$3${4:+:$4}" "$t"
chmod -- "$2" "$t"
mv -f -- "$t" "$1""#;

/// What is on the host.
struct Live {
    mode: String,
    owner: String,
    group: String,
    /// What is in it, or the digest of that.
    rest: Vec<u8>,
}

async fn look(host: &Host, path: &str, whole: bool) -> Result<Option<Live>, Problems> {
    let what = format!("read the file `{path}`");
    let how = if whole { "whole" } else { "digest" };
    let answer = host.give(&what, READ, &[path, how], b"").await?;
    let end = answer.iter().position(|b| *b == b'\n').unwrap_or(answer.len());
    let (line, rest) = answer.split_at_checked(end).unwrap_or((&answer, b""));
    let line = String::from_utf8_lossy(line).into_owned();
    let words: Vec<&str> = line.split(' ').collect();
    match words.as_slice() {
        ["file", mode, owner, group] => Ok(Some(Live {
            mode: (*mode).to_owned(),
            owner: (*owner).to_owned(),
            group: (*group).to_owned(),
            rest: rest.get(1..).unwrap_or_default().to_vec(),
        })),
        ["gone"] => Ok(None),
        _ => {
            let title = format!("`{path}` is there and is no file");
            Err(vec![Problem::error(title, "Remove it, or give the file another path.")])
        }
    }
}

/// What is to be in it.
async fn bytes(host: &Host, file: &File, secret: &Field<String>) -> Result<Vec<u8>, Problems> {
    if let Field::Known(source) = &file.source {
        let read = tokio::fs::read(host.directory.join(source)).await;
        return read.map_err(said(&format!("read `{source}`")));
    }
    let text = file.content.known().or(secret.known());
    Ok(text.map(|text| text.as_bytes().to_vec()).unwrap_or_default())
}

fn as_it_is(set: &File, live: &Live) -> File {
    let secret = set.sha256.is_null();
    let digest = match set.source.is_null() {
        true => sha256(&live.rest),
        false => String::from_utf8_lossy(&live.rest)
            .split(' ')
            .next()
            .unwrap_or_default()
            .to_owned(),
    };
    File {
        content: set.content.as_seen(String::from_utf8_lossy(&live.rest).into_owned()),
        mode: mode(&set.mode, &live.mode),
        owner: set.owner.as_seen(live.owner.clone()),
        group: set.group.as_seen(live.group.clone()),
        sha256: if secret { Field::Null } else { digest.into() },
        ..set.clone()
    }
}

async fn write(host: &Host, planned: File, ask: Ask<'_, File>) -> Result<File, Failure<File>> {
    let path = planned.path.text();
    let bytes = bytes(host, &planned, &ask.config.secret_content).await?;
    if planned.sha256.known().is_some_and(|digest| *digest != sha256(&bytes)) {
        let title = format!("`{}` changed since it was planned", planned.source.text());
        return Err(Problem::error(title, "Make the plan again.").into());
    }
    let arguments = [path, planned.mode.text(), planned.owner.text(), planned.group.text()];
    host.give(&format!("write the file `{path}`"), WRITE, &arguments, &bytes)
        .await?;
    let digest = match (planned.sha256.is_null(), &ask.config.secret_content) {
        (true, _) | (_, Field::Known(_)) => Field::Null,
        _ => sha256(&bytes).into(),
    };
    Ok(File {
        sha256: digest,
        ..planned
    })
}

#[async_trait]
impl Resource for Files {
    type Client = Host;
    type State = File;

    fn validate(&self, config: &File, check: &mut Check) {
        check_path(check, "path", &config.path);
        check_mode(check, &config.mode);
        let all = [&config.content, &config.secret_content, &config.source];
        let several = all.iter().filter(|field| !field.is_null()).count() > 1;
        let one = "keep one of `content`, `secret_content` and `source`";
        check.that(!several, "content", "a file has one content", one);
    }

    async fn plan(&self, host: &Host, plan: Planning<'_, File>, planned: &mut File) -> Result<(), Problems> {
        planned.id = planned.path.clone();
        let secret = &plan.config.secret_content;
        planned.sha256 = match (secret, &planned.content, &planned.source) {
            (Field::Known(_) | Field::Unknown, ..) => Field::Null,
            (_, Field::Unknown, _) | (.., Field::Unknown) => Field::Unknown,
            _ => sha256(&bytes(host, planned, secret).await?).into(),
        };
        let Some(prior) = plan.prior else {
            planned.revision = 1.into();
            return Ok(());
        };
        let same = match secret {
            Field::Null => true,
            Field::Unknown => false,
            Field::Known(secret) => {
                let live = look(host, prior.path.text(), true).await?;
                live.is_some_and(|live| live.rest == secret.as_bytes())
            }
        };
        planned.revision = (prior.revision.get() + u64::from(!same)).into();
        Ok(())
    }

    async fn create(&self, host: &Host, planned: File, ask: Ask<'_, File>) -> Result<File, Failure<File>> {
        write(host, planned, ask).await
    }

    async fn read(&self, host: &Host, current: File) -> Result<Option<File>, Problems> {
        let live = look(host, current.path.text(), current.source.is_null()).await?;
        Ok(live.map(|live| as_it_is(&current, &live)))
    }

    async fn update(&self, host: &Host, _: File, planned: File, ask: Ask<'_, File>) -> Result<File, Failure<File>> {
        write(host, planned, ask).await
    }

    async fn delete(&self, host: &Host, prior: File) -> Result<(), Problems> {
        let path = prior.path.text();
        host.ask(&format!("remove the file `{path}`"), r#"rm -f -- "$1""#, &[path])
            .await?;
        Ok(())
    }

    async fn import(&self, host: &Host, id: &str) -> Result<Option<File>, Problems> {
        let Some(live) = look(host, id, true).await? else {
            return Ok(None);
        };
        let all = File {
            path: id.into(),
            id: id.into(),
            content: "".into(),
            sha256: "".into(),
            revision: 1.into(),
            ..File::default()
        };
        Ok(Some(as_it_is(&all, &live)))
    }

    /// A file carries no key, and needs none: one that holds what was planned is the one that was planned.
    async fn lookup(&self, host: &Host, sought: Sought<File>) -> Result<Looked<File>, Problems> {
        let Some(known) = sought.planned.or(sought.prior) else {
            return Ok(Looked::CannotTell);
        };
        let (digest, secret) = (known.sha256.clone(), known.sha256.is_null());
        Ok(match self.read(host, known).await? {
            None => Looked::Nothing,
            Some(_) if secret => Looked::CannotTell,
            Some(file) if digest.is_unknown() || file.sha256 == digest => Looked::Object(Box::new(file)),
            Some(_) => Looked::Nothing,
        })
    }
}
