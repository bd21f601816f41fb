use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Arc, Mutex};

use serde_json::{Value as Json, json};
use situs::base::event::{Action, Event, Sink};
use situs::base::ports::Clock;
use situs::base::{Addr, Code, Diagnostic, Sources, Span};
use situs::front::render::json::Stream;
use situs::front::render::paint::Paint;
use situs::front::render::progress::line;
use situs::front::render::time::{duration, elapsed, moment};
use situs::front::render::verdict::View;
use situs::run::plan::change::{Counts, Operation};
use situs_value::Value;

#[derive(Clone, Default)]
struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

struct Fixed;

impl Clock for Fixed {
    fn now_millis(&self) -> u64 {
        951_782_400_123
    }
}

fn triage() -> Addr {
    "service.triage@munich.local_process.main[0]".parse().unwrap()
}

fn written(work: impl FnOnce(&Stream)) -> Vec<Json> {
    let buffer = Buffer::default();
    work(&Stream::new(Box::new(buffer.clone()), Arc::new(Fixed), "0.1.0"));
    let bytes = buffer.0.lock().unwrap().clone();
    String::from_utf8(bytes)
        .unwrap()
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect()
}

#[test]
fn a_stream_starts_with_its_version_and_ends_with_the_verdict() {
    let lines = written(|stream| {
        stream.emit(Event::ApplyStart {
            addr: triage(),
            action: Action::Create,
        });
        let done = Event::ApplyComplete {
            addr: triage(),
            action: Action::Create,
            elapsed_millis: 2400,
            id: Some("p".into()),
        };
        stream.emit(done);
        let outputs = BTreeMap::from([
            ("secret".to_owned(), Value::from("hunter2").mark()),
            ("open".to_owned(), Value::from("x")),
        ]);
        stream.applied(
            Operation::Apply,
            Counts {
                add: 1,
                ..Counts::default()
            },
            &outputs,
        );
        let verdict = json!({ "verdict": "proved", "assumptions": [], "findings": [] });
        stream.end(0, Some(&View::of_json(&verdict)));
    });
    let kinds: Vec<&str> = lines.iter().map(|l| l["type"].as_str().unwrap()).collect();
    assert_eq!(
        kinds,
        [
            "version",
            "apply_start",
            "apply_complete",
            "change_summary",
            "outputs",
            "result",
            "verdict"
        ]
    );
    assert!(lines.iter().enumerate().all(|(i, l)| l["seq"] == i));
    assert_eq!(lines[0]["@timestamp"], "2000-02-29T00:00:00.123Z");
    let hook = &lines[2]["hook"];
    assert_eq!(hook["elapsed_seconds"], 2);
    assert_eq!((&hook["id_key"], &hook["id_value"]), (&json!("id"), &json!("p")));
    assert_eq!(hook["resource"]["addr"], "service.triage@munich.local_process.main[0]");
    assert_eq!(hook["resource"]["resource"], "local_process.main[0]");
    assert_eq!(hook["resource"]["module"], "service.triage@munich");
    assert_eq!(hook["resource"]["resource_key"], 0);
    assert_eq!(hook["resource"]["site"], "munich");
    assert_eq!(
        lines[3]["@message"],
        "Apply complete! Resources: 1 added, 0 changed, 0 destroyed."
    );
    assert_eq!(
        lines[4]["outputs"]["secret"],
        json!({ "sensitive": true, "type": "string" })
    );
    assert_eq!(lines[5]["exit_code"], 0);
    assert_eq!(lines[6]["verdict"], "proved");
}

#[test]
fn a_diagnostic_in_the_stream_has_its_place() {
    let mut sources = Sources::new();
    let id = sources.add("a.situs", "ü = 1\nkin = 2\n");
    let lines = written(|stream| {
        stream.knows(sources.clone());
        let diagnostic = Diagnostic::error(Code::new("E999", "a test"), "no `kin`")
            .at(Span::new(id, 7, 10), "here")
            .help("write `kind`")
            .fix(Span::new(id, 7, 10), "kind");
        stream.diagnostics(&diagnostic.into());
    });
    let diagnostic = &lines[1]["diagnostic"];
    assert_eq!(lines[1]["@level"], "error");
    assert_eq!(diagnostic["severity"], "error");
    assert_eq!(diagnostic["summary"], "no `kin`");
    assert_eq!(diagnostic["range"]["filename"], "a.situs");
    assert_eq!(
        diagnostic["range"]["start"],
        json!({ "line": 2, "column": 1, "byte": 7 })
    );
    assert_eq!(
        diagnostic["range"]["end"],
        json!({ "line": 2, "column": 4, "byte": 10 })
    );
    assert_eq!(diagnostic["snippet"]["code"], "kin = 2");
    assert_eq!(diagnostic["snippet"]["highlight_end_offset"], 3);
    assert_eq!(diagnostic["fix"]["with"], "kind");
}

#[test]
fn people_read_lines_as_they_know_them() {
    let plain = |event: Event| line(&event, Paint::Plain).unwrap_or_default();
    let addr = triage();
    let start = Event::ApplyStart {
        addr: addr.clone(),
        action: Action::Create,
    };
    assert_eq!(plain(start), "service.triage@munich.local_process.main[0]: Creating...");
    let still = Event::ApplyProgress {
        addr: addr.clone(),
        action: Action::Create,
        elapsed_seconds: 70,
    };
    assert_eq!(
        plain(still),
        "service.triage@munich.local_process.main[0]: Still creating... [01m10s elapsed]"
    );
    let done = Event::ApplyComplete {
        addr,
        action: Action::Delete,
        elapsed_millis: 61_500,
        id: None,
    };
    assert_eq!(
        plain(done),
        "service.triage@munich.local_process.main[0]: Destruction complete after 1m1s"
    );
    let wait = plain(Event::LockWait {
        holder: "tester@host".into(),
    });
    assert!(
        wait.starts_with("Acquiring state lock. This may take a few moments..."),
        "{wait}"
    );
    assert!(plain(Event::Interrupted).contains("Interrupt received."));
}

#[test]
fn times_are_written_one_way() {
    assert_eq!(moment(0), "1970-01-01T00:00:00.000Z");
    assert_eq!(moment(1_798_761_599_999), "2026-12-31T23:59:59.999Z");
    assert_eq!(moment(4_107_542_400_000), "2100-03-01T00:00:00.000Z");
    assert_eq!(
        [duration(0), duration(59), duration(60), duration(7203)],
        ["0s", "59s", "1m0s", "2h0m3s"]
    );
    assert_eq!(elapsed(600), "10m00s");
}
