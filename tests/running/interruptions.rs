//! A run that is killed at any point of its journal, and the next one: the same final state, each thing once.

use situs::run::state::{Act, Fault};

use super::bench::{Bench, How, kept, messages};

const BEFORE: &str = r#"
resource "thing" "a" {
  name = "a"
  lifecycle { create_before_destroy = true }
}
resource "thing" "b" { name = "b", needs = thing.a.id }
resource "thing" "c" { name = "c", size = 1, needs = thing.b.id }
resource "thing" "old" { name = "old", needs = thing.a.id }
output "c" { value = thing.c.id }
"#;

/// A replacement that makes first, one that destroys first, a change, a destruction and a creation.
const AFTER: &str = r#"
resource "thing" "a" {
  name = "a"
  kind = "x"
  lifecycle { create_before_destroy = true }
}
resource "thing" "b" { name = "b", kind = "x" }
resource "thing" "c" { name = "c", size = 2, needs = thing.b.id }
resource "thing" "new" { name = "new", needs = thing.a.id }
output "c" { value = thing.c.needs }
"#;

/// The bench after a run that went through, with the second run broken at a point; nothing where there was no such point.
async fn broken(parallelism: usize, at: u64) -> Option<Bench> {
    let mut bench = Bench::new();
    bench.parallelism = parallelism;
    bench.done(BEFORE).await;
    let fault = Fault::new(at, Act::Fail);
    bench
        .apply_with(AFTER, &How::default(), Some(fault.clone()))
        .await
        .unwrap();
    bench.wait_long();
    (at < 2 * fault.entries()).then_some(bench)
}

async fn every_point(parallelism: usize) {
    let straight = Bench::new();
    straight.done(BEFORE).await;
    straight.done(AFTER).await;
    let (wanted, ids) = (kept(&straight.snapshot().await), straight.live.ids());
    let mut points = 0;
    while let Some(bench) = broken(parallelism, points).await {
        // The state can be read, and planned from, whatever point it was.
        bench.plan(AFTER).await;
        bench.done(AFTER).await;
        assert_eq!(kept(&bench.snapshot().await), wanted, "at point {points}");
        assert_eq!(bench.live.ids(), ids, "at point {points}");
        assert!(bench.plan(AFTER).await.is_empty(), "at point {points}");
        points += 1;
    }
    assert!(points >= 28, "{points} points");
}

#[tokio::test]
async fn killed_at_every_point_one_at_a_time() {
    every_point(1).await;
}

#[tokio::test]
async fn killed_at_every_point_several_at_a_time() {
    every_point(8).await;
}

#[tokio::test]
async fn killed_at_every_point_of_the_first_run() {
    let straight = Bench::new();
    straight.done(BEFORE).await;
    let wanted = kept(&straight.snapshot().await);
    for at in 0.. {
        let bench = Bench::new();
        let fault = Fault::new(at, Act::Fail);
        bench
            .apply_with(BEFORE, &How::default(), Some(fault.clone()))
            .await
            .unwrap();
        if at >= 2 * fault.entries() {
            break;
        }
        bench.wait_long();
        bench.done(BEFORE).await;
        assert_eq!(kept(&bench.snapshot().await), wanted, "at point {at}");
        assert_eq!(bench.live.ids(), straight.live.ids(), "at point {at}");
    }
}

#[tokio::test]
async fn killed_again_while_settling() {
    for at in 0..4 {
        let bench = broken(4, 11).await.unwrap();
        let again = Fault::new(at, Act::Fail);
        bench.apply_with(AFTER, &How::default(), Some(again)).await.unwrap();
        bench.wait_long();
        bench.done(AFTER).await;
        assert_eq!(bench.live.ids(), ["a/x", "b/x", "c/", "new/"], "at point {at}");
    }
}

#[tokio::test]
async fn a_state_that_cannot_be_written_halts_everything() {
    let bench = Bench::new();
    let applied = bench
        .apply_with(BEFORE, &How::default(), Some(Fault::new(4, Act::Fail)))
        .await
        .unwrap();
    let said = messages(&applied.diagnostics);
    assert!(
        said[0].starts_with("E432 `thing.a`: the state cannot be written"),
        "{said:?}"
    );
    assert_eq!(said.len(), 1, "{said:?}");
    assert_eq!(applied.remaining.len(), 4);
}
