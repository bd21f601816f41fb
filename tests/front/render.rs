use std::collections::BTreeMap;
use std::sync::Arc;

use situs::base::event::Action;
use situs::base::{Addr, Code, Diagnostic, Diagnostics, Sources, Span};
use situs::front::render::paint::{Paint, safe};
use situs::front::render::verdict::View;
use situs::front::render::{human, native, plan as plans, verdict};
use situs::model::assignment::Assignment;
use situs::run::plan::change::{
    Base, Change, CreateBeforeDestroy, Drift, Input, Operation, OutputChange, Plan, Reason, Relocation, Sensitivity,
};
use situs::run::plan::exec::ExecGraph;
use situs_value::{Path, Type, Value};

const KIND: Code = Code::new("E999", "a test");

fn span(sources: &Sources, what: &str) -> Span {
    let (id, source) = sources.iter().find(|(_, s)| s.text.contains(what)).unwrap();
    let start = source.text.find(what).unwrap();
    Span::new(id, start as u32, (start + what.len()) as u32)
}

#[test]
fn a_diagnostic_shows_both_places_and_what_to_do() {
    let mut sources = Sources::new();
    sources.add(
        "clinic.situs",
        "site fra1 {\n  kin = region\n  in  = DE\n}\n\n\n\n\n\nsite fra1 {\n}\n",
    );
    sources.add("other.situs", "# other\nservice a {\n  at fra1\n}\n");
    let diagnostic = Diagnostic::error(KIND, "`kin` is no attribute of `site`")
        .at(span(&sources, "kin"), "not known here")
        .and(span(&sources, "site fra1 {\n}"), "declared again here")
        .and(span(&sources, "fra1\n"), "used here")
        .note("because  a site has a kind")
        .help("write `kind = region`");
    let text = human::diagnostic(&diagnostic, &sources, Paint::Plain);
    println!("{text}");
    let expected = "\
error[E999]: `kin` is no attribute of `site`
   ╭─[clinic.situs:2:3]
 1 │ site fra1 {
 2 │   kin = region
   ·   ─┬─
   ·    ╰── not known here
 3 │   in  = DE
   ╰────
";
    assert!(text.starts_with(expected), "{text}");
    assert!(text.contains("╭─[clinic.situs:10:1]"), "{text}");
    assert!(text.contains("╭─[other.situs:3:6]"), "{text}");
    assert!(
        text.ends_with("   because  a site has a kind\n   help: write `kind = region`\n"),
        "{text}"
    );
}

#[test]
fn foreign_text_cannot_drive_the_terminal() {
    assert_eq!(safe("a\u{1b}[2Jb\r\n\u{202e}c"), "a\\u001b[2Jb\\r\\n\\u202ec");
    let mut sources = Sources::new();
    sources.add("a\u{1b}.situs", "x = \"\u{1b}[31m\u{9b}\u{202e}é\" # ü\r\ny = 1\r\n");
    let diagnostic = Diagnostic::error(KIND, "it says \u{7}")
        .at(span(&sources, "é"), "he\u{1b}re")
        .note("n\u{0}");
    let text = human::diagnostic(&diagnostic, &sources, Paint::Plain);
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
    assert!(text.contains("x = \"?[31m¿\u{fffd}é\" # ü"), "{text}");
}

#[test]
fn any_span_can_be_drawn() {
    let texts = [
        "",
        "x",
        "\n",
        "a\r\nb",
        "é\u{1b}é",
        "a\n\n\nb\n",
        "\t\tx\n",
        "last line without end\n  é",
    ];
    for text in texts {
        let mut sources = Sources::new();
        let id = sources.add("t", text);
        let end = text.len() as u32 + 3;
        for from in 0..end {
            for to in 0..end {
                for other in 0..end {
                    let diagnostic = Diagnostic::error(KIND, "t")
                        .at(Span::new(id, from, to), "here")
                        .and(Span::new(id, other, other + 1), "");
                    let drawn = human::diagnostic(&diagnostic, &sources, Paint::Plain);
                    assert!(drawn.contains("here"), "{text:?} {from}..{to} {other}: {drawn}");
                }
            }
        }
    }
}

#[test]
fn hundreds_of_diagnostics_in_a_large_file_are_drawn_at_once() {
    let mut sources = Sources::new();
    let id = sources.add("large.situs", "attribute = 1\n".repeat(100_000));
    let all: Diagnostics = (0..1000u32)
        .map(|i| Diagnostic::error(KIND, format!("number {i}")).at(Span::new(id, i * 1400, i * 1400 + 9), "here"))
        .collect();
    let started = std::time::Instant::now();
    let text = human::diagnostics(&all, &sources, Paint::Plain);
    assert!(text.ends_with("1000 errors\n"));
    assert!(started.elapsed().as_secs() < 5, "{:?}", started.elapsed());
}

fn change(addr: &str, action: Action, before: Value, after: Value) -> Change {
    let addr: Addr = addr.parse().unwrap();
    Change {
        site: addr.site().map(Arc::from),
        addr,
        provider: "local".into(),
        action,
        reason: None,
        before,
        after,
        replace: Vec::new(),
        private: Vec::new(),
        prior_private: Vec::new(),
        dependencies: Vec::new(),
        prior_dependencies: Vec::new(),
        create_before_destroy: CreateBeforeDestroy::No,
        deposed: Vec::new(),
        key: "k".to_owned(),
    }
}

fn process(mode: &str, port: u64) -> Value {
    Value::object([
        ("name", Value::from("intake")),
        ("id", Value::from("p-1")),
        ("command", Value::list(["perl", "app.pl"].map(Value::from))),
        (
            "environment",
            Value::map([("MODE", Value::from(mode)), ("SITE", Value::from("munich"))]),
        ),
        ("secrets", Value::map([("TOKEN", Value::from("hunter2"))]).mark()),
        ("ports", Value::map([("http", Value::from(port))])),
        ("health", Value::Null),
    ])
}

fn plan() -> Plan {
    let new = Value::object([
        ("name", Value::from("triage")),
        ("id", Value::unknown(Type::String)),
        ("command", Value::list(["perl", "app.pl"].map(Value::from))),
        (
            "environment",
            Value::map([("A", Value::from("1")), ("LONG\u{1b}", Value::from("2"))]),
        ),
        (
            "health",
            Value::object([("kind", Value::from("http")), ("path", Value::Null)]),
        ),
        ("content", Value::from("one\ntwo\n")),
    ]);
    let file = |content: &str, mode: &str| {
        Value::object([
            ("content", Value::from(content)),
            ("mode", Value::from(mode)),
            ("path", Value::from("a.txt")),
        ])
    };
    let mut replaced = change(
        "local_file.notes",
        Action::DeleteCreate,
        file("a\nb\nc\n", "0644"),
        file("a\nB\nc\n", "0600"),
    );
    replaced.replace = vec![Path::root().attr("mode")];
    let mut gone = change(
        "service.old@dublin.local_process.main[1]",
        Action::Delete,
        process("slow", 1),
        Value::Null,
    );
    gone.reason = Some(Reason::NotPlaced {
        site: "dublin".to_owned(),
    });
    let changes = vec![
        replaced,
        change(
            "service.intake@munich.local_process.main[0]",
            Action::Update,
            process("slow", 1),
            process("fast", 2),
        ),
        gone,
        change(
            "service.same@munich.local_process.main[0]",
            Action::NoOp,
            process("a", 1),
            process("a", 1),
        ),
        change(
            "service.triage@dublin.local_process.main[0]",
            Action::Create,
            Value::Null,
            new,
        ),
    ];
    Plan {
        blocks: BTreeMap::new(),
        moved: Default::default(),
        imported: Default::default(),
        format: 1,
        version: "0.1.0".to_owned(),
        operation: Operation::Apply,
        input: Input::default(),
        base: Base::default(),
        drift: vec![Drift {
            addr: "service.triage@dublin.local_process.main[0]".parse().unwrap(),
            before: process("slow", 1),
            after: Value::Null,
            schema_version: 0,
            private: Vec::new(),
        }],
        changes,
        outputs: BTreeMap::from([
            (
                "dashboard".to_owned(),
                OutputChange {
                    action: Action::Create,
                    before: Value::Null,
                    after: Value::list([Value::from("127.0.0.1:8721")]),
                    sensitive: Sensitivity::Open,
                },
            ),
            (
                "token".to_owned(),
                OutputChange {
                    action: Action::Update,
                    before: Value::from("hunter2"),
                    after: Value::from("hunter3"),
                    sensitive: Sensitivity::Hidden,
                },
            ),
        ]),
        placement: Assignment {
            datasets: BTreeMap::from([("records".into(), vec!["munich".into(), "munich".into()])]),
            services: BTreeMap::from([("triage".into(), vec!["dublin".into()])]),
        },
        moves: vec![Relocation {
            thing: "service.triage".to_owned(),
            from: Some("munich".to_owned()),
            to: Some("dublin".to_owned()),
        }],
        providers: BTreeMap::new(),
        verdict: serde_json::json!({
            "type": "verdict", "verdict": "proved", "assumptions": ["`local` does not realise encryption"], "findings": []
        }),
        exec: ExecGraph::default(),
    }
}

#[test]
fn a_plan_reads_as_people_know_it() {
    let plan = plan();
    let text = plans::text(&plan, &View::of_json(&plan.verdict), Paint::Plain);
    let expected = include_str!("plan.txt");
    if std::env::var("UPDATE").is_ok() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/front/plan.txt"), &text).unwrap();
    } else {
        assert_eq!(text, expected);
    }
    assert!(!text.contains("hunter"), "{text}");
}

