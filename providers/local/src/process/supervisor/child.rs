//! The process itself: how it is started, and how it ended.

use std::fmt;
use std::io::ErrorKind;
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use rustix::process::{Pid, WaitId, WaitIdOptions, WaitOptions, wait, waitid};

use crate::disk;

use super::super::address;
use super::super::os::{self, Identity};
use super::super::record::{Home, Launch, MARK, Spec};

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// By itself, with this code.
    Code(i32),
    /// By this signal.
    Signal(i32),
    /// Somebody else collected it.
    Unknown,
}

/// The signals by which one asks a process to end: `HUP`, `INT`, `PIPE`, `TERM`.
const ASKED: [i32; 4] = [1, 2, 13, 15];

impl Ended {
    fn new(code: Option<i32>, signal: Option<i32>) -> Self {
        match (code, signal) {
            (Some(code), _) => Ended::Code(code),
            (None, Some(signal)) => Ended::Signal(signal),
            (None, None) => Ended::Unknown,
        }
    }

    /// Whether it ended well, or because it was asked to.
    pub fn is_clean(self) -> bool {
        match self {
            Ended::Code(code) => code == 0,
            Ended::Signal(signal) => ASKED.contains(&signal),
            Ended::Unknown => false,
        }
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ended::Code(code) => write!(f, "it ended with code {code}"),
            Ended::Signal(signal) => write!(f, "it was ended by signal {signal}"),
            Ended::Unknown => write!(f, "it ended"),
        }
    }
}

/// Starts it, in a group of its own, with the log for its output.
pub fn spawn(home: &Home, spec: &Spec) -> Result<Identity, String> {
    let launch = &spec.launch;
    let log = super::open_log(home).map_err(|e| format!("cannot open its log: {}", disk::plain(&e)))?;
    let error_log = log.try_clone().map_err(|e| disk::plain(&e))?;
    let secrets = home
        .secrets()
        .map_err(|e| format!("cannot read its secrets: {}", disk::plain(&e)))?;
    let (program, arguments) = launch.command.split_first().ok_or("its command is empty")?;
    let mut command = Command::new(locate(program, &launch.directory));
    command
        .arg0(program)
        .args(arguments)
        .envs(&launch.environment)
        .envs(secrets)
        .env(MARK, &spec.id);
    command.current_dir(&launch.directory).process_group(0);
    command.stdin(Stdio::null()).stdout(log).stderr(error_log);
    let child = command.spawn().map_err(|e| why_not(program, &launch.directory, &e))?;
    let pid = i32::try_from(child.id()).map_err(|e| e.to_string())?;
    Identity::of(pid).ok_or_else(|| "/proc does not tell about it".to_owned())
}

/// A program with a path is one of the working directory's, one without is looked for in `PATH`.
fn locate(program: &str, directory: &Path) -> std::path::PathBuf {
    if program.contains('/') {
        directory.join(program)
    } else {
        program.into()
    }
}

fn why_not(program: &str, directory: &Path, error: &std::io::Error) -> String {
    if !directory.is_dir() {
        return format!("its working directory `{}` does not exist", directory.display());
    }
    format!("the program `{program}`: {}", disk::plain(error))
}

/// Says which port is taken, if one is.
pub fn taken_port(launch: &Launch) -> Option<String> {
    let taken = |port: u16| {
        let bound = TcpListener::bind(address(&launch.host, port));
        bound.is_err_and(|e| e.kind() == ErrorKind::AddrInUse)
    };
    let (name, port) = launch.ports.iter().find(|(_, port)| taken(**port))?;
    let by = os::listener(*port).map(|who| format!(" by {who}")).unwrap_or_default();
    Some(format!(
        "its port `{name}` ({}) is taken{by}",
        address(&launch.host, *port)
    ))
}

/// How it ended, if it did. It is left uncollected, so that its number stays its own until its group is ended too. Collects others that
/// became the supervisor's children.
pub fn collect(child: &Identity) -> Option<Ended> {
    if let Some(ended) = peek(child) {
        return Some(ended);
    }
    while let Ok(Some((pid, status))) = wait(WaitOptions::NOHANG) {
        if pid.as_raw_pid() == child.pid {
            return Some(Ended::new(status.exit_status(), status.terminating_signal()));
        }
    }
    None
}

/// Whether it ended.
pub fn has_ended(child: &Identity) -> bool {
    peek(child).is_some()
}

fn peek(child: &Identity) -> Option<Ended> {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    match waitid(WaitId::Pid(Pid::from_raw(child.pid)?), options) {
        Ok(status) => status.map(|s| Ended::new(s.exit_status(), s.terminating_signal())),
        Err(_) => Some(Ended::Unknown),
    }
}

/// Collects all that ended; says whether a child still lives.
pub fn any_left() -> bool {
    loop {
        match wait(WaitOptions::NOHANG) {
            Ok(Some(_)) => {}
            Ok(None) => return true,
            Err(_) => return false,
        }
    }
}
