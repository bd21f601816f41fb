//! The supervisor: one small process per `local_process`, in a session of its own, that starts it, collects it, starts it again
//! and ends it. It sleeps unless something happens, but for a look at the log every ten seconds.
//!
//! Signals are all that it listens to: `HUP` reads the spec again, `TERM` and `INT` end the process and then itself. It lives in the
//! process's directory and names files relative to it, so the directory may be moved under it.

mod child;

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::io::{FdFlags, fcntl_setfd};
use rustix::process::Signal;
use tokio::signal::unix::{Signal as Stream, SignalKind, signal};
use tokio::time::{sleep, sleep_until};

use super::claim::{Claim, take_alive};
use super::os::{self, Identity};
use super::record::{Home, Phase, Restart, Spec, Status};

use child::{Ended, collect};

/// The word that tells the real supervisor from the program that only starts it.
const DETACHED: &str = "--detached";
/// How often the log's length is looked at.
const TICK: Duration = Duration::from_secs(10);
/// How long the log gets.
const LOG_LIMIT: u64 = 10 * 1024 * 1024;
/// The first and the longest wait before another start.
const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// How long it must have run for its failures to be forgotten.
const WELL_AFTER: Duration = Duration::from_secs(10);
/// How long a port may stay taken by what just ended.
const PORT_WAIT: Duration = Duration::from_secs(1);

/// The whole program, by the arguments behind `__supervise`.
pub fn main(args: &[String]) -> i32 {
    let done = match args {
        [directory] => start(directory),
        [directory, word] if word == DETACHED => detached(directory),
        _ => Err(io::Error::other(
            "this is how situs calls itself: `__supervise DIRECTORY`",
        )),
    };
    match done {
        Ok(()) => 0,
        Err(error) => {
            let _ = writeln!(io::stderr(), "[situs] supervisor: {error}");
            1
        }
    }
}

/// Starts the real supervisor and ends, which makes it the child of init.
fn start(directory: &str) -> io::Result<()> {
    let home = Home::new(directory);
    let mut command = Command::new("/proc/self/exe");
    command.args(std::env::args_os().skip(1)).arg(DETACHED);
    if let Some(name) = std::env::args_os().next() {
        command.arg0(name);
    }
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(open_log(&home)?)
        .spawn()
        .map(drop)
}

fn open_log(home: &Home) -> io::Result<fs::File> {
    use std::os::unix::fs::OpenOptionsExt;
    OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(home.file("log"))
}

fn detached(directory: &str) -> io::Result<()> {
    // Fails only for the leader of a group, which it is not: whoever starts it puts it into a group that is led already.
    let _ = rustix::process::setsid();
    // What the process leaves behind when it ends becomes the supervisor's child, to be found and ended.
    rustix::process::set_child_subreaper(Some(rustix::process::getpid()))?;
    std::env::set_current_dir(directory)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(keep(Home::new(".")))
}

async fn keep(home: Home) -> io::Result<()> {
    let mut signals = Signals::new()?;
    let Some(claim) = Claim::wait(&home).await? else {
        return Ok(());
    };
    let Some(spec) = home.spec()? else { return Ok(()) };
    let before = home.status();
    if before.as_ref().is_some_and(|b| is_done(b, &spec)) {
        return Ok(());
    }
    let mut supervisor = Supervisor::new(home, claim, spec, before.as_ref())?;
    supervisor.say(Phase::Starting);
    let patience = supervisor.patience();
    match take_alive(&supervisor.home, &supervisor.spec.id, before.as_ref(), patience).await {
        Ok(alive) => {
            // Without the flag every process that is started from here on inherits the lock.
            fcntl_setfd(&alive, FdFlags::empty())?;
            supervisor.status.child = None;
            if supervisor.start_run().await {
                supervisor.watch(&mut signals).await;
            }
            drop(alive);
        }
        Err(why) => supervisor.ended(Phase::Failed, why),
    }
    Ok(())
}

