//! `local_process` when something happens to it from outside.

use std::fs;
use std::time::{Duration, Instant};

use situs_value::Value;

use super::support::{Resource, World, configured, eventually, is_alive, kill, processes_with, shell, try_kill};

pub async fn running(world: &World, script: &str) -> Resource {
    let mut process = world.resource("local_process");
    process.apply(&sleeper(script)).await.unwrap();
    process
}

pub fn sleeper(script: &str) -> Vec<(&'static str, Value)> {
    vec![("name", "p".into()), ("command", shell(script))]
}

#[tokio::test]
async fn one_that_crashes_is_started_again_and_that_is_no_change() {
    let world = World::new().await;
    let config = sleeper("exec sleep 1000");
    let mut process = running(&world, "exec sleep 1000").await;
    let pid = process.pid();
    kill(pid, "-9");
    eventually("it is up again", || {
        world.status("p")["phase"] == "running" && world.child("p") != pid
    });
    assert!(process.is_settled(&config).await);
    assert_ne!(process.pid(), pid);
    assert_eq!(process.text("status"), "running");
    assert!(
        world
            .log("p")
            .contains("[situs] it was ended by signal 9; starts again in 500 ms\n")
    );
}

#[tokio::test]
async fn one_that_waits_for_its_next_start_is_mended_at_once() {
    let world = World::new().await;
    let config = sleeper("exec sleep 1000");
    let mut process = running(&world, "exec sleep 1000").await;
    // On a busy machine it may be up again before it is looked at; each time it waits longer.
    while process.text("status") != "restarting" {
        if process.pid() != 0 {
            try_kill(process.pid(), "-9");
        }
        process.read().await;
    }
    assert_eq!(process.pid(), 0);
    let begin = Instant::now();
    process.apply(&config).await.unwrap();
    assert!(begin.elapsed() < Duration::from_secs(5));
    assert!(process.is_settled(&config).await);
    assert_eq!(
        processes_with("SITUS_RESOURCE_ID=p-")
            .into_iter()
            .filter(|p| *p == process.pid())
            .count(),
        1
    );
}

#[tokio::test]
async fn one_that_was_asked_to_end_stays_ended_until_it_is_mended() {
    let world = World::new().await;
    let config = sleeper("exec sleep 1000");
    let mut process = running(&world, "exec sleep 1000").await;
    let (id, supervisor) = (process.text("id"), world.supervisor("p"));
    kill(process.pid(), "-TERM");
    eventually("its supervisor ends", || !is_alive(supervisor));
    process.read().await;
    assert_eq!(process.text("status"), "stopped");
    let planned = process.plan(&process.config(&config)).await;
    assert_eq!(planned.state.get("status"), Some(&"running".into()));
    assert!(!planned.state.get("pid").unwrap().is_known());
    process.apply(&config).await.unwrap();
    assert!(is_alive(process.pid()));
    assert_eq!(process.text("id"), id);
    assert!(process.is_settled(&config).await);
}

#[tokio::test]
async fn a_process_without_its_supervisor_is_found_and_not_doubled() {
    let world = World::new().await;
    let config = sleeper("exec sleep 1000");
    let mut process = running(&world, "exec sleep 1000").await;
    let pid = process.pid();
    kill(world.supervisor("p"), "-9");
    eventually("the supervisor is gone", || !is_alive(world.supervisor("p")));
    process.read().await;
    assert_eq!(
        (process.text("status"), process.pid()),
        ("unsupervised".to_owned(), pid)
    );
    process.apply(&config).await.unwrap();
    assert!(!is_alive(pid) && is_alive(process.pid()));
    assert!(process.is_settled(&config).await);

    let (pid, id) = (process.pid(), process.text("id"));
    kill(world.supervisor("p"), "-9");
    assert!(process.destroy().await.is_empty());
    assert!(!is_alive(pid) && processes_with(&id).is_empty());
}

#[tokio::test]
async fn an_orphan_that_nobody_wrote_down_is_found_by_the_lock_it_holds() {
    let world = World::new().await;
    let mut process = running(&world, "exec sleep 1000").await;
    let pid = process.pid();
    kill(world.supervisor("p"), "-9");
    eventually("the supervisor is gone", || !is_alive(world.supervisor("p")));
    fs::remove_file(world.home("p").join("status.json")).unwrap();
    process.read().await;
    assert_eq!(process.text("status"), "stopped");
    process.apply(&sleeper("exec sleep 1000")).await.unwrap();
    assert!(!is_alive(pid) && is_alive(process.pid()));
}

#[tokio::test]
async fn all_that_it_started_ends_with_it() {
    let world = World::new().await;
    let mark = format!("{}", 10_000_000 + std::process::id());
    let script =
        format!("sleep {mark} & setsid sleep {mark} & (trap '' TERM; sleep {mark}; sleep {mark}) & exec sleep {mark}");
    let mut process = running(&world, &script).await;
    let sleeping = format!("sleep {mark}");
    eventually("all four sleep", || processes_with(&sleeping).len() >= 4);
    assert!(process.destroy().await.is_empty());
    assert_eq!(processes_with(&sleeping), Vec::<i64>::new());
}

#[tokio::test]
async fn a_long_log_is_started_anew() {
    let world = World::new().await;
    let script =
        "head -c 11000000 /dev/zero | tr '\\0' x; echo; echo before; while true; do sleep 0.2; echo after; done";
    let _process = running(&world, script).await;
    eventually("the log is long", || world.log("p").len() > 11_000_000);
    eventually("it is short again", || {
        world.log("p").len() < 1_000_000 && world.log("p").contains("after")
    });
    assert!(fs::metadata(world.home("p").join("log.1")).unwrap().len() > 11_000_000);
}

#[tokio::test]
async fn when_its_directory_is_taken_away_it_ends() {
    let world = World::new().await;
    let process = running(&world, "exec sleep 1000").await;
    fs::remove_dir_all(world.path(".situs")).unwrap();
    eventually("nothing runs that nobody could find", || !is_alive(process.pid()));
}

#[tokio::test]
async fn when_its_directory_is_moved_it_is_still_kept() {
    let world = World::new().await;
    fs::create_dir(world.path("here")).unwrap();
    let mut process = world.resource("local_process");
    process.provider = configured(&world.path("here"), Value::Null).await;
    let config = sleeper("exec sleep 1000");
    process.apply(&config).await.unwrap();
    fs::rename(world.path("here"), world.path("there")).unwrap();
    process.provider = configured(&world.path("there"), Value::Null).await;
    assert!(process.is_settled(&config).await);
    let pid = process.pid();
    assert!(process.destroy().await.is_empty());
    assert!(!is_alive(pid));
}
