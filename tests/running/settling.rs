//! What an interrupted run left is settled first.

use situs::base::event::{Action, Event};
use situs::run::state::journal::{Begun, Entry};
use situs::run::state::{Act, Fault, Record};

use super::bench::{Bench, How, actions, addr, messages};
use super::thing::Memory;

const ONE: &str = "resource \"thing\" \"a\" { name = \"a\" }\n";

async fn broken(bench: &Bench, text: &str, at: u64) {
    bench
        .apply_with(text, &How::default(), Some(Fault::new(at, Act::Fail)))
        .await
        .unwrap();
    bench.wait_long();
    bench.heard();
}

/// A run that was killed after `a` was made and before that was noted.
async fn made_and_not_noted(bench: &Bench) {
    // Entry 0 is the provider, entry 1 the beginning.
    broken(bench, ONE, 4).await;
    assert_eq!(bench.live.ids(), ["a/"]);
    assert!(!bench.snapshot().await.open.is_empty());
}

fn recovered(bench: &Bench) -> Vec<String> {
    let line = |event| match event {
        Event::Recovered { addr, how } => Some(format!("{addr} {how}")),
        _ => None,
    };
    bench.heard().into_iter().filter_map(line).collect()
}

#[tokio::test]
async fn what_was_made_is_adopted() {
    let bench = Bench::new();
    made_and_not_noted(&bench).await;
    assert!(
        actions(&bench.plan(ONE).await).is_empty(),
        "a plan that may not write sees it too"
    );
    assert!(recovered(&bench).is_empty());
    assert!(bench.done(ONE).await.is_empty());
    assert_eq!(recovered(&bench), ["thing.a adopted"]);
    assert!(bench.snapshot().await.open.is_empty());
}

#[tokio::test]
async fn what_was_not_made_is_made_now() {
    let bench = Bench::new();
    broken(&bench, ONE, 3).await;
    assert!(bench.live.ids().is_empty());
    assert_eq!(bench.done(ONE).await, ["create a/"]);
    assert_eq!(recovered(&bench), ["thing.a repeated"]);
}

#[tokio::test]
async fn what_nobody_can_tell_is_told() {
    let bench = Bench::new();
    made_and_not_noted(&bench).await;
    bench.live.lock().memory = Memory::None;
    let applied = bench.apply(ONE).await;
    let said = messages(&applied.diagnostics);
    assert!(
        said.contains(&"W400 nobody can tell whether `thing.a` was made".to_owned()),
        "{said:?}"
    );
}

#[tokio::test]
async fn what_is_wholly_known_is_kept_to_be_made_anew() {
    let bench = Bench::new();
    bench.done(ONE).await;
    let record: Record = bench.snapshot().await.objects[&addr("thing.a")].clone();
    let run = bench.lock().await;
    let begun = Begun {
        op: 1,
        action: Action::Create,
        key: "k".to_owned(),
        record,
    };
    let entries = vec![
        Entry::Remove { addr: addr("thing.a") },
        Entry::begin(&addr("thing.a"), None, begun),
    ];
    run.commit(entries).await.unwrap();
    run.close().await.unwrap();
    bench.live.lock().memory = Memory::None;
    assert_eq!(actions(&bench.plan(ONE).await), ["thing.a DeleteCreate"]);
}

#[tokio::test]
async fn an_interrupted_end_is_looked_at() {
    let bench = Bench::new();
    bench.done(ONE).await;
    // Before the end is noted: it is gone.
    broken(&bench, "", 2).await;
    assert!(bench.live.ids().is_empty());
    assert!(bench.done("").await.is_empty());
    assert_eq!(recovered(&bench), ["thing.a gone"]);
    // After the beginning is noted: it is still there.
    bench.done(ONE).await;
    broken(&bench, "", 1).await;
    assert_eq!(bench.done("").await, ["destroy a/"]);
    assert_eq!(recovered(&bench), ["thing.a repeated"]);
}

#[tokio::test]
async fn an_interrupted_change_is_found_again() {
    let bench = Bench::new();
    bench.done(ONE).await;
    let bigger = ONE.replace("\" }", "\", size = 2 }");
    broken(&bench, &bigger, 2).await;
    assert!(bench.done(&bigger).await.is_empty());
    assert_eq!(recovered(&bench), ["thing.a adopted"]);
    let biggest = ONE.replace("\" }", "\", size = 3 }");
    broken(&bench, &biggest, 1).await;
    assert_eq!(bench.done(&biggest).await, ["update a/"]);
}

#[tokio::test]
async fn nothing_is_done_while_something_is_open() {
    let bench = Bench::new();
    made_and_not_noted(&bench).await;
    bench.live.lock().refuses = Some("wrong key".to_owned());
    let applied = bench.apply(ONE).await;
    let said = "E301 the provider `thing` refuses its configuration: wrong key";
    assert_eq!(messages(&applied.diagnostics), [said]);
    assert!(!bench.snapshot().await.open.is_empty());
}
