//! One connection of the user's own `ssh` to a host, and many commands over it: with the user's configuration, agent, jump hosts and
//! known hosts.
//!
//! The connection is a control master (`ssh -M`, see ssh_config(5) `ControlMaster`) in the foreground that runs `cat` there and ends when
//! our end of `cat`'s input does: however we go, nothing stays behind. Commands are sessions of it; an ssh server takes ten at a time by
//! default, so no more than eight are asked for.

mod address;

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep};

pub use address::Address;

/// So long it may take to get there.
const PATIENCE: Duration = Duration::from_secs(30);
/// So many commands run at a time.
const SESSIONS: usize = 8;

/// A connection.
pub struct Connection {
    directory: TempDir,
    address: Address,
    sessions: Semaphore,
    _master: Child,
    _input: Option<ChildStdin>,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// The host cannot be reached (any more): trying again may help.
    Away(String),
    /// The command said no: how it ended, and what it said.
    Failed(i32, String),
}

impl Connection {
    /// Connects.
    pub async fn open(address: &Address) -> Result<Self, String> {
        Self::with(address, &[]).await
    }

    /// Connects, and makes a socket there one here: see [`Connection::forwarded`].
    pub async fn forward(address: &Address, socket: &str) -> Result<Self, String> {
        Self::with(address, &[socket]).await
    }

    async fn with(address: &Address, sockets: &[&str]) -> Result<Self, String> {
        let directory = tempfile::Builder::new().prefix("situs-").tempdir();
        let directory = directory.map_err(|e| format!("no directory for a socket can be had: {e}"))?;
        let control = directory.path().join("c");
        let mut master = Command::new("ssh");
        master.arg("-M").arg("-S").arg(&control);
        master.args(["-o", "ControlPersist=no", "-o", "ExitOnForwardFailure=yes"]);
        for socket in sockets {
            let here = directory.path().join("s");
            master.arg("-L").arg(format!("{}:{socket}", here.display()));
        }
        let mut master = address
            .options(&mut master)
            .args(["--", address.host(), "cat"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|e| format!("`ssh` cannot be started: {e}"))?;
        let waits_for = if sockets.is_empty() { "c" } else { "s" };
        let ready = directory.path().join(waits_for);
        let until = Instant::now() + PATIENCE;
        while !ready.exists() {
            if let Ok(Some(_)) = master.try_wait() {
                return Err(last_words(&mut master).await);
            }
            if Instant::now() > until {
                return Err(format!(
                    "`ssh` does not get there within {} seconds.",
                    PATIENCE.as_secs()
                ));
            }
            sleep(Duration::from_millis(20)).await;
        }
        let input = master.stdin.take();
        Ok(Self {
            directory,
            address: address.clone(),
            sessions: Semaphore::new(SESSIONS),
            _master: master,
            _input: input,
        })
    }

    /// The socket here that is one there.
    pub fn forwarded(&self) -> PathBuf {
        self.directory.path().join("s")
    }

    /// Runs a script of `sh` there: what it says, or why it failed. Its arguments are `$1` and so on, whatever is in them.
    pub async fn run(&self, script: &[&str], arguments: &[&str], input: &[u8]) -> Result<Vec<u8>, Wrong> {
        // The semaphore is never closed.
        let _session = self.sessions.acquire().await;
        let away = |e: std::io::Error| Wrong::Away(format!("`ssh` cannot be used: {e}"));
        let mut ssh = Command::new("ssh");
        // Without its master this would make a connection of its own: it must not.
        ssh.arg("-S").arg(self.directory.path().join("c"));
        ssh.args(["-o", "ControlMaster=no", "-o", "ProxyCommand=false"]);
        let mut ssh = self
            .address
            .options(&mut ssh)
            .args(["--", self.address.host(), &line(script, arguments)])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(away)?;
        let stdin = ssh.stdin.take();
        let fed = async {
            if let Some(mut stdin) = stdin {
                // Who does not want its input does not read it.
                let _ = stdin.write_all(input).await;
                let _ = stdin.shutdown().await;
            }
        };
        let ((), ended) = tokio::join!(fed, ssh.wait_with_output());
        let ended = ended.map_err(away)?;
        let said = || String::from_utf8_lossy(&ended.stderr).trim().to_owned();
        match ended.status.code() {
            Some(0) => Ok(ended.stdout),
            // `ssh` says so where the connection is lost.
            Some(255) => Err(Wrong::Away(said())),
            code => Err(Wrong::Failed(code.unwrap_or(-1), said())),
        }
    }
}

/// A script and its arguments as one line for the shell of whoever logs in.
fn line(script: &[&str], arguments: &[&str]) -> String {
    let words = script.iter().chain(arguments);
    words.map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
}

/// A word as every shell of the family takes it.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
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

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn words_stay_words() {
        let line = line(&["sh", "-c", "echo \"$1\"", "situs"], &["it's $HOME; `x`\n"]);
        assert_eq!(line, "'sh' '-c' 'echo \"$1\"' 'situs' 'it'\\''s $HOME; `x`\n'");
    }
}
