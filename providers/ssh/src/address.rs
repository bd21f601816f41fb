//! Who is connected to, and how.

use std::path::PathBuf;

use tokio::process::Command;

/// A host, and what of the user's configuration is not to count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Address {
    host: String,
    /// Who logs in.
    pub user: Option<String>,
    /// At which port.
    pub port: Option<u16>,
    /// With which key.
    pub identity: Option<PathBuf>,
    /// Over which hosts: `jump.example`, `ops@a,ops@b:2222`.
    pub jump: Option<String>,
    /// By which configuration, instead of the user's.
    pub config: Option<PathBuf>,
}

impl Address {
    /// A host by name, or as the user's configuration calls it. What `ssh` would take for an option is none.
    pub fn new(host: &str) -> Result<Self, String> {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let sound = |text: &str| !text.is_empty() && !text.starts_with('-') && !text.contains(char::is_whitespace);
        if !sound(host) || host.chars().any(char::is_control) {
            return Err(format!("`{host}` names no host"));
        }
        let (user, host) = match host.rsplit_once('@') {
            Some((user, host)) if sound(user) && sound(host) => (Some(user.to_owned()), host),
            Some(_) => return Err(format!("`{host}` names no host")),
            None => (None, host),
        };
        Ok(Self {
            host: host.to_owned(),
            user,
            ..Self::default()
        })
    }

    /// `ssh://[user@]host[:port][/path]`, and the path.
    pub fn parse(address: &str) -> Result<(Self, &str), String> {
        let rest = address.strip_prefix("ssh://").unwrap_or(address);
        let (host, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
        let (host, port) = match host.rsplit_once(':') {
            Some((before, port)) if !before.ends_with(':') => match port.parse::<u16>() {
                Ok(port) => (before, Some(port)),
                Err(_) => (host, None),
            },
            _ => (host, None),
        };
        let parsed = Self::new(host).map_err(|_| format!("`{address}` names no host"))?;
        Ok((Self { port, ..parsed }, path))
    }

    /// The host alone.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Options of `ssh`. Nothing is asked of a person, and a connection that is dead is found out.
    pub(crate) fn options<'a>(&self, ssh: &'a mut Command) -> &'a mut Command {
        ssh.args([
            "-T",
            "-o",
            "BatchMode=yes",
            "-o",
            "ConnectTimeout=15",
            "-o",
            "ServerAliveInterval=10",
        ]);
        if let Some(config) = &self.config {
            ssh.arg("-F").arg(config);
        }
        if let Some(user) = &self.user {
            ssh.args(["-l", user]);
        }
        if let Some(port) = self.port {
            ssh.args(["-p", &port.to_string()]);
        }
        if let Some(identity) = &self.identity {
            ssh.arg("-i").arg(identity);
        }
        if let Some(jump) = &self.jump {
            ssh.args(["-J", jump]);
        }
        ssh
    }
}

#[cfg(test)]
mod tests {
    use super::Address;

    #[test]
    fn addresses() {
        let parts = |address: &str| {
            let (address, path) = Address::parse(address)?;
            Ok::<_, String>((
                address.user.unwrap_or_default(),
                address.host,
                address.port,
                path.to_owned(),
            ))
        };
        let whole =
            |user: &str, host: &str, port, path: &str| Ok((user.to_owned(), host.to_owned(), port, path.to_owned()));
        assert_eq!(parts("ssh://a@b"), whole("a", "b", None, ""));
        assert_eq!(parts("ssh://b:2222/"), whole("", "b", Some(2222), "/"));
        assert_eq!(parts("ssh://[::1]/run/p.sock"), whole("", "::1", None, "/run/p.sock"));
        assert!(parts("ssh://-oProxyCommand=x").is_err());
        assert!(parts("ssh://-l@b").is_err());
        assert!(parts("ssh:///run/p.sock").is_err());
        assert!(parts("ssh://a b").is_err());
    }
}
