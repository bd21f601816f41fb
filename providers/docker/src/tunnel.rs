//! A way to an engine's socket on another host, dug by the user's own `ssh`: with their configuration, agent, jump hosts and known hosts.
//!
//! `ssh -L LOCAL:REMOTE HOST cat` forwards a socket in a private directory, and ends when our end of `cat`'s input does: however we go.

use std::process::Stdio;
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::AsyncReadExt;
use tokio::process::{Child, ChildStdin, Command};
use tokio::time::{Instant, sleep};

/// The socket of an engine when the address names none.
const SOCKET: &str = "/var/run/docker.sock";
/// So long it may take to get there.
const PATIENCE: Duration = Duration::from_secs(30);

/// A socket here that is one there, for as long as this is kept.
pub struct Tunnel {
    socket: String,
    _directory: TempDir,
    _ssh: Child,
    _input: Option<ChildStdin>,
}

impl Tunnel {
    /// Digs one to `ssh://[user@]host[:port][/path/of/its.sock]`.
    pub async fn dig(address: &str) -> Result<Self, String> {
        let end = End::of(address)?;
        let directory = tempfile::Builder::new().prefix("situs-docker-").tempdir();
        let directory = directory.map_err(|e| format!("no directory for a socket can be had: {e}"))?;
        let socket = directory.path().join("s");
        let mut ssh = Command::new("ssh")
            .args([
                "-o",
                "BatchMode=yes",
                "-o",
                "ExitOnForwardFailure=yes",
                "-o",
                "ConnectTimeout=15",
            ])
            .args(["-o", "ServerAliveInterval=15", "-T"])
            .args(end.port.iter().flat_map(|port| ["-p", port]))
            .arg("-L")
            .arg(format!("{}:{}", socket.display(), end.socket))
            .args(["--", &end.host, "cat"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|e| format!("`ssh` cannot be started: {e}"))?;
        let until = Instant::now() + PATIENCE;
        while !socket.exists() {
            if let Ok(Some(_)) = ssh.try_wait() {
                return Err(last_words(&mut ssh).await);
            }
            if Instant::now() > until {
                return Err(format!(
                    "`ssh` does not get there within {} seconds.",
                    PATIENCE.as_secs()
                ));
            }
            sleep(Duration::from_millis(20)).await;
        }
        let input = ssh.stdin.take();
        Ok(Self {
            socket: socket.to_string_lossy().into_owned(),
            _directory: directory,
            _ssh: ssh,
            _input: input,
        })
    }

    /// The socket here.
    pub fn socket(&self) -> &str {
        &self.socket
    }
}

/// What `ssh` said before it ended.
async fn last_words(ssh: &mut Child) -> String {
    let mut said = String::new();
    if let Some(mut stderr) = ssh.stderr.take() {
        let _ = stderr.read_to_string(&mut said).await;
    }
    match said.trim() {
        "" => "`ssh` ended, and said nothing.".to_owned(),
        said => said.to_owned(),
    }
}

/// Where a tunnel leads.
#[derive(Debug, PartialEq)]
struct End {
    host: String,
    port: Option<String>,
    socket: String,
}

impl End {
    fn of(address: &str) -> Result<Self, String> {
        let rest = address.strip_prefix("ssh://").unwrap_or(address);
        let (host, path) = match rest.find('/') {
            Some(at) => rest.split_at(at),
            None => (rest, ""),
        };
        let socket = if path.len() > 1 { path } else { SOCKET };
        let (host, port) = match host.rsplit_once(':') {
            Some((host, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => (host, Some(port)),
            _ => (host, None),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        // What `ssh` would take for an option is no host.
        if host.is_empty() || host.starts_with('-') {
            return Err(format!("`{address}` names no host"));
        }
        Ok(Self {
            host: host.to_owned(),
            port: port.map(str::to_owned),
            socket: socket.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::End;

    #[test]
    fn addresses() {
        let end = |address: &str| End::of(address).map(|e| (e.host, e.port, e.socket));
        let docker = "/var/run/docker.sock".to_owned();
        assert_eq!(end("ssh://a@b"), Ok(("a@b".into(), None, docker.clone())));
        assert_eq!(end("ssh://b:2222/"), Ok(("b".into(), Some("2222".into()), docker)));
        assert_eq!(end("ssh://b/run/p.sock"), Ok(("b".into(), None, "/run/p.sock".into())));
        assert!(end("ssh://-oProxyCommand=x").is_err());
        assert!(end("ssh:///run/p.sock").is_err());
    }
}
