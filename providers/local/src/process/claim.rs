//! The two locks that make a second copy impossible. Both are `flock`s: the kernel keeps them, and lets go of them when the last
//! process that holds them is gone, however it went.
//!
//! - `lock` is held by the supervisor for as long as it lives. Nobody starts a process without it.
//! - `alive` is taken by the supervisor before it starts the process, and **inherited by the process** and by all that it starts. So
//!   when a supervisor is killed, the lock says whether something of its process still lives, even in the moment between `fork`
//!   and `exec`, and even if nothing was written down. A new supervisor, or a destruction, first ends what holds it.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, flock};
use rustix::process::Signal;
use tokio::time::sleep;

use super::os::{self, Identity};
use super::record::{Home, MARK, Phase, Status};

/// How long a supervisor waits for the lock: another one may be ending, or `situs` may look after the last one.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long what was killed may take to be gone.
const LAST: Duration = Duration::from_secs(5);
const TICK: Duration = Duration::from_millis(10);

/// A held lock.
pub struct Claim(File);

impl Drop for Claim {
    /// Said aloud rather than left to closing: a process that is just being started by another thread may hold a copy of the file.
    fn drop(&mut self) {
        let _ = flock(&self.0, FlockOperation::Unlock);
    }
}

impl Claim {
    /// Takes the supervisor's lock, if it is free and still the one in the directory.
    pub fn take(home: &Home) -> io::Result<Option<Self>> {
        let path = home.file("lock");
        let file = OpenOptions::new().read(true).write(true).open(&path)?;
        let taken = lock(&file)?;
        Ok(taken.then_some(Self(file)).filter(|claim| claim.holds(home)))
    }

    /// Whether it is still the lock of that directory: it is not when somebody took the directory away.
    pub fn holds(&self, home: &Home) -> bool {
        let place = |m: fs::Metadata| (m.dev(), m.ino());
        match (self.0.metadata(), fs::metadata(home.file("lock"))) {
            (Ok(held), Ok(there)) => place(held) == place(there),
            _ => false,
        }
    }

    /// The same, waiting for it for a while.
    pub async fn wait(home: &Home) -> io::Result<Option<Self>> {
        let end = Instant::now() + PATIENCE;
        loop {
            match Self::take(home)? {
                None if Instant::now() < end => sleep(TICK).await,
                claim => return Ok(claim),
            }
        }
    }
}

/// Makes the file of the supervisor's lock. Supervisors never do: where it is missing, nothing is to be started.
pub fn make_lock(home: &Home) -> io::Result<()> {
    open(&home.file("lock")).map(drop)
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
}

fn lock(file: &File) -> io::Result<bool> {
    match flock(file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(true),
        Err(rustix::io::Errno::WOULDBLOCK) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Whether something of the process lives although no supervisor looks after it. The caller holds the supervisor's lock.
fn orphans(home: &Home, id: &str, before: Option<&Status>, free: bool) -> Vec<Identity> {
    let recorded = before.and_then(|s| s.child.clone()).filter(Identity::is_alive);
    let died_starting = before.is_some_and(|s| s.phase == Phase::Starting);
    let mut found: Vec<Identity> = recorded.into_iter().collect();
    if !free || died_starting {
        let file = fs::canonicalize(home.file("alive")).unwrap_or_else(|_| home.file("alive"));
        found.extend(os::holders(&file, &format!("{MARK}={id}")));
    }
    found.retain(Identity::is_alive);
    found
}

/// Ends whatever of the process still lives, and takes the `alive` lock. The caller holds the supervisor's lock.
pub async fn take_alive(home: &Home, id: &str, before: Option<&Status>, patience: Duration) -> Result<File, String> {
    let failed = |e: io::Error| format!("cannot lock `{}`: {e}", home.file("alive").display());
    let file = open(&home.file("alive")).map_err(failed)?;
    let kill_at = Instant::now() + patience;
    let mut asked: Vec<Identity> = Vec::new();
    loop {
        let free = lock(&file).map_err(failed)?;
        let left = orphans(home, id, before, free);
        if free && left.is_empty() {
            return Ok(file);
        }
        if Instant::now() > kill_at + LAST {
            let numbers: Vec<String> = left.iter().map(|o| o.pid.to_string()).collect();
            return Err(format!(
                "an earlier copy does not end (processes: {})",
                numbers.join(", ")
            ));
        }
        end(&left, &mut asked, Instant::now() > kill_at);
        sleep(TICK).await;
    }
}

/// Asks each once to end, and kills them when they had their time.
fn end(left: &[Identity], asked: &mut Vec<Identity>, kill: bool) {
    for process in left {
        if kill {
            process.signal_group(Signal::KILL);
            process.signal(Signal::KILL);
        } else if !asked.contains(process) {
            process.signal(Signal::TERM);
            asked.push(process.clone());
        }
    }
}
