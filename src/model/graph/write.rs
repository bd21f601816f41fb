//! A graph as text. Names come from users: each notation's own signs are taken out of them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{Edge, Graph, Line, Look, Node};

/// For Graphviz.
pub fn dot(graph: &Graph) -> String {
    let mut text = String::from("digraph situs {\n  rankdir = LR\n  node [shape = box]\n");
    for cluster in &graph.clusters {
        let nodes: Vec<&Node> = inside(graph, Some(&cluster.id));
        if nodes.is_empty() {
            continue;
        }
        put(
            &mut text,
            format_args!("  subgraph {} {{\n", quoted(&format!("cluster_{}", cluster.id))),
        );
        put(&mut text, format_args!("    label = {}\n", quoted(&cluster.label)));
        nodes
            .iter()
            .for_each(|node| put(&mut text, format_args!("    {}\n", dot_node(node))));
        text.push_str("  }\n");
    }
    inside(graph, None)
        .iter()
        .for_each(|node| put(&mut text, format_args!("  {}\n", dot_node(node))));
    graph
        .edges
        .iter()
        .for_each(|edge| put(&mut text, format_args!("  {}\n", dot_edge(edge))));
    text.push_str("}\n");
    text
}

/// For Mermaid, as GitHub and others draw it.
pub fn mermaid(graph: &Graph) -> String {
    let ids: BTreeMap<&str, String> = graph
        .nodes
        .iter()
        .enumerate()
        .map(|(i, n)| (n.id.as_str(), format!("n{i}")))
        .collect();
    let mut text = String::from("flowchart LR\n");
    for (i, cluster) in graph.clusters.iter().enumerate() {
        let nodes = inside(graph, Some(&cluster.id));
        if nodes.is_empty() {
            continue;
        }
        put(
            &mut text,
            format_args!("  subgraph c{i}[\"{}\"]\n", plain(&cluster.label)),
        );
        nodes
            .iter()
            .for_each(|node| put(&mut text, format_args!("    {}\n", mermaid_node(node, &ids))));
        text.push_str("  end\n");
    }
    inside(graph, None)
        .iter()
        .for_each(|node| put(&mut text, format_args!("  {}\n", mermaid_node(node, &ids))));
    for edge in &graph.edges {
        if let (Some(from), Some(to)) = (ids.get(edge.from.as_str()), ids.get(edge.to.as_str())) {
            put(&mut text, format_args!("  {from} {} {to}\n", mermaid_arrow(edge)));
        }
    }
    text
}

/// The nodes of a cluster; for none, those of clusters that are not drawn either.
fn inside<'g>(graph: &'g Graph, cluster: Option<&str>) -> Vec<&'g Node> {
    let known = |id: &str| graph.clusters.iter().any(|c| c.id == id);
    let own = |node: &&Node| node.cluster.as_deref().filter(|id| known(id)) == cluster;
    graph.nodes.iter().filter(own).collect()
}

/// Writing to a string cannot fail.
fn put(text: &mut String, what: std::fmt::Arguments<'_>) {
    let _ = text.write_fmt(what);
}

fn dot_node(node: &Node) -> String {
    let look = match node.look {
        Look::Box => "",
        Look::Rounded => ", style = rounded",
        Look::Drum => ", shape = cylinder",
    };
    format!("{} [label = {}{look}]", quoted(&node.id), quoted(&node.label))
}

fn dot_edge(edge: &Edge) -> String {
    let label = (!edge.label.is_empty()).then(|| format!("label = {}", quoted(&edge.label)));
    let dashed = (edge.line == Line::Dashed).then(|| "style = dashed".to_owned());
    let traits: Vec<String> = label.into_iter().chain(dashed).collect();
    let traits = if traits.is_empty() {
        String::new()
    } else {
        format!(" [{}]", traits.join(", "))
    };
    format!("{} -> {}{traits}", quoted(&edge.from), quoted(&edge.to))
}

/// A string of the DOT language.
fn quoted(text: &str) -> String {
    let escaped: String = text
        .chars()
        .map(|c| match c {
            '"' => "\\\"".to_owned(),
            '\\' => "\\\\".to_owned(),
            c if c.is_control() => " ".to_owned(),
            c => c.to_string(),
        })
        .collect();
    format!("\"{escaped}\"")
}

fn mermaid_node(node: &Node, ids: &BTreeMap<&str, String>) -> String {
    let id = ids.get(node.id.as_str()).map_or("", String::as_str);
    let (open, close) = match node.look {
        Look::Box => ("[", "]"),
        Look::Rounded => ("(", ")"),
        Look::Drum => ("[(", ")]"),
    };
    format!("{id}{open}\"{}\"{close}", plain(&node.label))
}

fn mermaid_arrow(edge: &Edge) -> String {
    let arrow = match edge.line {
        Line::Solid => "-->",
        Line::Dashed => "-.->",
    };
    if edge.label.is_empty() {
        arrow.to_owned()
    } else {
        format!("{arrow}|\"{}\"|", plain(&edge.label))
    }
}

/// Text without Mermaid's signs.
fn plain(text: &str) -> String {
    let escape = |c: char| match c {
        '"' => "#quot;".to_owned(),
        '#' => "#35;".to_owned(),
        '<' => "#lt;".to_owned(),
        '>' => "#gt;".to_owned(),
        '&' => "#amp;".to_owned(),
        c if c.is_control() => " ".to_owned(),
        c => c.to_string(),
    };
    text.chars().map(escape).collect()
}
