//! Plan files, and plans that no longer fit.

use std::fs;

use situs::run::plan::change::{Plan, ProviderSpec};
use situs::run::plan::exec::{Op, OpKind};
use situs::run::plan::file;
use situs::run::provider::Pool;

use super::bench::{Bench, messages};

const ONE: &str = "resource \"thing\" \"a\" { name = \"a\" }\n";
const OTHER: &str = "resource \"thing\" \"a\" { name = \"a\" }\nresource \"thing\" \"b\" { name = \"b\" }\n";

fn refused(bench: &Bench, text: &str) -> String {
    let path = bench.path("bad.plan");
    fs::write(&path, text).unwrap();
    let said = file::read(&path).unwrap_err();
    format!("{} {}", said.code.id, said.title).replace(&path.display().to_string(), "bad.plan")
}

async fn written(bench: &Bench) -> String {
    let path = bench.path("it.plan");
    file::write(&path, &bench.plan(ONE).await).unwrap();
    fs::read_to_string(path).unwrap()
}

#[tokio::test]
async fn a_plan_comes_back_as_it_was_and_can_be_applied() {
    let bench = Bench::new();
    let text = written(&bench).await;
    let plan = file::read(&bench.path("it.plan")).unwrap();
    assert_eq!(file::text(&plan).unwrap(), text);
    let applied = bench.apply_plan(plan, ONE).await;
    assert!(applied.is_whole(), "{:?}", applied.diagnostics);
    assert_eq!(bench.live.ids(), ["a/"]);
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_reads_plans_and_states() {
    use std::os::unix::fs::PermissionsExt;
    let bench = Bench::new();
    written(&bench).await;
    bench.done(ONE).await;
    for name in ["it.plan", ".situs/state.db"] {
        let mode = fs::metadata(bench.path(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[tokio::test]
async fn files_that_are_no_plans_are_refused() {
    let bench = Bench::new();
    let text = written(&bench).await;
    for wrong in [
        "",
        "{}",
        "hello\nworld",
        "{\"kind\":\"other\",\"format\":1,\"digest\":\"blake3:00\"}\n{}",
    ] {
        assert_eq!(refused(&bench, wrong), "E411 `bad.plan` is no plan file");
    }
    let other = text.replacen("\"format\":1", "\"format\":9", 1);
    assert_eq!(
        refused(&bench, &other),
        "E412 the plan file `bad.plan` has format 9, and this engine reads 1"
    );
    let damaged = "E413 the plan file `bad.plan` is damaged: its digest does not fit";
    assert_eq!(refused(&bench, &text.replacen("thing.a", "thing.b", 1)), damaged);
    let cut: String = text.chars().take(text.len() / 2).collect();
    assert_eq!(refused(&bench, &cut), damaged);
    assert_eq!(file::read(&bench.path("nowhere")).unwrap_err().code.id, "E410");
    let nowhere = file::write(&bench.path("no/such/dir"), &bench.plan(ONE).await).unwrap_err();
    assert_eq!(nowhere.code.id, "E410");
}

#[tokio::test]
async fn operations_that_do_not_add_up_are_refused() {
    let bench = Bench::new();
    let plan = bench.plan(ONE).await;
    let with = |ops: Vec<Op>| {
        let mut plan: Plan = plan.clone();
        plan.exec.ops = ops;
        refused(&bench, &file::text(&plan).unwrap())
    };
    let open = |after| Op {
        kind: OpKind::OpenProvider {
            provider: "thing".into(),
        },
        after,
    };
    let create = Op {
        kind: OpKind::Create { change: 5 },
        after: Vec::new(),
    };
    let said = "E413 the plan file `bad.plan` is damaged: its parts do not fit together";
    for ops in [
        vec![open(vec![0])],
        vec![open(vec![1]), open(vec![0])],
        vec![open(vec![7])],
        vec![create],
    ] {
        assert_eq!(with(ops), said);
    }
}

#[tokio::test]
async fn a_plan_is_stale_only_where_its_own_objects_moved() {
    let bench = Bench::new();
    let plan = bench.plan(ONE).await;
    // Another run made something else.
    bench.done("resource \"thing\" \"b\" { name = \"b\" }\n").await;
    assert!(bench.apply_plan(plan, ONE).await.is_whole());
    let update = bench.plan(&ONE.replace("\" }", "\", size = 1 }")).await;
    bench.done(&OTHER.replace("= \"a\" }", "= \"a\", size = 2 }")).await;
    let applied = bench.apply_plan(update, ONE).await;
    assert_eq!(
        messages(&applied.diagnostics),
        ["E414 the plan no longer fits the state"]
    );
    let notes = &applied.diagnostics.iter().next().unwrap().notes;
    assert!(
        notes[0].starts_with("`thing.a` was changed by another run since then"),
        "{notes:?}"
    );
}

#[tokio::test]
async fn a_plan_of_another_state_is_stale() {
    let (one, two) = (Bench::new(), Bench::new());
    one.done(ONE).await;
    two.done(ONE).await;
    let applied = two.apply_plan(one.plan(OTHER).await, OTHER).await;
    assert_eq!(
        messages(&applied.diagnostics),
        ["E414 the plan no longer fits the state"]
    );
}

#[tokio::test]
async fn a_plan_whose_configuration_is_another_is_refused() {
    let bench = Bench::new();
    let plan = bench.plan(OTHER).await;
    let applied = bench.apply_plan(plan, ONE).await;
    assert_eq!(
        messages(&applied.diagnostics),
        ["E430 `thing.b` is planned and not configured"]
    );
    assert_eq!(bench.live.ids(), ["a/"]);
}

#[tokio::test]
async fn a_provider_that_is_not_there_is_told() {
    let bench = Bench::new();
    let spec = ProviderSpec {
        source: "builtin/situs/other".into(),
        site: None,
        config: situs_value::Value::Null,
    };
    let pool = Pool::new(bench.live.registry(), "/", [("x".into(), spec)].into());
    let x = messages(&pool.open("x").await.err().unwrap()).concat();
    assert!(
        x.starts_with("E300 the provider `x` cannot be had from `builtin/situs/other`"),
        "{x}"
    );
    let y = messages(&pool.open("y").await.err().unwrap()).concat();
    assert!(
        y.starts_with("E300 the provider `y` cannot be had: it is not configured"),
        "{y}"
    );
}
