//! What the console offers to go on with, and when it waits for more.

use std::collections::BTreeMap;
use std::sync::Arc;

use situs::base::event::Silent;
use situs::base::ports::{Clock, MemoryWorld};
use situs::engine::{self, Console, Ports, is_open};
use situs::front::builtins;
use situs::front::cli::terminal::more;
use situs::lang::config::Request;
use situs::run::state::Holder;

struct Still;

impl Clock for Still {
    fn now_millis(&self) -> u64 {
        0
    }
}

const CONFIGURATION: &str = r#"
terraform { required_providers { local = { source = "builtin/situs/local" } } }
locals { server = { host = "a", port = 1 }, servers = [{ name = "b" }] }
site munich { in = DE }
service triage { command = ["x"] }
resource "local_file" "a" { path = "a", content = "x" }
resource "local_file" "b" { path = "b", content = "x" }
"#;

fn console() -> Console {
    let world = MemoryWorld {
        files: BTreeMap::from([("main.situs".to_owned(), CONFIGURATION.to_owned())]),
        ..MemoryWorld::default()
    };
    let ports = Ports {
        world: Arc::new(world),
        clock: Arc::new(Still),
        registry: builtins::registry(),
        sink: Arc::new(Silent),
        state: "/nonexistent/state.db".into(),
        workspace: "default".to_owned(),
        holder: Holder::new("tester", 1, "console"),
        fault: None,
    };
    let (loaded, said) = engine::load(&ports, Request::default());
    assert!(said.is_empty(), "{said:?}");
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let (console, said) = runtime.block_on(engine::console(&ports, &loaded));
    assert!(!said.has_errors(), "{said:?}");
    console.unwrap()
}

#[test]
fn names_attributes_and_functions_are_completed() {
    let console = console();
    let rows: [(&str, usize, &[&str]); 9] = [
        ("cidrsubn", 0, &["cidrsubnet(", "cidrsubnets("]),
        ("1 + loc", 4, &["local", "local_file"]),
        ("local.ser", 6, &["server", "servers"]),
        ("local.server.", 13, &["host", "port"]),
        ("upper(local.servers[0].n", 23, &["name"]),
        ("local_file.", 11, &["a", "b"]),
        ("service.triage.endp", 15, &["endpoint", "endpoints"]),
        ("nothing.", 8, &[]),
        (
            "[\"x\", tr",
            6,
            &[
                "transpose(",
                "trim(",
                "trimprefix(",
                "trimspace(",
                "trimsuffix(",
                "true",
                "try(",
            ],
        ),
    ];
    for (text, start, expected) in rows {
        let (at, found) = console.complete(text);
        assert_eq!(
            (at, found),
            (start, expected.iter().map(|e| (*e).to_owned()).collect()),
            "{text}"
        );
    }
}

#[test]
fn a_text_goes_on_while_a_bracket_is_open() {
    for text in [
        "[1,",
        "upper(",
        "{ a = 1",
        "[for x in",
        "<<EOT",
        "upper(<<-EOT\nx",
        "<<EOT\nx",
    ] {
        assert!(is_open(text), "{text}");
    }
    for text in [
        "",
        "1",
        "[1]",
        "\"open",
        "1 +",
        "]",
        "<<EOT\nx\nEOT",
        "1 <<",
        "\"<<a b\"",
    ] {
        assert!(!is_open(text), "{text}");
    }
}

#[test]
fn a_message_says_where_more_is() {
    assert_eq!(more("E101"), "`situs explain E101` says more");
}