#[test]
fn a_plan_as_json_holds_no_secret() {
    let plan = plan();
    let json = native::plan(&plan, &View::of_json(&plan.verdict));
    let text = serde_json::to_string_pretty(&json).unwrap();
    assert!(!text.contains("hunter"), "{text}");
    let triage = json["resource_changes"].as_array().unwrap().last().unwrap();
    assert_eq!(triage["change"]["after_unknown"], serde_json::json!({ "id": true }));
    assert_eq!(triage["change"]["actions"], serde_json::json!(["create"]));
    assert_eq!(triage["change"]["before"], serde_json::Value::Null);
    assert_eq!(
        json["resource_changes"][0]["change"]["replace_paths"],
        serde_json::json!([["mode"]])
    );
    assert_eq!(json["verdict"]["verdict"], "proved");
}

#[test]
fn a_verdict_says_what_it_rests_on() {
    let json = serde_json::json!({
        "verdict": "violated",
        "assumptions": ["backups of `records` are encrypted"],
        "findings": [{ "code": "R014", "residency": "gdpr", "mode": "store", "dataset": "records", "site": "ashburn", "path": [] }],
    });
    let mut view = View::of_json(&json);
    view.notes = vec!["`statistics` is derived from `records` by aggregate(min 20)".to_owned()];
    let expected = "\
Residency: violated (1 finding), assuming 1 thing
  assumes  backups of `records` are encrypted
  note     `statistics` is derived from `records` by aggregate(min 20)
";
    assert_eq!(verdict::text(&view, Paint::Plain), expected);
    let line = verdict::json(&view);
    assert_eq!(line["type"], "verdict");
    assert_eq!(line["findings"][0]["code"], "R014");
}
