//! The graph of an intent: each thing once on each of its sites, and between these what is read, written, called and logged.

use std::collections::BTreeMap;

use crate::lang::eval::shape::{Name, Shape, Site};
use crate::model::assignment::{Assignment, Thing};

use super::{Cluster, Edge, Graph, Line, Look, Node};

/// The graph of an intent with its placement. What is placed nowhere stands outside of the sites.
pub fn of_intent(shape: &Shape, assignment: &Assignment) -> Graph {
    let mut maker = Maker {
        assignment,
        graph: Graph::default(),
    };
    maker.graph.clusters = shape.sites.values().map(cluster).collect();
    let datasets = shape.datasets.keys().cloned().map(Thing::Dataset);
    for thing in datasets.chain(shape.services.keys().cloned().map(Thing::Service)) {
        maker.node(shape, &thing);
    }
    for (from, verb, to) in flows(shape) {
        maker.flow(&from, verb, &to);
    }
    for name in shape.datasets.keys() {
        maker.copies(&Thing::Dataset(name.clone()));
    }
    for derive in &shape.derives {
        for from in &derive.from {
            let (from, into) = (
                Thing::Dataset(from.value.clone()),
                Thing::Dataset(derive.into.value.clone()),
            );
            maker.join(&from, "derive", &into, Line::Dashed, Target::First);
        }
    }
    maker.graph
}

fn cluster(site: &Site) -> Cluster {
    let places = site.territories.iter().map(ToString::to_string);
    let facts: Vec<String> = places
        .chain(site.operator.iter().map(|o| o.value.to_string()))
        .collect();
    let label = if facts.is_empty() {
        site.name.to_string()
    } else {
        format!("{} ({})", site.name, facts.join(", "))
    };
    Cluster {
        id: site.name.to_string(),
        label,
    }
}

/// What flows between things, in the order of the services' names.
fn flows(shape: &Shape) -> Vec<(Thing, &'static str, Thing)> {
    let mut made = Vec::new();
    for service in shape.services.values() {
        let from = Thing::Service(service.name.clone());
        let mut add = |verb, to| made.push((from.clone(), verb, to));
        service
            .reads
            .iter()
            .for_each(|u| add("reads", Thing::Dataset(u.value.clone())));
        service
            .writes
            .iter()
            .for_each(|u| add("writes", Thing::Dataset(u.value.clone())));
        service
            .calls
            .iter()
            .for_each(|c| add("calls", Thing::Service(c.service.value.clone())));
        service
            .logs_to
            .iter()
            .for_each(|u| add("logs to", Thing::Service(u.value.clone())));
    }
    made
}

/// Which of the other end's sites an edge goes to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Target {
    /// The one on the same site where there is one, else all.
    Nearest,
    /// The first copy.
    First,
}

struct Maker<'a> {
    assignment: &'a Assignment,
    graph: Graph,
}

impl Maker<'_> {
    /// The sites of a thing, each once, with how many are there.
    fn sites(&self, thing: &Thing) -> BTreeMap<&Name, usize> {
        let mut counts = BTreeMap::new();
        for site in self.assignment.sites(thing) {
            *counts.entry(site).or_insert(0) += 1;
        }
        counts
    }

    fn node(&mut self, shape: &Shape, thing: &Thing) {
        let look = match thing {
            Thing::Dataset(_) => Look::Drum,
            Thing::Service(_) => Look::Rounded,
        };
        let class = match thing {
            Thing::Dataset(name) => shape.datasets.get(name).and_then(|d| d.class.as_ref()),
            Thing::Service(_) => None,
        };
        let name = class.map_or_else(
            || thing.name().to_string(),
            |class| format!("{} ({})", thing.name(), class.value),
        );
        let mut nodes: Vec<Node> = self
            .sites(thing)
            .into_iter()
            .map(|(site, count)| Node {
                id: format!("{thing}@{site}"),
                label: if count > 1 {
                    format!("{name} ×{count}")
                } else {
                    name.clone()
                },
                look,
                cluster: Some(site.to_string()),
            })
            .collect();
        if nodes.is_empty() {
            nodes.push(Node {
                id: thing.to_string(),
                label: name,
                look,
                cluster: None,
            });
        }
        self.graph.nodes.append(&mut nodes);
    }

    fn flow(&mut self, from: &Thing, verb: &str, to: &Thing) {
        let target = if verb == "writes" {
            Target::First
        } else {
            Target::Nearest
        };
        self.join(from, verb, to, Line::Solid, target);
    }

    fn join(&mut self, from: &Thing, verb: &str, to: &Thing, line: Line, target: Target) {
        for (here, id) in self.ends(from) {
            let mut ends = self.ends(to);
            let first = self.assignment.sites(to).first();
            match target {
                Target::First => ends.retain(|(site, _)| site.as_ref() == first),
                Target::Nearest if ends.iter().any(|(site, _)| *site == here) => ends.retain(|(site, _)| *site == here),
                Target::Nearest => {}
            }
            for (_, end) in ends {
                self.graph.edges.push(Edge {
                    from: id.clone(),
                    to: end,
                    label: verb.to_owned(),
                    line,
                });
            }
        }
    }

    /// The nodes of a thing with their sites.
    fn ends(&self, thing: &Thing) -> Vec<(Option<Name>, String)> {
        let sites = self.sites(thing);
        if sites.is_empty() {
            return vec![(None, thing.to_string())];
        }
        sites
            .into_keys()
            .map(|site| (Some(site.clone()), format!("{thing}@{site}")))
            .collect()
    }

    /// From the first copy of a dataset to the others.
    fn copies(&mut self, thing: &Thing) {
        let [first, others @ ..] = self.assignment.sites(thing) else {
            return;
        };
        for other in others.iter().filter(|other| *other != first) {
            self.graph.edges.push(Edge {
                from: format!("{thing}@{first}"),
                to: format!("{thing}@{other}"),
                label: "copies".to_owned(),
                line: Line::Dashed,
            });
        }
    }
}