/// Whether another supervisor saw this very run to its end: one that was started beside it must not begin it again.
fn is_done(before: &Status, spec: &Spec) -> bool {
    before.phase.is_final() && (before.run, before.generation) == (spec.run, spec.generation)
}

/// What it listens to.
struct Signals {
    child: Stream,
    reload: Stream,
    end: Stream,
    interrupt: Stream,
}

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self {
            child: signal(SignalKind::child())?,
            reload: signal(SignalKind::hangup())?,
            end: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }
}

/// Whether it goes on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Then {
    GoOn,
    End,
}

struct Supervisor {
    home: Home,
    claim: Claim,
    spec: Spec,
    status: Status,
    started: Instant,
    failures: u32,
    next_start: Option<Instant>,
    next_look: Instant,
}

impl Supervisor {
    fn new(home: Home, claim: Claim, spec: Spec, before: Option<&Status>) -> io::Result<Self> {
        let supervisor = Identity::own().ok_or_else(|| io::Error::other("/proc does not tell about this process"))?;
        let status = Status {
            generation: spec.generation,
            run: spec.run,
            supervisor,
            phase: Phase::Starting,
            child: before.and_then(|b| b.child.clone()),
            restarts: 0,
            ended: None,
        };
        Ok(Self {
            home,
            claim,
            spec,
            status,
            started: Instant::now(),
            failures: 0,
            next_start: None,
            next_look: Instant::now() + TICK,
        })
    }

    fn patience(&self) -> Duration {
        Duration::from_millis(self.spec.launch.stop_timeout_ms)
    }

    /// Writes down how far it is.
    fn say(&mut self, phase: Phase) {
        self.status.phase = phase;
        if let Err(error) = self.home.save("status.json", &self.status) {
            note(&format!("cannot write status.json: {error}"));
        }
    }

    /// Writes down that there is no process, and why.
    fn ended(&mut self, phase: Phase, why: String) {
        self.status.child = None;
        self.status.ended = Some(why);
        self.say(phase);
    }

    async fn watch(&mut self, signals: &mut Signals) {
        let mut then = Then::GoOn;
        while then == Then::GoOn {
            let wake = self.next_start.unwrap_or(self.next_look);
            then = tokio::select! {
                _ = signals.child.recv() => self.collect().await,
                _ = signals.reload.recv() => self.reload(signals).await,
                _ = signals.end.recv() => self.finish(signals).await,
                _ = signals.interrupt.recv() => self.finish(signals).await,
                () = sleep_until(wake.into()) => self.wake(signals).await,
            };
        }
    }

    /// The first start of a run. What fails here is told to the one who asked for it, and not tried again.
    async fn start_run(&mut self) -> bool {
        (self.failures, self.next_start, self.status.restarts) = (0, None, 0);
        let started = match self.free_ports().await {
            Ok(()) => child::spawn(&self.home, &self.spec),
            Err(why) => Err(why),
        };
        match started {
            Ok(child) => self.runs(child),
            Err(why) => self.ended(Phase::Failed, why),
        }
        self.status.phase == Phase::Running
    }

    fn runs(&mut self, child: Identity) {
        self.status.child = Some(child);
        self.started = Instant::now();
        self.next_start = None;
        self.say(Phase::Running);
    }

