//! The pictures of a placement.

use situs::model::graph::{Edge, Graph, Line, Look, Node, dot, mermaid, of_intent};

use super::*;

fn placed() -> Graph {
    let mut records = dataset("records", 2);
    records.class = Some(at(Class(vec!["personal".into(), "health".into()])));
    let web = with(service("web"), |s| {
        s.replicas = 2;
        s.reads = uses(&["records"]);
        s.writes = uses(&["records"]);
        s.calls = vec![call("lost", None)];
    });
    let world = World::of(
        vec![site("a", "DE", "x"), site("b", "FR", "y"), site("c", "FR", "y")],
        vec![records],
        vec![web, service("lost")],
    );
    let mut assignment = Assignment::default();
    assignment.set(&data("records"), vec!["b".into(), "a".into()]);
    assignment.set(&svc("web"), vec!["a".into(), "a".into()]);
    of_intent(&world.shape, &assignment)
}

#[test]
fn graphviz() {
    let expected = r#"digraph situs {
  rankdir = LR
  node [shape = box]
  subgraph "cluster_a" {
    label = "a (DE, x)"
    "dataset.records@a" [label = "records (personal.health)", shape = cylinder]
    "service.web@a" [label = "web ×2", style = rounded]
  }
  subgraph "cluster_b" {
    label = "b (FR, y)"
    "dataset.records@b" [label = "records (personal.health)", shape = cylinder]
  }
  "service.lost" [label = "lost", style = rounded]
  "service.web@a" -> "dataset.records@a" [label = "reads"]
  "service.web@a" -> "dataset.records@b" [label = "writes"]
  "service.web@a" -> "service.lost" [label = "calls"]
  "dataset.records@b" -> "dataset.records@a" [label = "copies", style = dashed]
}
"#;
    assert_eq!(dot(&placed()), expected);
}

#[test]
fn mermaid_text() {
    let expected = r#"flowchart LR
  subgraph c0["a (DE, x)"]
    n0[("records (personal.health)")]
    n3("web ×2")
  end
  subgraph c1["b (FR, y)"]
    n1[("records (personal.health)")]
  end
  n2("lost")
  n3 -->|"reads"| n0
  n3 -->|"writes"| n1
  n3 -->|"calls"| n2
  n1 -.->|"copies"| n0
"#;
    assert_eq!(mermaid(&placed()), expected);
}

#[test]
fn names_cannot_break_out() {
    let node = |id: &str| Node {
        id: id.to_owned(),
        label: id.to_owned(),
        look: Look::Box,
        cluster: None,
    };
    let name = "a[\"x\\\"]\n<b>#&";
    let edge = Edge {
        from: name.to_owned(),
        to: "z".to_owned(),
        label: String::new(),
        line: Line::Solid,
    };
    let graph = Graph {
        nodes: vec![node(name), node("z")],
        edges: vec![edge],
        ..Graph::default()
    };
    assert_eq!(
        dot(&graph),
        "digraph situs {\n  rankdir = LR\n  node [shape = box]\n  \"a[\\\"x\\\\\\\"] <b>#&\" [label = \"a[\\\"x\\\\\\\"] <b>#&\"]\n  \"z\" [label = \"z\"]\n  \"a[\\\"x\\\\\\\"] <b>#&\" -> \"z\"\n}\n"
    );
    assert_eq!(
        mermaid(&graph),
        "flowchart LR\n  n0[\"a[#quot;x\\#quot;] #lt;b#gt;#35;#amp;\"]\n  n1[\"z\"]\n  n0 --> n1\n"
    );
}
