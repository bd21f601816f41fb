//! The source of a provider that is a plug-in: `[HOST/]NAMESPACE/NAME`.

use std::fmt;

/// Where providers are that name no host. The first one is asked; what is installed from the others is taken as well.
pub const DEFAULT_HOSTS: [&str; 2] = ["registry.opentofu.org", "registry.terraform.io"];

/// The source of a provider.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PluginSource {
    /// The registry, where one is named.
    pub host: Option<String>,
    /// Whose it is there.
    pub namespace: String,
    /// Its name there: `random`.
    pub name: String,
}

impl PluginSource {
    /// Reads a source; `Err` says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let parts: Vec<String> = text.split('/').map(str::to_lowercase).collect();
        let (host, namespace, name) = match parts.as_slice() {
            [namespace, name] => (None, namespace, name),
            [host, namespace, name] => (Some(host), namespace, name),
            _ => {
                return Err(format!(
                    "`{text}` is no source of a provider: it is `NAMESPACE/NAME` or `HOST/NAMESPACE/NAME`"
                ));
            }
        };
        let fits =
            |part: &String| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
        let host_fits =
            |h: &String| !h.is_empty() && h.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '.' | ':'));
        if !fits(namespace) || !fits(name) || !host.is_none_or(host_fits) || host.is_some_and(|h| h.starts_with('.')) {
            return Err(format!(
                "`{text}` is no source of a provider: only letters, digits, `-` and `_` are in its names"
            ));
        }
        Ok(Self {
            host: host.cloned(),
            namespace: namespace.clone(),
            name: name.clone(),
        })
    }

    /// The hosts that it may come from, the first one first.
    pub fn hosts(&self) -> Vec<&str> {
        match &self.host {
            Some(host) => vec![host],
            None => DEFAULT_HOSTS.to_vec(),
        }
    }

    /// With each of its hosts, `HOST/NAMESPACE/NAME`: as directories and lock files have it.
    pub fn full(&self) -> Vec<String> {
        let one = |host: &str| format!("{host}/{}/{}", self.namespace, self.name);
        self.hosts().into_iter().map(one).collect()
    }

    /// Whether both mean the same provider: one without a host is that of any host that it may come from.
    pub fn is(&self, other: &Self) -> bool {
        let (ours, theirs) = (self.hosts(), other.hosts());
        self.namespace == other.namespace && self.name == other.name && ours.iter().any(|h| theirs.contains(h))
    }
}

impl fmt::Display for PluginSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(host) = &self.host {
            write!(f, "{host}/")?;
        }
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// A source in which `*` stands for any part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    host: Option<String>,
    namespace: String,
    name: String,
}

impl Pattern {
    /// Reads one; nothing where it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.to_lowercase();
        let parts: Vec<&str> = text.split('/').collect();
        let (host, namespace, name) = match parts.as_slice() {
            [namespace, name] => (None, *namespace, *name),
            [host, namespace, name] => (Some((*host).to_owned()), *namespace, *name),
            _ => return None,
        };
        Some(Self {
            host,
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        })
    }

    /// Whether a source is one of these.
    pub fn fits(&self, source: &PluginSource) -> bool {
        let part = |pattern: &str, part: &str| pattern == "*" || pattern == part;
        let of_host = match &self.host {
            Some(host) => source.hosts().iter().any(|h| part(host, h)),
            None => source.hosts().iter().any(|h| DEFAULT_HOSTS.contains(h)),
        };
        of_host && part(&self.namespace, &source.namespace) && part(&self.name, &source.name)
    }
}
