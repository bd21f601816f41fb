//! What is planned, and what comes of it.

use situs::base::event::{Action, Event};
use situs::run::plan::change::Reason;
use situs::run::plan::{Operation, Refresh};
use situs::run::state::Status;
use situs_value::Value;

use super::bench::{Bench, How, actions, addr, kept, messages};
use super::thing::Wrong;

const TWO: &str = r#"
resource "thing" "a" { name = "a", size = 1 }
resource "thing" "b" { name = "b", needs = thing.a.id }
output "b" { value = thing.b.needs }
"#;

#[tokio::test]
async fn what_is_configured_is_made_in_order_and_then_there_is_nothing_to_do() {
    let bench = Bench::new();
    let plan = bench.plan(TWO).await;
    assert_eq!(actions(&plan), ["thing.a Create", "thing.b Create"]);
    assert!(!plan.changes[1].after.get("needs").unwrap().is_known());
    assert_eq!(bench.done(TWO).await, ["create a/", "create b/"]);
    let snapshot = bench.snapshot().await;
    assert_eq!(snapshot.outputs["b"].value, Value::from("a/"));
    assert_eq!(snapshot.objects[&addr("thing.b")].dependencies, [addr("thing.a")]);
    assert!(snapshot.providers.contains_key("thing"));
    assert!(bench.plan(TWO).await.is_empty());
    assert_eq!(bench.done(TWO).await, Vec::<String>::new());
    assert_eq!(bench.snapshot().await.serial, snapshot.serial);
}

#[tokio::test]
async fn a_plan_is_the_same_byte_for_byte() {
    let bench = Bench::new();
    bench.done(TWO).await;
    let text = TWO.replace("size = 1", "size = 2");
    let once = serde_json::to_string(&bench.plan(&text).await).unwrap();
    bench.wait_long();
    assert_eq!(once, serde_json::to_string(&bench.plan(&text).await).unwrap());
}

#[tokio::test]
async fn a_change_in_place_keeps_the_object() {
    let bench = Bench::new();
    bench.done(TWO).await;
    let calls = bench.done(&TWO.replace("size = 1", "size = 2")).await;
    assert_eq!(calls, ["update a/"]);
    let size = bench.snapshot().await.objects[&addr("thing.a")]
        .value
        .get("size")
        .cloned();
    assert_eq!(size, Some(2_i64.into()));
}

#[tokio::test]
async fn what_cannot_be_changed_is_replaced_and_its_users_follow() {
    let bench = Bench::new();
    bench.done(TWO).await;
    let text = TWO.replace("size = 1", "kind = \"x\"");
    let plan = bench.plan(&text).await;
    assert_eq!(actions(&plan), ["thing.a DeleteCreate", "thing.b Update"]);
    assert_eq!(plan.changes[0].reason, Some(Reason::CannotUpdate));
    let counts = plan.counts();
    assert_eq!((counts.add, counts.change, counts.destroy), (1, 1, 1));
    assert_eq!(bench.done(&text).await, ["destroy a/", "create a/x", "update b/"]);
    assert_eq!(bench.snapshot().await.outputs["b"].value, Value::from("a/x"));
}

#[tokio::test]
async fn create_before_destroy_puts_the_old_object_aside() {
    let bench = Bench::new();
    let text = r#"
resource "thing" "a" {
  name = "a"
  lifecycle { create_before_destroy = true }
}
resource "thing" "b" { name = "b", needs = thing.a.id }
"#;
    bench.done(text).await;
    let next = text.replace("name = \"a\"", "name = \"a\"\n  kind = \"x\"");
    assert_eq!(bench.done(&next).await, ["create a/x", "update b/", "destroy a/"]);
    let snapshot = bench.snapshot().await;
    assert!(snapshot.deposed.is_empty());
    assert!(snapshot.objects[&addr("thing.a")].create_before_destroy);
}

#[tokio::test]
async fn a_new_object_that_fails_leaves_the_old_one_in_its_place() {
    let bench = Bench::new();
    let text = "resource \"thing\" \"a\" {\n  name = \"a\"\n  lifecycle { create_before_destroy = true }\n}\n";
    bench.done(text).await;
    let before = kept(&bench.snapshot().await);
    bench.live.next("a", Wrong::Lasting);
    let next = text.replace("name = \"a\"", "name = \"a\"\n  kind = \"x\"");
    let applied = bench.apply(&next).await;
    assert_eq!(messages(&applied.diagnostics), ["E302 `thing.a`: it does not work"]);
    assert_eq!(kept(&bench.snapshot().await), before);
    assert_eq!(bench.done(&next).await, ["create a/x", "destroy a/"]);
}

