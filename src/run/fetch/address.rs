//! Addresses of packages, as the Terraform language writes them
//! (developer.hashicorp.com/terraform/language/modules/sources, as of 2025-03).

use crate::lang::config::{is_registry, split};

/// What a package comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Address {
    Registry(Module),
    Git(Repository),
    Archive(Archive),
}

/// A module of a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Module {
    pub host: String,
    /// `NAMESPACE/NAME/SYSTEM`
    pub path: String,
}

/// A repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Repository {
    pub url: String,
    /// A branch, a tag or a commit; the default branch where nothing is said.
    pub reference: Option<String>,
    /// The directory of it that is the package; empty: all of it.
    pub inside: String,
}

/// An archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Archive {
    pub url: String,
    /// `zip`, `tar.gz`; as its name tells where nothing is said.
    pub form: Option<String>,
    /// The directory of it that is the package; `*`: the only one there is; empty: all of it.
    pub inside: String,
}

/// The registry of modules without a host.
const REGISTRY: &str = "registry.opentofu.org";
/// Hosts whose addresses are those of repositories.
const HOSTS: [&str; 3] = ["github.com", "bitbucket.org", "gitlab.com"];

impl Address {
    pub fn read(source: &str) -> Result<Self, String> {
        let (source, inside) = split(source);
        if is_registry(&source) {
            return Ok(Self::registry(&source));
        }
        if let Some(url) = source.strip_prefix("git::") {
            return repository(url, inside).map(Address::Git);
        }
        if let Some((other, _)) = source.split_once("::") {
            return Err(format!(
                "addresses of the kind `{other}::` are not supported: `git::` and `https://` are"
            ));
        }
        if source.starts_with("git@") {
            return repository(&source, inside).map(Address::Git);
        }
        if HOSTS
            .iter()
            .any(|h| source.strip_prefix(h).is_some_and(|rest| rest.starts_with('/')))
        {
            return repository(&on_host(&source), inside).map(Address::Git);
        }
        if source.starts_with("https://") || source.starts_with("http://") {
            return archive(&source, inside).map(Address::Archive);
        }
        Err("write `./DIRECTORY`, `NAMESPACE/NAME/SYSTEM`, `git::URL` or the URL of an archive".to_owned())
    }

    fn registry(source: &str) -> Self {
        let (host, path) = match source.split('/').count() {
            3 => (REGISTRY, source),
            _ => source.split_once('/').unwrap_or((REGISTRY, source)),
        };
        Address::Registry(Module {
            host: host.to_owned(),
            path: path.to_owned(),
        })
    }
}

/// `github.com/ORG/REPO/more` is the repository and a directory in it, which has to be written behind `//`.
fn on_host(source: &str) -> String {
    let (path, query) = source
        .split_once('?')
        .map_or((source, String::new()), |(p, q)| (p, format!("?{q}")));
    let path = path.trim_end_matches(".git");
    format!("https://{path}.git{query}")
}

/// The parameters behind `?`, and the rest.
fn parameters(url: &str) -> (String, Vec<(String, String)>) {
    let Some((path, query)) = url.split_once('?') else {
        return (url.to_owned(), Vec::new());
    };
    let pair = |p: &str| {
        let (name, value) = p.split_once('=').unwrap_or((p, ""));
        (name.to_owned(), value.replace("%2F", "/").replace("%2f", "/"))
    };
    (path.to_owned(), query.split('&').map(pair).collect())
}

fn repository(url: &str, inside: String) -> Result<Repository, String> {
    let (mut path, query) = parameters(url);
    if let Some(secret) = query.iter().find(|(name, _)| name == "sshkey") {
        return Err(format!(
            "`{}` in an address is not supported: use the keys of `ssh`",
            secret.0
        ));
    }
    let reference = query
        .iter()
        .find(|(name, _)| name == "ref")
        .map(|(_, value)| value.clone());
    let rest: Vec<String> = query
        .into_iter()
        .filter(|(name, _)| !matches!(name.as_str(), "ref" | "depth"))
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    if !rest.is_empty() {
        path = format!("{path}?{}", rest.join("&"));
    }
    let scp = path.starts_with("git@") && path.contains(':');
    let scheme = path.split_once("://").map(|(scheme, _)| scheme);
    let known = scp || scheme.is_some_and(|s| ["https", "http", "ssh", "git", "file"].contains(&s));
    let odd = path.starts_with('-') || reference.as_deref().is_some_and(|r| r.starts_with('-') || r.is_empty());
    if !known || odd {
        return Err(format!(
            "`{path}` is not the address of a repository: write `git::https://HOST/PATH.git?ref=TAG`"
        ));
    }
    Ok(Repository {
        url: path,
        reference,
        inside,
    })
}

fn archive(url: &str, inside: String) -> Result<Archive, String> {
    let (path, query) = parameters(url);
    if path.ends_with(".git") {
        return Err(format!("this is a repository: write `git::{url}`"));
    }
    let form = query
        .iter()
        .find(|(name, _)| name == "archive")
        .map(|(_, value)| value.clone());
    let rest: Vec<String> = query
        .into_iter()
        .filter(|(name, _)| name != "archive")
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let url = if rest.is_empty() {
        path
    } else {
        format!("{path}?{}", rest.join("&"))
    };
    Ok(Archive { url, form, inside })
}
