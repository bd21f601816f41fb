//! Hosts, reached through the machine's own `ssh` and `scp`. What they need is written into a directory that only we can read and that
//! goes away with us; nothing of the user's own SSH configuration is used, so that a configuration means the same everywhere.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;
use tokio::process::Command;
use tokio::time::Instant;

use crate::run::Cancel;

use super::connection::{Connection, End};
use super::process::{self, Voice, Why};

/// One try takes no longer than this, in seconds.
const ONE_TRY: u64 = 15;
/// `ssh` ends so where it could not connect.
const NO_CONNECTION: i32 = 255;

/// A host that can be reached.
pub(super) struct Ssh {
    directory: TempDir,
    passwords: Vec<(&'static str, String)>,
    timeout: Duration,
    script_path: Option<String>,
}

impl Ssh {
    /// Writes down how it is reached.
    pub fn new(connection: &Connection) -> Result<Self, String> {
        let mut builder = tempfile::Builder::new();
        let directory = builder.prefix("situs-ssh-").tempdir();
        let directory = directory.map_err(|e| format!("no directory for the connection: {e}"))?;
        let mut made = Self {
            directory,
            passwords: Vec::new(),
            timeout: connection.timeout,
            script_path: connection.script_path.clone(),
        };
        made.write_down(connection)
            .map_err(|e| format!("the connection cannot be written down: {e}"))?;
        Ok(made)
    }

    fn write_down(&mut self, connection: &Connection) -> std::io::Result<()> {
        let mut config = self.end("target", &connection.to, connection)?;
        if let Some(bastion) = &connection.bastion {
            config.push_str("  ProxyJump bastion\n");
            config.push_str(&self.end("bastion", bastion, connection)?);
        }
        self.file("config", config.as_bytes(), 0o600)?;
        // Only the prompt tells whose password is asked for.
        let of_bastion = connection.bastion.as_ref().map_or("", |b| &b.host);
        let ask = "#!/bin/sh\nif [ -n \"$SITUS_BASTION\" ]; then case \"$1\" in *\"@$SITUS_BASTION'\"*) \
                   printf '%s\\n' \"$SITUS_BASTION_PASSWORD\"; exit;; esac; fi\nprintf '%s\\n' \"$SITUS_PASSWORD\"\n";
        self.passwords.push(("SITUS_BASTION", of_bastion.to_owned()));
        self.file("ask", ask.as_bytes(), 0o700)?;
        Ok(())
    }

    /// The part of the configuration that is about one end.
    fn end(&mut self, name: &'static str, end: &End, connection: &Connection) -> std::io::Result<String> {
        let mut lines = vec![
            format!("Host {name}"),
            format!("  HostName {}", end.host),
            format!("  User {}", end.user.as_deref().unwrap_or("root")),
            format!("  Port {}", end.port.unwrap_or(22)),
            format!("  ConnectTimeout {}", ONE_TRY.min(self.timeout.as_secs().max(1))),
            "  NumberOfPasswordPrompts 1".to_owned(),
            "  LogLevel ERROR".to_owned(),
            "  ServerAliveInterval 15".to_owned(),
        ];
        match (&end.private_key, &connection.agent_identity) {
            (Some(key), _) => {
                let key = format!("{}\n", key.trim_end());
                let key = self.file(&format!("{name}.key"), key.as_bytes(), 0o600)?;
                lines.push(format!("  IdentityFile \"{}\"", key.display()));
                lines.push("  IdentitiesOnly yes".to_owned());
            }
            (None, Some(identity)) => lines.push(format!("  IdentityFile {identity}")),
            (None, None) => lines.push("  IdentityFile none".to_owned()),
        }
        if let Some(certificate) = &end.certificate {
            let certificate = self.file(&format!("{name}.key-cert.pub"), certificate.as_bytes(), 0o600)?;
            lines.push(format!("  CertificateFile \"{}\"", certificate.display()));
        }
        if !connection.agent {
            lines.push("  IdentityAgent none".to_owned());
        }
        lines.extend(self.known(name, end)?);
        if let Some(password) = &end.password {
            let variable = if name == "target" {
                "SITUS_PASSWORD"
            } else {
                "SITUS_BASTION_PASSWORD"
            };
            self.passwords.push((variable, password.clone()));
        } else {
            lines.push("  BatchMode yes".to_owned());
        }
        Ok(lines.join("\n") + "\n")
    }

