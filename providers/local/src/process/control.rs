//! What `situs` does with a process: it writes what shall run, wakes the supervisor or starts one, and watches until what it asked
//! for is so. It can be killed between any two steps: what it wrote first (`spec.json`, with the key of the change) is what the
//! next run finds, and whoever comes to start the process finds the locks of [`super::claim`].

use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use situs_provider::{Applied, Apply, Problem};
use situs_value::Value;
use tokio::process::Command;
use tokio::time::sleep;

use crate::disk;
use crate::file::sha256;
use crate::provider::Place;
use situs_provider::attributes::{get, path, table, text, with};

use super::claim::{self, Claim};
use super::health::Health;
use super::os::Identity;
use super::record::{FORMAT, Home, Phase, Spec, Status};
use super::{RUNNING, launch};

/// A process that starts is looked at at least this often.
const OFTEN: Duration = Duration::from_secs(1);
/// How long a process without `health` must live to count as started: a program that cannot begin ends sooner.
const GRACE: Duration = Duration::from_millis(150);
/// How often a process may end while its first good answer is waited for.
const ENDS: u64 = 3;
/// How long a supervisor may take besides what stopping a process takes.
const PATIENCE: Duration = Duration::from_secs(15);
/// How long until a supervisor that did not react is called again, and until another one is started.
const CALL_AGAIN: Duration = Duration::from_millis(250);
const START_AGAIN: Duration = Duration::from_secs(4);
/// What of its own environment `situs` passes on. All else comes from the configuration: what runs must not depend on who applied.
const PASSED_ON: &[&str] = &[
    "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR",
];

/// One process, as `situs` handles it.
pub struct Control<'a> {
    place: &'a Place,
    home: Home,
}

/// What is seen of a process.
struct Seen {
    status: &'static str,
    pid: Option<i32>,
}

impl<'a> Control<'a> {
    /// The process whose log the object names.
    pub fn of(place: &'a Place, object: &Value) -> Result<Self, Problem> {
        let log = text(object, "log").map(|log| place.at(log));
        match log.as_deref().and_then(|log| log.parent()) {
            Some(directory) => Ok(Self {
                place,
                home: Home::new(directory),
            }),
            None => Err(Problem::error(
                "it is not known where the process is kept",
                "`root` of the provider `local` is not known yet",
            )),
        }
    }

    /// The secrets that it was last given.
    pub fn secrets(&self) -> BTreeMap<String, String> {
        self.home.secrets().unwrap_or_default()
    }

    /// The live object; null where it is gone.
    pub async fn read(&self, current: &Value) -> Result<Value, Problem> {
        let id = text(current, "id");
        self.look(|spec| Some(&*spec.id) == id).await
    }

    /// The live object, if it is the one that is meant.
    pub async fn look(&self, is_meant: impl Fn(&Spec) -> bool) -> Result<Value, Problem> {
        let spec = self.home.spec().map_err(|e| self.failed("read", &e))?.filter(is_meant);
        Ok(match spec {
            Some(spec) => show(&spec, &self.see(&spec).await),
            None => Value::Null,
        })
    }

    /// The object of whatever is there, for a read to follow.
    pub fn import(&self) -> Result<Value, Problem> {
        let spec = self.home.spec().map_err(|e| self.failed("read", &e))?;
        Ok(spec.map_or(Value::Null, |spec| spec.object))
    }

    async fn see(&self, spec: &Spec) -> Seen {
        let seen = look_at(spec, self.home.status().as_ref());
        if seen.status != RUNNING || !self.home.is_unproven() {
            return seen;
        }
        let healthy = match Health::of(&spec.object, &spec.launch.host) {
            Some(health) => health.probe().await.is_ok(),
            None => true,
        };
        if healthy {
            let _ = self.home.set_unproven(false);
        }
        Seen {
            status: if healthy { RUNNING } else { "unhealthy" },
            ..seen
        }
    }

    /// Makes it run as planned.
    pub async fn put(&self, request: &Apply) -> Applied {
        let log_from = self.home.log_length();
        let spec = match self.write(request) {
            Ok(spec) => spec,
            Err(problem) => return Applied::failed(problem),
        };
        let outcome = match self.converge(&spec).await {
            Ok(status) if starts(request) || other_health(request) => self.prove(&spec, &status).await,
            Ok(_) => return Applied::done(spec.object, Vec::new()),
            Err(problem) => Err(problem),
        };
        match outcome {
            Ok(()) if starts(request) => Applied::done(self.running(&spec), Vec::new()),
            Ok(()) => Applied::done(spec.object, Vec::new()),
            Err(problem) => self.give_up(request, &spec, self.with_log(problem, log_from)).await,
        }
    }

