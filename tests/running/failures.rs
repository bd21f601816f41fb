//! What goes wrong, and what is done all the same.

use std::time::Duration;

use situs::base::event::Event;
use situs::run::apply::Outcome;
use situs_value::Value;

use super::bench::{Bench, How, addr, messages};
use super::thing::Wrong;

const ONE: &str = "resource \"thing\" \"a\" { name = \"a\" }\n";

const CHAIN: &str = r#"
resource "thing" "a" { name = "a" }
resource "thing" "b" { name = "b", needs = thing.a.id }
resource "thing" "c" { name = "c", needs = thing.b.id }
resource "thing" "d" { name = "d" }
output "d" { value = thing.d.id }
output "b" { value = thing.b.name }
"#;

#[tokio::test]
async fn a_failure_stops_only_what_depends_on_it() {
    let bench = Bench::new();
    bench.live.next("b", Wrong::Lasting);
    let applied = bench.apply(CHAIN).await;
    assert_eq!(messages(&applied.diagnostics), ["E302 `thing.b`: it does not work"]);
    let remaining: Vec<_> = applied.remaining.into_iter().collect();
    assert_eq!(
        remaining,
        [(addr("thing.b"), Outcome::Failed), (addr("thing.c"), Outcome::Skipped)]
    );
    assert_eq!(applied.counts.add, 2);
    assert_eq!(applied.outputs.get("d"), Some(&Value::from("d/")));
    assert_eq!(applied.outputs.get("b"), None);
    let skipped: Vec<Event> = bench
        .heard()
        .into_iter()
        .filter(|e| matches!(e, Event::Skipped { .. }))
        .collect();
    let reason = "`thing.b` failed".to_owned();
    assert_eq!(
        skipped,
        [Event::Skipped {
            addr: addr("thing.c"),
            reason
        }]
    );
    assert_eq!(bench.done(CHAIN).await, ["create b/", "create c/"]);
}

#[tokio::test]
async fn passing_failures_are_tried_again() {
    let bench = Bench::new();
    bench.live.next("a", Wrong::Passing);
    bench.live.next("a", Wrong::Passing);
    assert_eq!(bench.done(ONE).await, ["create a/", "create a/", "create a/"]);
    let retries = bench
        .heard()
        .into_iter()
        .filter(|e| matches!(e, Event::Retry { .. }))
        .count();
    assert_eq!(retries, 2);
}

#[tokio::test]
async fn a_failure_that_never_passes_is_given_up() {
    let bench = Bench::new();
    (0..9).for_each(|_| bench.live.next("a", Wrong::Passing));
    let applied = bench.apply(ONE).await;
    assert_eq!(messages(&applied.diagnostics), ["E302 `thing.a`: it is busy"]);
    assert_eq!(bench.calls().len(), 5);
}

#[tokio::test]
async fn a_result_that_contradicts_the_plan_is_told_and_kept() {
    let bench = Bench::new();
    let text = "resource \"thing\" \"a\" {\n  name = \"a\"\n  size = 1\n}\n";
    bench.live.next("a", Wrong::Liar);
    let applied = bench.apply(text).await;
    assert_eq!(
        messages(&applied.diagnostics),
        ["E431 what the provider made of `thing.a` contradicts its plan"]
    );
    assert_eq!(bench.live.ids(), ["a/"]);
    assert_eq!(bench.done(text).await, ["destroy a/", "create a/"]);
}

#[tokio::test]
async fn no_error_and_no_object_is_an_error() {
    let bench = Bench::new();
    bench.live.next("a", Wrong::Nothing);
    let applied = bench.apply(ONE).await;
    let said = "E431 the provider reports no error for `thing.a`, and shows no object";
    assert_eq!(messages(&applied.diagnostics), [said]);
}

#[tokio::test]
async fn a_provider_that_panics_breaks_only_its_change() {
    let bench = Bench::new();
    bench.live.next("b", Wrong::Panics);
    let applied = bench.apply(CHAIN).await;
    assert_eq!(
        messages(&applied.diagnostics),
        ["E433 the change of `thing.b` broke off"]
    );
    assert_eq!(applied.remaining[&addr("thing.c")], Outcome::Skipped);
    assert!(!bench.snapshot().await.open.is_empty());
    assert_eq!(bench.done(CHAIN).await, ["create b/", "create c/"]);
}

#[tokio::test]
async fn a_provider_that_cannot_be_had_is_told_once_and_nothing_is_touched() {
    let bench = Bench::new();
    bench.live.lock().refuses = Some("wrong key".to_owned());
    let applied = bench.apply(CHAIN).await;
    let said = "E301 the provider `thing` refuses its configuration: wrong key";
    assert_eq!(messages(&applied.diagnostics), [said]);
    assert!(bench.calls().is_empty());
}

#[tokio::test]
async fn what_the_provider_does_not_take_stops_the_plan() {
    let bench = Bench::new();
    let text = "resource \"thing\" \"a\" {\n  name = \"a\"\n  size = 9001\n}\n";
    let said = bench.plan_with(text, &How::default()).await.unwrap_err();
    assert_eq!(messages(&said), ["E302 `thing.a`: it is too big"]);
    assert_eq!(
        said.iter().next().unwrap().primary.as_ref().unwrap().text,
        "this is meant"
    );
}