#[tokio::test]
async fn what_was_put_aside_and_not_destroyed_goes_next_time() {
    let bench = Bench::new();
    let text = "resource \"thing\" \"a\" {\n  name = \"a\"\n  lifecycle { create_before_destroy = true }\n}\n";
    bench.done(text).await;
    bench.live.next("a", Wrong::Slow(0));
    bench.live.next("a", Wrong::Lasting);
    let next = text.replace("name = \"a\"", "name = \"a\"\n  kind = \"x\"");
    let applied = bench.apply(&next).await;
    assert_eq!(
        (applied.counts.add, applied.counts.destroy, applied.remaining.len()),
        (1, 0, 1)
    );
    let plan = bench.plan(&next).await;
    assert_eq!(actions(&plan), ["thing.a NoOp"]);
    assert_eq!(plan.counts().destroy, 1);
    // Also where nothing is configured any more.
    bench.live.log();
    let mut calls = bench.done("").await;
    calls.sort();
    assert_eq!(calls, ["destroy a/", "destroy a/x"]);
}

#[tokio::test]
async fn what_is_no_longer_configured_goes_users_first() {
    let bench = Bench::new();
    bench.done(TWO).await;
    let plan = bench.plan("").await;
    assert!(plan.changes.iter().all(|c| c.reason == Some(Reason::NotConfigured)));
    assert_eq!(bench.done("").await, ["destroy b/", "destroy a/"]);
    let snapshot = bench.snapshot().await;
    assert!(snapshot.objects.is_empty() && snapshot.outputs.is_empty() && snapshot.providers.is_empty());
}

#[tokio::test]
async fn destroy_takes_everything_in_reverse() {
    let bench = Bench::new();
    bench.done(TWO).await;
    let how = How {
        operation: Some(Operation::Destroy),
        ..How::default()
    };
    bench.live.log();
    let applied = bench.apply_with(TWO, &how, None).await.unwrap();
    assert_eq!((applied.counts.destroy, applied.remaining.len()), (2, 0));
    assert_eq!(bench.calls(), ["destroy b/", "destroy a/"]);
    assert!(bench.snapshot().await.outputs.is_empty());
}

#[tokio::test]
async fn what_must_stay_is_not_destroyed() {
    let bench = Bench::new();
    let text = "resource \"thing\" \"a\" {\n  name = \"a\"\n  lifecycle { prevent_destroy = true }\n}\n";
    bench.done(text).await;
    let how = How {
        operation: Some(Operation::Destroy),
        ..How::default()
    };
    let prevented = ["E401 `thing.a` would be destroyed, and its `prevent_destroy` says no"];
    assert_eq!(messages(&bench.plan_with(text, &how).await.unwrap_err()), prevented);
    let replaced = text.replace("name = \"a\"", "name = \"c\"");
    assert_eq!(
        messages(&bench.plan_with(&replaced, &How::default()).await.unwrap_err()),
        prevented
    );
}

#[tokio::test]
async fn a_smaller_count_takes_the_last_ones_away() {
    let bench = Bench::new();
    let text = |n: u32| {
        let resource = format!("resource \"thing\" \"a\" {{\n  count = {n}\n  name = \"a${{count.index}}\"\n}}\n");
        format!("{resource}output \"all\" {{ value = thing.a[*].id }}\n")
    };
    bench.done(&text(3)).await;
    let plan = bench.plan(&text(2)).await;
    assert_eq!(actions(&plan), ["thing.a[2] Delete"]);
    assert_eq!(plan.changes[2].reason, Some(Reason::CountIndex));
    assert_eq!(plan.outputs["all"].action, Action::Update);
    bench.done(&text(2)).await;
    assert_eq!(bench.live.ids(), ["a0/", "a1/"]);
}

#[tokio::test]
async fn what_changed_outside_is_seen_and_mended() {
    let bench = Bench::new();
    bench.done(TWO).await;
    let path = situs_value::Path::root().attr("size");
    {
        let mut world = bench.live.lock();
        let object = world.objects.get_mut("a/").unwrap();
        object.state = object.state.with(&path, &7_i64.into());
        world.objects.remove("b/");
    }
    let plan = bench.plan(TWO).await;
    assert_eq!(actions(&plan), ["thing.a Update", "thing.b Create"]);
    assert_eq!(plan.changes[1].reason, Some(Reason::Gone));
    let drift: Vec<String> = plan
        .drift
        .iter()
        .map(|d| format!("{} {}", d.addr, d.after.is_null()))
        .collect();
    assert_eq!(drift, ["thing.a false", "thing.b true"]);
    let how = How {
        refresh: Refresh::Believe,
        ..How::default()
    };
    let believed = bench.plan_with(TWO, &how).await.unwrap();
    assert!(believed.is_empty() && believed.drift.is_empty());
    assert_eq!(bench.done(TWO).await, ["update a/", "create b/"]);
}

