//! The process of a plug-in: started with what it expects, listened to for as long as it lives, and ended.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::alive::Alive;
use super::handshake::{self, COOKIE, Handshake};
use super::log::{self, Logs};
use super::tail::Tail;

/// So long a plug-in may take to say where it is.
const START: Duration = Duration::from_secs(60);
/// So long it may take to end when it is told to.
const END: Duration = Duration::from_secs(2);
/// So long is waited for the end of one that does not answer any more.
const GONE: Duration = Duration::from_millis(500);
/// The first line is no longer.
const LINE: u64 = 64 * 1024;

/// What is started.
#[derive(Clone)]
pub(super) struct Launch {
    /// The source, for messages.
    pub source: String,
    /// The last part of it.
    pub name: String,
    /// The program.
    pub binary: PathBuf,
    /// Who wants its logs.
    pub logs: Option<Logs>,
    /// Whether it is spoken to over TLS also where nobody else can listen.
    pub tls: bool,
    /// Who keeps count of what runs.
    pub alive: Alive,
}

/// A running plug-in.
pub(super) struct Process {
    child: Mutex<Child>,
    tail: Arc<Tail>,
    /// What takes in what it says; ended when it is.
    drains: Mutex<JoinSet<()>>,
    /// Where its socket is; gone with it.
    _directory: TempDir,
}

impl Process {
    /// Starts a plug-in, with the certificate that it is to know us by, and waits until it says where it is. `Err` says why it does not, in lines.
    pub async fn start(launch: &Launch, certificate: Option<&str>) -> Result<(Self, Handshake), Vec<String>> {
        let binary = launch.binary.as_path();
        let directory = room().map_err(|e| vec![format!("there is no room for its socket: {e}")])?;
        let mut child = command(launch, certificate, directory.path())
            .spawn()
            .map_err(|e| vec![format!("`{}` cannot be started: {e}", binary.display())])?;
        let tail = Arc::new(Tail::new(&launch.name, launch.logs.clone()));
        let mut drains = JoinSet::new();
        if let Some(stderr) = child.stderr.take() {
            drains.spawn(drain(stderr, tail.clone()));
        }
        let stdout = child.stdout.take();
        let first = timeout(START, first_line(stdout, &mut drains, &tail)).await;
        let process = Self {
            child: Mutex::new(child),
            tail,
            drains: Mutex::new(drains),
            _directory: directory,
        };
        match first {
            Ok(Some(line)) => match handshake::read(&line) {
                Ok(handshake) => Ok((process, handshake)),
                Err(why) => Err(process.refused(why, &line).await),
            },
            Ok(None) => Err(process.ended("it ended before it said where it is").await),
            Err(_) => {
                let why = format!("it did not say within {} seconds where it is", START.as_secs());
                Err(process.ended(&why).await)
            }
        }
    }

    async fn refused(&self, why: String, line: &str) -> Vec<String> {
        let shown: String = line.trim().chars().filter(|c| !c.is_control()).take(200).collect();
        let mut all = vec![why];
        if !shown.is_empty() {
            all.push(format!("its first line is: {shown}"));
        }
        all.extend(
            self.ended("")
                .await
                .into_iter()
                .filter(|l| !l.is_empty() && *l != shown),
        );
        all
    }

    /// Why there is nothing more to be had from it, with the last that it said. It is ended if it is still there.
    pub async fn ended(&self, why: &str) -> Vec<String> {
        let mut child = self.child.lock().await;
        if timeout(GONE, child.wait()).await.is_err() {
            let _ = child.kill().await;
        }
        drop(child);
        [why.to_owned()].into_iter().chain(self.said().await).collect()
    }

    /// How it ended, if it does within a moment.
    pub async fn gone(&self) -> Option<ExitStatus> {
        let mut child = self.child.lock().await;
        timeout(GONE, child.wait()).await.ok()?.ok()
    }

    /// The last that it said; all of it, if it has ended.
    pub async fn said(&self) -> Vec<String> {
        let mut drains = self.drains.lock().await;
        let _ = timeout(GONE, async { while drains.join_next().await.is_some() {} }).await;
        self.tail.told()
    }

    /// Takes in what it prints another way.
    pub fn tail(&self) -> Arc<Tail> {
        self.tail.clone()
    }

    /// Ends it at once.
    pub fn kill(&self) {
        if let Ok(mut child) = self.child.try_lock() {
            let _ = child.start_kill();
        }
    }

    /// Waits a little for the end of one that was told to end, and ends it.
    pub async fn end(&self) {
        let mut child = self.child.lock().await;
        if timeout(END, child.wait()).await.is_err() {
            let _ = child.kill().await;
        }
    }
}

/// A directory for the socket of one plug-in: nobody else's, and with a short name, since the path of a socket has 107 bytes at most.
fn room() -> io::Result<TempDir> {
    let own = tempfile::Builder::new().prefix("situs-").tempdir();
    match own {
        Ok(directory) if directory.path().as_os_str().len() < 80 => Ok(directory),
        _ => tempfile::Builder::new().prefix("situs-").tempdir_in("/tmp"),
    }
}

fn command(launch: &Launch, certificate: Option<&str>, directory: &Path) -> Command {
    let mut command = Command::new(program(&launch.binary));
    if launch.logs.is_none() {
        command.envs(log::silence(&launch.name).into_iter().map(|name| (name, "OFF")));
    }
    command
        .env(COOKIE.0, COOKIE.1)
        .env("PLUGIN_PROTOCOL_VERSIONS", "5,6")
        .env("PLUGIN_MIN_PORT", "10000")
        .env("PLUGIN_MAX_PORT", "25000")
        .env("PLUGIN_UNIX_SOCKET_DIR", directory)
        .env("TMPDIR", directory)
        .env_remove("PLUGIN_CLIENT_CERT")
        .envs(certificate.map(|pem| ("PLUGIN_CLIENT_CERT", pem)))
        .env_remove("PLUGIN_MULTIPLEX_GRPC")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // Ctrl-C is for the engine, which tells the plug-in in its own way.
        .process_group(0)
        .kill_on_drop(true);
    command
}

/// A path is a path, and no name to be looked for.
fn program(binary: &Path) -> PathBuf {
    match binary.components().count() {
        1 => Path::new(".").join(binary),
        _ => binary.to_owned(),
    }
}

/// The first line of its output; all that follows is taken in as well, for a program that nobody listens to stands still.
async fn first_line(
    stdout: Option<impl AsyncRead + Unpin + Send + 'static>,
    drains: &mut JoinSet<()>,
    tail: &Arc<Tail>,
) -> Option<String> {
    let mut stdout = BufReader::new(stdout?);
    let mut line = Vec::new();
    let read = (&mut stdout).take(LINE).read_until(b'\n', &mut line).await;
    drains.spawn(drain(stdout, tail.clone()));
    match read {
        Ok(1..) => Some(String::from_utf8_lossy(&line).into_owned()),
        _ => None,
    }
}

async fn drain(mut from: impl AsyncRead + Unpin, tail: Arc<Tail>) {
    let mut bytes = vec![0; 8 * 1024];
    while let Ok(count @ 1..) = from.read(&mut bytes).await {
        tail.take(bytes.get(..count).unwrap_or_default());
    }
}
