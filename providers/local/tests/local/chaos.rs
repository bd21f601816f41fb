//! The promise of this crate: whoever is killed and whenever, there is never more than one copy of a process, and none that is not
//! found. `situs` is played by this test program, called again to make one change, and killed in the middle of it.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use situs_provider::Found;
use situs_value::Value;

use super::support::{Resource, World, configured, eventually, is_alive, processes_with, table, try_kill, words};

const ROUNDS: u64 = 60;
const DIRECTORY: &str = "SITUS_TEST_DIRECTORY";
const CHANGE: &str = "SITUS_TEST_CHANGE";

fn config(mark: &str, round: &str) -> [(&'static str, Value); 4] {
    [
        ("name", "p".into()),
        ("command", words(&["sleep", mark])),
        ("environment", table(&[("ROUND", round)])),
        ("restart", "always".into()),
    ]
}

/// One change of one process, when it is called with what to change; else nothing.
#[tokio::test]
async fn one_change() {
    let (Ok(directory), Ok(change)) = (std::env::var(DIRECTORY), std::env::var(CHANGE)) else {
        return;
    };
    let (mark, round, state): (String, String, Value) = serde_json::from_str(&change).unwrap();
    let provider = configured(Path::new(&directory), Value::Null).await;
    let keys = round.parse().unwrap();
    let mut process = Resource {
        provider,
        type_name: "local_process".to_owned(),
        state,
        keys,
    };
    match &*mark {
        "destroy" => drop(process.destroy().await),
        mark => drop(process.apply(&config(mark, &round)).await),
    }
}

fn change(world: &World, mark: &str, round: u64, state: &Value) -> Child {
    let change = serde_json::to_string(&(mark, round.to_string(), state)).unwrap();
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "chaos::one_change"])
        .env(DIRECTORY, world.directory.path())
        .env(CHANGE, change)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Random enough, and the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    async fn pause(&mut self, millis: u64) {
        tokio::time::sleep(Duration::from_micros(self.below(millis * 1000))).await;
    }
}

/// Kills one of those that keep a process or are it.
fn strike(world: &World, dice: &mut Dice) {
    let status = world.status("p");
    let who = if dice.below(2) == 0 { "supervisor" } else { "child" };
    let identity = &status[who];
    if let Some(pid) = identity["pid"]
        .as_i64()
        .filter(|pid| is_alive(*pid) && starts(*pid) == identity["start"].as_u64())
    {
        try_kill(pid, "-9");
    }
}

fn starts(pid: i64) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(')')?.1.split_whitespace().nth(19)?.parse().ok()
}

/// Looks for two copies at one time, until told to end; says whether there ever were.
fn watch(mark: String, end: Arc<AtomicBool>) -> std::thread::JoinHandle<bool> {
    std::thread::spawn(move || {
        let mut doubled = false;
        while !end.load(Ordering::Relaxed) {
            let seen = copies(&mark);
            // One may have ended and the other begun during the look, so it counts when both are still there.
            doubled |= seen.len() > 1 && seen.iter().filter(|pid| is_alive(**pid)).count() > 1;
            std::thread::sleep(Duration::from_millis(1));
        }
        doubled
    })
}

fn copies(mark: &str) -> Vec<i64> {
    processes_with(&format!("sleep {mark} "))
}

/// What the engine does after an interruption.
async fn settle(process: &mut Resource, key: &str, planned: Value) {
    process.state = match process.lookup(key, planned).await {
        Found::Object(answer) => answer.state,
        Found::Nothing => Value::Null,
        Found::CannotTell => panic!("it can tell"),
    };
}

async fn round(world: &World, process: &mut Resource, mark: &str, round: u64, dice: &mut Dice) {
    process.keys = u32::try_from(round).unwrap();
    let destroys = dice.below(5) == 0 && !process.state.is_null();
    let planned = match destroys {
        true => Value::Null,
        false => {
            process
                .plan(&process.config(&config(mark, &round.to_string())))
                .await
                .state
        }
    };
    let mut situs = change(world, if destroys { "destroy" } else { mark }, round, &process.state);
    for _ in 0..dice.below(4) {
        dice.pause(120).await;
        strike(world, dice);
    }
    if dice.below(4) > 0 {
        dice.pause(250).await;
        let _ = situs.kill();
    }
    situs.wait().unwrap();
    let key = process.next_key();
    settle(process, &key, planned).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_killed_there_is_one_copy_or_none() {
    let world = World::new().await;
    let mark = (20_000_000 + std::process::id()).to_string();
    let end = Arc::new(AtomicBool::new(false));
    let watcher = watch(mark.clone(), end.clone());
    let mut process = world.resource("local_process");
    let mut dice = Dice(7);
    for number in 1..=ROUNDS {
        round(&world, &mut process, &mark, number, &mut dice).await;
    }
    process.keys = 1000;
    process.read().await;
    process.apply(&config(&mark, "last")).await.unwrap();
    assert!(process.is_settled(&config(&mark, "last")).await);
    assert_eq!(copies(&mark), [process.pid()]);

    assert!(process.destroy().await.is_empty());
    assert_eq!(copies(&mark), Vec::<i64>::new());
    let home = world.home("p").display().to_string();
    eventually("every supervisor that came too late is gone", || {
        supervisors(&home) == 0
    });
    assert_eq!(copies(&mark), Vec::<i64>::new());
    end.store(true, Ordering::Relaxed);
    assert!(!watcher.join().unwrap(), "there were two copies at one time");
}

fn supervisors(home: &str) -> usize {
    let all = std::fs::read_dir("/proc")
        .unwrap()
        .filter_map(|e| e.ok()?.file_name().to_str()?.parse::<i64>().ok());
    all.filter(|pid| std::fs::read_to_string(format!("/proc/{pid}/cmdline")).is_ok_and(|c| c.contains(home)))
        .count()
}