    fn running(&self, spec: &Spec) -> Value {
        let pid = self.home.status().and_then(|s| s.child).map(|c| c.pid);
        show(spec, &Seen { status: RUNNING, pid })
    }

    /// A creation that failed leaves nothing but its log. A change that failed leaves what there is, to be looked at.
    async fn give_up(&self, request: &Apply, spec: &Spec, problem: Problem) -> Applied {
        let stopping = *self.place.stop.borrow();
        if !request.prior.is_null() || stopping {
            let state = show(spec, &self.see(spec).await);
            return Applied {
                state: Some(state),
                private: Vec::new(),
                problems: vec![problem],
                ..Applied::default()
            };
        }
        match self.remove(spec).await {
            Ok(()) => Applied {
                problems: vec![problem],
                ..Applied::done(Value::Null, Vec::new())
            },
            Err(worse) => Applied {
                state: Some(show(spec, &self.see(spec).await)),
                private: Vec::new(),
                problems: vec![problem, worse],
                ..Applied::default()
            },
        }
    }

    /// Writes down what shall run.
    fn write(&self, request: &Apply) -> Result<Spec, Problem> {
        let failed = |e| self.failed("write", &e);
        disk::private_directory(self.home.path()).map_err(failed)?;
        let before = self.home.spec().map_err(failed)?;
        let status = self.home.status();
        let spec = self.spec(request, before.as_ref(), status.as_ref())?;
        claim::make_lock(&self.home).map_err(failed)?;
        self.home
            .save("secrets.json", &table(&request.config, "secrets"))
            .map_err(failed)?;
        let fresh = before.is_none_or(|b| b.run != spec.run);
        if (fresh || other_health(request)) && !get(&spec.object, "health").is_null() {
            self.home.set_unproven(true).map_err(failed)?;
        }
        self.home.save("spec.json", &spec).map_err(failed)?;
        Ok(spec)
    }

    fn spec(&self, request: &Apply, before: Option<&Spec>, status: Option<&Status>) -> Result<Spec, Problem> {
        let known = text(&request.prior, "id");
        let same_change = before.filter(|b| b.key == request.key);
        let stranger = before.filter(|b| same_change.is_none() && Some(&*b.id) != known);
        if let (Some(_), Some(status)) = (stranger, status.filter(|s| is_live(s))) {
            return Err(self.taken(status));
        }
        let id = known
            .or(same_change.map(|b| &*b.id))
            .map_or_else(|| self.new_id(request), str::to_owned);
        let count = |of_spec: fn(&Spec) -> u64, of_status: fn(&Status) -> u64| {
            before.map_or(0, of_spec).max(status.map_or(0, of_status))
        };
        let run = count(|s| s.run, |s| s.run);
        let under_way = same_change.is_some() && status.is_none_or(|s| s.run != run || !s.phase.is_final());
        Ok(Spec {
            format: FORMAT,
            key: request.key.clone(),
            generation: count(|s| s.generation, |s| s.generation) + 1,
            run: if before.is_none() || (starts(request) && !under_way) {
                run + 1
            } else {
                run
            },
            launch: launch(self.place, &request.planned),
            object: with(&with(&request.planned, "id", id.as_str()), "secrets", Value::Null),
            id,
        })
    }

    /// The place and the change make it: two checkouts of one configuration never have the same.
    fn new_id(&self, request: &Apply) -> String {
        let digest = sha256(format!("{}\n{}", self.home.path().display(), request.key).as_bytes());
        let short: String = digest.chars().take(8).collect();
        format!("{}-{short}", text(&request.planned, "name").unwrap_or_default())
    }

    /// Wakes or starts supervisors until one says that it keeps to this.
    async fn converge(&self, spec: &Spec) -> Result<Status, Problem> {
        let end = Instant::now() + PATIENCE + Duration::from_millis(spec.launch.stop_timeout_ms);
        let (mut called, mut started): (Option<Instant>, Option<Instant>) = (None, None);
        let due = |last: Option<Instant>, after| last.is_none_or(|l: Instant| l.elapsed() > after);
        let mut pause = Duration::from_millis(1);
        while Instant::now() < end {
            let status = self.home.status();
            match next(status.as_ref(), spec) {
                Next::Done(status) => return Ok(status),
                Next::Call(supervisor) if due(called, CALL_AGAIN) => {
                    supervisor.signal(Signal::HUP);
                    called = Some(Instant::now());
                }
                Next::Start if due(started, START_AGAIN) => {
                    self.start_supervisor().await?;
                    started = Some(Instant::now());
                }
                Next::Call(_) | Next::Start | Next::Wait => {}
            }
            sleep(pause).await;
            pause = (pause * 2).min(Duration::from_millis(20));
        }
        Err(Problem::error(
            "its supervisor does not react",
            format!("see `{}`", self.home.file("log").display()),
        ))
    }