    /// The key that a host must have, where one is said.
    fn known(&self, name: &str, end: &End) -> std::io::Result<[String; 2]> {
        let Some(key) = &end.host_key else {
            return Ok([
                "  UserKnownHostsFile /dev/null".to_owned(),
                "  StrictHostKeyChecking no".to_owned(),
            ]);
        };
        let key = key.trim().replace(['\n', '\r'], " ");
        let text = format!("* {key}\n@cert-authority * {key}\n");
        let known = self.file(&format!("{name}.known"), text.as_bytes(), 0o600)?;
        Ok([
            format!("  UserKnownHostsFile \"{}\"", known.display()),
            "  StrictHostKeyChecking yes".to_owned(),
        ])
    }

    fn file(&self, name: &str, content: &[u8], mode: u32) -> std::io::Result<PathBuf> {
        let path = self.directory.path().join(name);
        let mut options = std::fs::OpenOptions::new();
        let mut file = options.write(true).create_new(true).mode(mode).open(&path)?;
        file.write_all(content)?;
        Ok(path)
    }

    /// A program of SSH that goes this way.
    fn program(&self, name: &str) -> Command {
        let mut command = Command::new(name);
        command
            .arg("-F")
            .arg(self.directory.path().join("config"))
            .env("SSH_ASKPASS", self.directory.path().join("ask"))
            .env("SSH_ASKPASS_REQUIRE", "force")
            .envs(self.passwords.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Waits until the host lets us in, or somebody wishes to stop.
    pub async fn connect(&self, voice: &Voice<'_>, cancel: &Cancel) -> Result<(), Why> {
        let until = Instant::now() + self.timeout;
        let mut pause = Duration::from_secs(1);
        loop {
            let mut command = self.program("ssh");
            command.args(["target", "true"]);
            let status = process::run(command, None, voice).await?;
            if status.code() != Some(NO_CONNECTION) {
                return Ok(());
            }
            if Instant::now() + pause > until {
                return Err(Why::plain(format!("no connection in {} s", self.timeout.as_secs())));
            }
            cancel.wait(pause).await;
            if cancel.is_stopping() {
                return Err(Why::plain("it waited for its host when it was interrupted"));
            }
            pause = (pause * 2).min(Duration::from_secs(ONE_TRY));
        }
    }

    /// Runs a command of the host's shell, with this as its input.
    async fn command(&self, words: &str, input: &[u8], voice: &Voice<'_>) -> Result<(), Why> {
        let mut command = self.program("ssh");
        command.args(["target", words]);
        let status = process::run(command, Some(input), voice).await?;
        match status.code() {
            Some(NO_CONNECTION) => Err(Why::plain("the connection broke off, or the command ended with 255")),
            _ => process::good(status),
        }
    }

    /// Runs a script, which is a file of the host for as long.
    pub async fn script(&self, script: &[u8], voice: &Voice<'_>) -> Result<(), Why> {
        let own = self
            .directory
            .path()
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let path = match &self.script_path {
            Some(path) => path.replace("%RAND%", own.trim_start_matches("situs-ssh-")),
            None => format!("/tmp/{own}.sh"),
        };
        let path = quoted(&path);
        let words =
            format!("umask 077; cat > {path} && chmod 700 {path} && {path} < /dev/null; r=$?; rm -f {path}; exit $r");
        self.command(&words, script, voice).await
    }

    /// Writes a file of the host.
    pub async fn write(&self, destination: &str, content: &[u8], voice: &Voice<'_>) -> Result<(), Why> {
        self.command(&format!("cat > {}", quoted(destination)), content, voice)
            .await
    }

    /// Copies a file, or a directory with all that is in it.
    pub async fn copy(&self, source: &Path, destination: &str, voice: &Voice<'_>) -> Result<(), Why> {
        let mut command = self.program("scp");
        command.args(["-r", "-q", "-p", "--"]);
        command.arg(source).arg(format!("target:{destination}"));
        let status = process::run(command, None, voice).await?;
        process::good(status)
    }
}

/// A word of the shell.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}