    async fn free_ports(&self) -> Result<(), String> {
        let end = Instant::now() + PORT_WAIT;
        while let Some(taken) = child::taken_port(&self.spec.launch) {
            if Instant::now() > end {
                return Err(taken);
            }
            sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    async fn collect(&mut self) -> Then {
        match self.status.child.as_ref().and_then(collect) {
            Some(ended) => self.after(ended).await,
            None => Then::GoOn,
        }
    }

    /// The process ended: with it goes whatever it left behind, and then it is started again, or not.
    async fn after(&mut self, ended: Ended) -> Then {
        self.sweep().await;
        let again = match self.spec.launch.restart {
            Restart::Always => true,
            Restart::OnFailure => !ended.is_clean(),
            Restart::Never => false,
        };
        if !again {
            note(&format!("{ended}; it stays ended"));
            self.ended(Phase::Stopped, ended.to_string());
            return Then::End;
        }
        self.wait_for_start(&ended.to_string());
        Then::GoOn
    }

    fn wait_for_start(&mut self, why: &str) {
        self.failures = if self.started.elapsed() > WELL_AFTER {
            0
        } else {
            self.failures
        };
        let wait = FIRST_WAIT.saturating_mul(1 << self.failures.min(10)).min(LONGEST_WAIT);
        self.failures += 1;
        note(&format!("{why}; starts again in {} ms", wait.as_millis()));
        self.next_start = Some(Instant::now() + wait);
        self.ended(Phase::Waiting, why.to_owned());
    }

    async fn wake(&mut self, signals: &mut Signals) -> Then {
        if !self.claim.holds(&self.home) {
            note("its directory was taken away");
            return self.finish(signals).await;
        }
        if self.next_start.is_none() {
            rotate(&self.home);
            self.next_look = Instant::now() + TICK;
            return Then::GoOn;
        }
        self.status.restarts += 1;
        match child::spawn(&self.home, &self.spec) {
            Ok(child) => self.runs(child),
            Err(why) => self.wait_for_start(&why),
        }
        Then::GoOn
    }

    async fn reload(&mut self, signals: &mut Signals) -> Then {
        let spec = match self.home.spec() {
            Ok(Some(spec)) => spec,
            Ok(None) => return self.finish(signals).await,
            Err(error) => {
                note(&format!("cannot read spec.json: {error}"));
                return Then::GoOn;
            }
        };
        let same_run = spec.run == self.status.run;
        self.status.generation = spec.generation;
        if same_run {
            self.spec = spec;
            self.say(self.status.phase);
            return Then::GoOn;
        }
        self.status.run = spec.run;
        self.say(Phase::Starting);
        self.stop(signals).await;
        self.spec = spec;
        self.status.child = None;
        if self.start_run().await { Then::GoOn } else { Then::End }
    }

    async fn finish(&mut self, signals: &mut Signals) -> Then {
        self.stop(signals).await;
        self.ended(Phase::Stopped, "it was stopped".to_owned());
        Then::End
    }

    /// Asks the process and its group to end, and kills what does not.
    async fn stop(&mut self, signals: &mut Signals) {
        let Some(child) = self.status.child.clone() else { return };
        os::signal_group(child.pid, Signal::TERM);
        let end = Instant::now() + self.patience();
        while !child::has_ended(&child) && Instant::now() < end {
            tokio::select! {
                _ = signals.child.recv() => {}
                () = sleep_until(end.into()) => {}
            }
        }
        self.sweep().await;
    }

    /// Kills the process, its group, and whatever else of it is left, until there is no child any more.
    async fn sweep(&self) {
        if let Some(child) = &self.status.child {
            os::signal_group(child.pid, Signal::KILL);
        }
        while child::any_left() {
            for left in os::children() {
                left.signal(Signal::KILL);
            }
            sleep(Duration::from_millis(2)).await;
        }
    }
}

/// Notes something in the log, where whoever looks after the process will look.
fn note(what: &str) {
    let _ = writeln!(io::stderr(), "[situs] {what}");
}

/// Starts the log anew when it is long, and keeps the last one. The process goes on writing to the same file, so the content is
/// moved, not the file; what it writes between the two steps is lost.
fn rotate(home: &Home) {
    let log = home.file("log");
    if home.log_length() < LOG_LIMIT {
        return;
    }
    let copied = fs::copy(&log, home.file("log.1"));
    let emptied = copied
        .and_then(|_| OpenOptions::new().write(true).open(&log))
        .and_then(|file| file.set_len(0));
    if let Err(error) = emptied {
        note(&format!("cannot start the log anew: {error}"));
    }
}
