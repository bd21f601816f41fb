//! The state, its journal and its lock.

use std::time::Duration;

use situs::base::event::Event;
use situs::run::state::backend::Backend;
use situs::run::state::backend::sqlite::Sqlite;
use situs::run::state::journal::{Entry, Output};
use situs::run::state::{Holder, Snapshot, StateError, open};
use situs_value::Value;

use super::bench::Bench;

fn output(n: i64) -> Entry {
    Entry::Output {
        name: format!("o{n}"),
        output: Some(Output { value: n.into() }),
    }
}

#[tokio::test]
async fn a_state_that_is_only_read_is_not_made() {
    let bench = Bench::new();
    assert_eq!(bench.snapshot().await, Snapshot::default());
    assert!(!bench.path(".situs").exists());
}

#[tokio::test]
async fn what_is_committed_is_there_for_whoever_reads() {
    let bench = Bench::new();
    let run = bench.lock().await;
    let commit = |n: i64| {
        let run = run.clone();
        tokio::spawn(async move { run.commit(vec![output(2 * n), output(2 * n + 1)]).await })
    };
    let commits: Vec<_> = (0..50).map(commit).collect();
    for commit in commits {
        commit.await.unwrap().unwrap();
    }
    let seen = bench.snapshot().await;
    assert_eq!((seen.serial, seen.outputs.len()), (100, 100));
    assert_eq!(seen, run.snapshot());
}

#[tokio::test]
async fn snapshots_stand_for_the_entries_before_them() {
    let bench = Bench::new();
    for round in 0..4 {
        let run = bench.lock().await;
        run.commit((0..150).map(|n| output(round * 1000 + n)).collect())
            .await
            .unwrap();
        let inside = run.snapshot();
        run.close().await.unwrap();
        assert_eq!(bench.snapshot().await, inside);
    }
    let backend = Sqlite::new(bench.path(".situs/state.db"));
    let kept = backend.load().await.unwrap().unwrap();
    assert!(kept.snapshot.is_some());
    assert_eq!((kept.serial, kept.entries.len()), (600, 0));
}

#[tokio::test]
async fn a_second_run_is_refused_and_told_who_holds_the_state() {
    let bench = Bench::new();
    let run = bench.lock().await;
    let refused = bench.store().lock(Duration::ZERO, &*bench.heard).await.err().unwrap();
    let said = refused.diagnostic();
    assert_eq!(
        format!("{} {}", said.code.id, said.title),
        "E421 the state is held by tester@machine, process 4000000000, `apply`, since 1970-01-01T00:00:00Z"
    );
    run.close().await.unwrap();
    bench.lock().await;
}

#[tokio::test]
async fn a_second_run_that_may_wait_waits_and_says_so() {
    let bench = Bench::new();
    let run = bench.lock().await;
    let give_back = async {
        tokio::time::sleep(Duration::from_millis(700)).await;
        run.close().await.unwrap();
    };
    let store = bench.store();
    let (second, ()) = tokio::join!(store.lock(Duration::from_secs(60), &*bench.heard), give_back);
    assert!(second.is_ok());
    assert!(matches!(bench.heard().as_slice(), [Event::LockWait { .. }]));
}

#[tokio::test]
async fn waiting_ends() {
    let bench = Bench::new();
    let _run = bench.lock().await;
    let waited = bench.store().lock(Duration::from_millis(300), &*bench.heard).await;
    assert!(matches!(waited, Err(StateError::Held(_))));
    assert!(bench.heard().is_empty(), "short waits go unmentioned");
}

#[tokio::test]
async fn a_run_whose_lease_was_taken_over_can_no_longer_write() {
    let bench = Bench::new();
    let first = bench.lock().await;
    first.commit(vec![output(1)]).await.unwrap();
    bench.wait_long();
    let second = bench.lock().await;
    assert_eq!(first.commit(vec![output(2)]).await, Err(StateError::Lost));
    second.commit(vec![output(3)]).await.unwrap();
    assert_eq!(first.commit(vec![output(4)]).await, Err(StateError::Lost));
    let names: Vec<String> = bench.snapshot().await.outputs.into_keys().collect();
    assert_eq!(names, ["o1", "o3"]);
    assert_eq!(StateError::Lost.diagnostic().code.id, "E423");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_holder_whose_process_is_gone_holds_nothing() {
    let bench = Bench::new();
    let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
    let dead = Holder::new("tester@machine", child.id(), "apply");
    let store = open(bench.path(".situs/state.db"), dead, bench.clock.clone());
    let run = store.lock(Duration::ZERO, &*bench.heard).await.unwrap();
    assert!(bench.store().lock(Duration::ZERO, &*bench.heard).await.is_err());
    child.kill().unwrap();
    child.wait().unwrap();
    bench.lock().await;
    assert_eq!(run.commit(vec![output(1)]).await, Err(StateError::Lost));
}

#[tokio::test]
async fn files_that_are_no_states_are_told() {
    let bench = Bench::new();
    std::fs::create_dir_all(bench.path(".situs")).unwrap();
    std::fs::write(
        bench.path(".situs/state.db"),
        "no database, and long enough to be seen as none".repeat(99),
    )
    .unwrap();
    let said = bench.store().read().await.unwrap_err().diagnostic();
    assert_eq!(said.code.id, "E424");
    assert!(said.title.contains("state.db"), "{}", said.title);
    std::fs::remove_file(bench.path(".situs/state.db")).unwrap();
    std::fs::create_dir(bench.path(".situs/state.db")).unwrap();
    let said = bench.store().read().await.unwrap_err().diagnostic();
    assert_eq!(said.code.id, "E420");
}

#[tokio::test]
async fn a_state_of_a_newer_engine_is_left_alone() {
    let bench = Bench::new();
    bench.lock().await.close().await.unwrap();
    let path = bench.path(".situs/state.db");
    let edit = std::process::Command::new("sqlite3")
        .arg(&path)
        .arg("UPDATE head SET format = 99")
        .status();
    let Ok(true) = edit.map(|s| s.success()) else { return };
    let said = bench.store().read().await.unwrap_err().diagnostic();
    assert_eq!(
        format!("{} {}", said.code.id, said.title),
        "E422 the state has format 99"
    );
}

#[tokio::test]
async fn values_come_back_as_they_were() {
    let bench = Bench::new();
    let value = Value::object([
        ("text", Value::from("ä\n\"")),
        ("secret", Value::from("x").mark()),
        ("list", Value::list([1_i64.into(), 2_i64.into()])),
        ("none", Value::Null),
    ]);
    let run = bench.lock().await;
    let output = Some(Output { value: value.clone() });
    run.commit(vec![Entry::Output {
        name: "o".to_owned(),
        output,
    }])
    .await
    .unwrap();
    run.close().await.unwrap();
    assert_eq!(bench.snapshot().await.outputs["o"].value, value);
}