    /// Starts a supervisor in the background: the program called here starts the real one and ends at once, so that the real one
    /// is nobody's child who could forget to collect it, and no terminal's.
    async fn start_supervisor(&self) -> Result<(), Problem> {
        let failed = |what: String| Problem::error("its supervisor cannot be started", what);
        let Some((program, arguments)) = self.place.supervisor.split_first() else {
            return Err(failed("no program is given for it".to_owned()));
        };
        let kept = PASSED_ON
            .iter()
            .filter_map(|name| Some((*name, std::env::var_os(name)?)));
        let mut command = Command::new(program);
        command
            .args(arguments)
            .arg(self.home.path())
            .env_clear()
            .envs(kept)
            .current_dir("/")
            .process_group(0);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        if let Some(name) = std::env::args_os().next() {
            command.arg0(name);
        }
        match command.status().await {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(failed(format!("`{program}` ends with {status}"))),
            Err(error) => Err(failed(format!("`{program}`: {}", disk::plain(&error)))),
        }
    }

    /// Waits until it is seen to be well.
    async fn prove(&self, spec: &Spec, started: &Status) -> Result<(), Problem> {
        match Health::of(&spec.object, &spec.launch.host) {
            Some(health) => self.healthy(&health, started).await?,
            None => {
                self.pause(GRACE).await?;
                self.still_well(started, 1)?;
            }
        }
        self.home.set_unproven(false).map_err(|e| self.failed("write", &e))
    }

    async fn healthy(&self, health: &Health, started: &Status) -> Result<(), Problem> {
        let end = Instant::now() + health.within;
        let mut wait = Duration::from_millis(10);
        loop {
            self.still_well(started, ENDS)?;
            let Err(why) = health.probe().await else {
                return self.still_well(started, ENDS);
            };
            if Instant::now() + wait > end {
                let within = format!("it did not become healthy within {} ms", health.within.as_millis());
                return Err(Problem::error(within, why).at(path("health")));
            }
            self.pause(wait).await?;
            wait = (wait * 2).min(health.every).min(OFTEN);
        }
    }

    /// Fails when it ended for good, or that many times since.
    fn still_well(&self, started: &Status, ends: u64) -> Result<(), Problem> {
        let Some(now) = self.home.status() else { return Ok(()) };
        let ended = || now.ended.clone().unwrap_or_default();
        let waiting = u64::from(now.phase == Phase::Waiting);
        match now.phase {
            Phase::Failed => Err(Problem::error(
                format!("it cannot be started: {}", ended()),
                String::new(),
            )),
            Phase::Stopped => Err(Problem::error(format!("it ended at once: {}", ended()), String::new())),
            _ if now.restarts + waiting >= started.restarts + ends => Err(Problem::error(
                format!("it does not stay up: {}", ended()),
                String::new(),
            )),
            _ => Ok(()),
        }
    }

    async fn pause(&self, wait: Duration) -> Result<(), Problem> {
        let mut stop = self.place.stop.clone();
        tokio::select! {
            () = sleep(wait) => Ok(()),
            // A closed channel means that the provider is gone, which is a wish to stop as well.
            _ = stop.wait_for(|stop| *stop) => Err(Problem::error("stopped before it was seen to be well", String::new())),
        }
    }

    /// Ends it and takes all away but its log.
    pub async fn destroy(&self, prior: &Value) -> Applied {
        let spec = match self.home.spec() {
            Ok(spec) => spec.filter(|s| Some(&*s.id) == text(prior, "id")),
            Err(error) => return Applied::failed(self.failed("read", &error)),
        };
        let done = match &spec {
            Some(spec) => self.remove(spec).await,
            None => Ok(()),
        };
        match done {
            Ok(()) => Applied::done(Value::Null, Vec::new()),
            Err(problem) => Applied::failed(problem),
        }
    }

    async fn remove(&self, spec: &Spec) -> Result<(), Problem> {
        let patience = Duration::from_millis(spec.launch.stop_timeout_ms);
        let _claim = self.end_supervisor(patience).await?;
        let before = self.home.status();
        let alive = claim::take_alive(&self.home, &spec.id, before.as_ref(), patience).await;
        let _alive = alive.map_err(|why| Problem::error("it cannot be ended", why))?;
        self.home.clear().map_err(|e| self.failed("clear", &e))
    }