#[tokio::test]
async fn refresh_only_takes_note_and_changes_nothing() {
    let bench = Bench::new();
    bench.done(TWO).await;
    bench.live.lock().objects.remove("b/");
    let how = How {
        operation: Some(Operation::RefreshOnly),
        ..How::default()
    };
    let plan = bench.plan_with(TWO, &how).await.unwrap();
    assert!(actions(&plan).is_empty() && !plan.is_empty());
    bench.live.log();
    bench.apply_with(TWO, &how, None).await.unwrap();
    assert!(bench.calls().is_empty());
    let snapshot = bench.snapshot().await;
    assert_eq!(snapshot.objects.keys().cloned().collect::<Vec<_>>(), [addr("thing.a")]);
    assert!(bench.plan_with(TWO, &how).await.unwrap().is_empty());
}

#[tokio::test]
async fn replacement_can_be_asked_for() {
    let bench = Bench::new();
    bench.done(TWO).await;
    let how = How {
        replace: vec![addr("thing.b")],
        ..How::default()
    };
    let plan = bench.plan_with(TWO, &how).await.unwrap();
    assert_eq!(actions(&plan), ["thing.b DeleteCreate"]);
    assert_eq!(plan.changes[1].reason, Some(Reason::Requested));
}

#[tokio::test]
async fn targets_take_what_they_need_with_them_and_leave_the_rest() {
    let bench = Bench::new();
    let text = format!("{TWO}resource \"thing\" \"c\" {{ name = \"c\" }}\n");
    let targeted = |name: &str| How {
        targets: vec![addr(name)],
        ..How::default()
    };
    let plan = bench.plan_with(&text, &targeted("thing.a")).await.unwrap();
    assert_eq!(actions(&plan), ["thing.a Create"]);
    let plan = bench.plan_with(&text, &targeted("thing.b")).await.unwrap();
    assert_eq!(actions(&plan), ["thing.a Create", "thing.b Create"]);
    bench.live.log();
    let applied = bench.apply_with(&text, &targeted("thing.a"), None).await.unwrap();
    assert!(applied.is_whole(), "{applied:?}");
    assert_eq!(bench.calls(), ["create a/"]);
    bench.done(&text).await;
    // What goes takes what used it along.
    let plan = bench.plan_with("", &targeted("thing.a")).await.unwrap();
    assert_eq!(actions(&plan), ["thing.a Delete", "thing.b Delete"]);
}

#[tokio::test]
async fn what_is_ignored_stays_as_it_is() {
    let bench = Bench::new();
    let text = |n: u32, ignore: &str| {
        let lifecycle = format!("lifecycle {{ ignore_changes = {ignore} }}");
        format!("resource \"thing\" \"a\" {{\n  name = \"a\"\n  size = {n}\n  {lifecycle}\n}}\n")
    };
    bench.done(&text(1, "[size]")).await;
    assert!(bench.plan(&text(2, "[size]")).await.is_empty());
    assert!(bench.plan(&text(2, "all")).await.is_empty());
    assert!(!bench.plan(&text(2, "[kind]")).await.is_empty());
}

#[tokio::test]
async fn secrets_are_marked_in_plans_and_in_the_state() {
    let bench = Bench::new();
    let text = "resource \"thing\" \"a\" {\n  name = \"a\"\n  secret = \"s3cret\"\n}\n";
    assert!(
        bench.plan(text).await.changes[0]
            .after
            .get("secret")
            .unwrap()
            .is_sensitive()
    );
    bench.done(text).await;
    let snapshot = bench.snapshot().await;
    assert!(
        snapshot.objects[&addr("thing.a")]
            .value
            .get("secret")
            .unwrap()
            .is_sensitive()
    );
    assert!(bench.plan(text).await.is_empty());
}

#[tokio::test]
async fn half_made_things_are_kept_and_made_anew() {
    let bench = Bench::new();
    bench.live.next("a", Wrong::HalfMade);
    let applied = bench.apply(TWO).await;
    assert_eq!(messages(&applied.diagnostics), ["E302 `thing.a`: it limps"]);
    assert_eq!(bench.snapshot().await.objects[&addr("thing.a")].status, Status::Tainted);
    assert_eq!(bench.plan(TWO).await.changes[0].reason, Some(Reason::Tainted));
    assert_eq!(bench.done(TWO).await, ["destroy a/", "create a/", "create b/"]);
}

#[tokio::test]
async fn events_tell_the_story() {
    let bench = Bench::new();
    bench.done("resource \"thing\" \"a\" { name = \"a\" }\n").await;
    let line = |event| match event {
        Event::ApplyStart { addr, action } => format!("start {addr} {action:?}"),
        Event::ApplyComplete { addr, id, .. } => format!("complete {addr} {}", id.unwrap()),
        other => format!("{other:?}"),
    };
    let story: Vec<String> = bench.heard().into_iter().map(line).collect();
    assert_eq!(story, ["start thing.a Create", "complete thing.a a/"]);
}