#[tokio::test]
async fn what_the_provider_warns_of_is_told_and_done() {
    let bench = Bench::new();
    let text = "resource \"thing\" \"a\" {\n  name = \"a\"\n  size = 13\n}\n";
    let (plan, said) = bench.plan_and_messages(text).await;
    assert!(plan.is_some());
    assert_eq!(messages(&said), ["W030 `thing.a`: it brings bad luck"]);
}

#[tokio::test]
async fn a_plan_that_contradicts_the_configuration_is_refused() {
    let bench = Bench::new();
    bench.live.lock().plans_badly = true;
    let said = bench.plan_with(ONE, &How::default()).await.unwrap_err();
    assert_eq!(
        messages(&said),
        ["E402 the provider's plan for `thing.a` contradicts the configuration"]
    );
    assert_eq!(
        said.iter().next().unwrap().notes,
        ["`size` is planned neither as configured nor as it was"]
    );
}

#[tokio::test]
async fn a_circle_is_told_with_all_its_members() {
    let bench = Bench::new();
    let text = "resource \"thing\" \"a\" { name = thing.b.id }\nresource \"thing\" \"b\" { name = thing.a.id }\n";
    let said = bench.plan_with(text, &How::default()).await.unwrap_err();
    assert_eq!(messages(&said), ["E400 resources depend on each other in a circle"]);
    assert_eq!(
        said.iter().next().unwrap().notes,
        ["path     `thing.a` → `thing.b` → `thing.a`"]
    );
}

#[tokio::test]
async fn the_wish_to_stop_finishes_what_is_in_flight_and_names_the_rest() {
    let bench = Bench::new();
    bench.live.next("a", Wrong::Slow(300));
    bench.live.next("d", Wrong::Slow(300));
    let how = How::default();
    let stop = async {
        while bench.live.lock().busy < 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        how.cancel.stop();
    };
    let (applied, ()) = tokio::join!(bench.apply_with(CHAIN, &how, None), stop);
    let remaining: Vec<_> = applied.unwrap().remaining.into_iter().collect();
    assert_eq!(
        remaining,
        [(addr("thing.b"), Outcome::Stopped), (addr("thing.c"), Outcome::Stopped)]
    );
    assert_eq!(bench.snapshot().await.objects.len(), 2);
    assert_eq!(bench.done(CHAIN).await, ["create b/", "create c/"]);
}

#[tokio::test]
async fn no_more_run_at_once_than_is_allowed() {
    let mut bench = Bench::new();
    bench.parallelism = 3;
    (0..9).for_each(|i| bench.live.next(&format!("a{i}"), Wrong::Slow(20)));
    bench
        .done("resource \"thing\" \"a\" {\n  count = 9\n  name = \"a${count.index}\"\n}\n")
        .await;
    assert_eq!(bench.live.lock().busiest, 3);
}

#[tokio::test]
async fn what_needs_nothing_of_each_other_is_planned_at_the_same_time() {
    let mut bench = Bench::new();
    bench.parallelism = 3;
    bench
        .plan("resource \"thing\" \"a\" {\n  count = 9\n  name = \"a${count.index}\"\n}\n")
        .await;
    assert_eq!(bench.live.lock().most_planned, 3);
    bench.live.lock().most_planned = 0;
    // `a` and `d`; `b` and `c` each wait for the one before.
    bench.plan(CHAIN).await;
    assert_eq!(bench.live.lock().most_planned, 2);
}

#[tokio::test]
async fn a_data_source_that_gives_nothing_is_a_fault_of_its_provider() {
    let bench = Bench::new();
    let data = "data \"thing\" \"a\" { name = \"a\" }\n";
    let said = bench.plan_with(data, &How::default()).await.err().unwrap();
    assert_eq!(messages(&said), ["E404 the provider has no answer for `data.thing.a`"]);
}

#[tokio::test]
async fn what_is_never_kept_is_opened_closed_and_held_to_its_word() {
    let bench = Bench::new();
    let hollow = "ephemeral \"thing\" \"a\" { name = \"hollow\" }\n";
    let said = bench.plan_with(hollow, &How::default()).await.err().unwrap();
    assert_eq!(
        messages(&said),
        ["E405 the provider has no answer for `ephemeral.thing.a`"]
    );
    let sticky = "ephemeral \"thing\" \"a\" { name = \"sticky\" }\n";
    let (plan, said) = bench.plan_and_messages(sticky).await;
    assert!(plan.unwrap().is_empty());
    assert_eq!(
        messages(&said),
        ["W052 `ephemeral.thing.a` could not be closed: it sticks"]
    );
    bench.calls();
    let both = "ephemeral \"thing\" \"a\" { name = \"a\" }\nephemeral \"thing\" \"b\" { name = ephemeral.thing.a.id }\n\
                resource \"thing\" \"c\" { name = \"c\" }\n";
    bench.apply(both).await;
    // Each once for the plan and once for apply, the last one closed first.
    let plan = ["open a", "open a", "close a", "close a"];
    let apply = ["open a", "open a", "create c/", "close a", "close a"];
    assert_eq!(bench.calls(), [&plan[..], &apply].concat());
}