    /// Ends the supervisor, which ends the process, and takes its lock.
    async fn end_supervisor(&self, patience: Duration) -> Result<Claim, Problem> {
        claim::make_lock(&self.home).map_err(|e| self.failed("lock", &e))?;
        let kill_at = Instant::now() + patience + Duration::from_secs(5);
        let mut asked: Option<Identity> = None;
        while Instant::now() < kill_at + PATIENCE {
            if let Some(claim) = Claim::take(&self.home).map_err(|e| self.failed("lock", &e))? {
                return Ok(claim);
            }
            if let Some(supervisor) = self.home.status().map(|s| s.supervisor) {
                if Instant::now() > kill_at {
                    supervisor.signal(Signal::KILL);
                } else if asked.as_ref() != Some(&supervisor) {
                    supervisor.signal(Signal::TERM);
                    asked = Some(supervisor);
                }
            }
            sleep(Duration::from_millis(5)).await;
        }
        Err(Problem::error("its supervisor does not end", String::new()))
    }

    fn with_log(&self, mut problem: Problem, from: u64) -> Problem {
        let tail = self.home.log_tail(from);
        if !tail.is_empty() {
            let gap = if problem.detail.is_empty() { "" } else { "\n" };
            problem.detail = format!("{}{gap}Its log ends with:\n  {}", problem.detail, tail.join("\n  "));
        }
        problem
    }

    fn failed(&self, what: &str, error: &std::io::Error) -> Problem {
        disk::problem(what, &self.home.path().display().to_string(), error)
    }

    fn taken(&self, status: &Status) -> Problem {
        let what = format!(
            "a process of this name runs already in `{}`",
            self.home.path().display()
        );
        let detail = format!(
            "Nothing in the state says that it belongs to this resource. Give this one another name, or end the other with `kill {}`.",
            status.supervisor.pid
        );
        Problem::error(what, detail).at(path("name"))
    }
}

/// Whether the plan says that it is started, or started anew.
fn starts(request: &Apply) -> bool {
    !get(&request.planned, "pid").is_known()
}

fn other_health(request: &Apply) -> bool {
    get(&request.prior, "health") != get(&request.planned, "health")
}

fn is_live(status: &Status) -> bool {
    (!status.phase.is_final() && status.supervisor.is_alive()) || status.child.as_ref().is_some_and(Identity::is_alive)
}

/// What is to be done until a supervisor keeps to a spec.
enum Next {
    /// Nothing more: it does.
    Done(Status),
    /// Nothing: it is about to.
    Wait,
    /// Calling the one that keeps to an earlier one.
    Call(Identity),
    /// Starting one.
    Start,
}

fn next(status: Option<&Status>, spec: &Spec) -> Next {
    let Some(status) = status else { return Next::Start };
    let told = status.generation >= spec.generation && status.run == spec.run;
    let kept = !status.phase.is_final() && status.supervisor.is_alive();
    match (told, kept) {
        (true, _) if status.phase.is_final() => Next::Done(status.clone()),
        (true, true) if status.phase != Phase::Starting => Next::Done(status.clone()),
        (true, true) => Next::Wait,
        (false, true) => Next::Call(status.supervisor.clone()),
        (_, false) => Next::Start,
    }
}

/// What the records say, checked against what really lives.
fn look_at(spec: &Spec, status: Option<&Status>) -> Seen {
    let gone = Seen {
        status: "stopped",
        pid: None,
    };
    let Some(status) = status else { return gone };
    let child = status.child.as_ref().filter(|c| c.is_alive());
    let pid = child.map(|c| c.pid);
    let kept = !status.phase.is_final() && status.supervisor.is_alive();
    match (kept, child) {
        (false, Some(_)) => Seen {
            status: "unsupervised",
            pid,
        },
        (false, None) => gone,
        (true, _) if status.run != spec.run => Seen {
            status: "outdated",
            pid,
        },
        (true, Some(_)) if status.phase == Phase::Running => Seen { status: RUNNING, pid },
        (true, _) => Seen {
            status: "restarting",
            pid: None,
        },
    }
}

fn show(spec: &Spec, seen: &Seen) -> Value {
    let pid = seen.pid.map_or(Value::Null, |pid| i64::from(pid).into());
    with(&with(&spec.object, "pid", pid), "status", seen.status)
}
