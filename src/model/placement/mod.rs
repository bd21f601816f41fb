//! stub
#![allow(missing_docs)]
use std::collections::BTreeMap;
use crate::base::Diagnostics;
use crate::lang::eval::shape::{Name, Shape};
use crate::model::assignment::{Assignment, Thing};
use crate::model::residency::Legal;
pub struct Move { pub thing: Thing, pub from: Option<Name>, pub to: Option<Name> }
#[derive(Default)]
pub struct Placement { pub assignment: Assignment, pub moves: Vec<Move> }
impl Placement { pub fn of(assignment: Assignment) -> Self { Self { assignment, moves: Vec::new() } } }
pub fn place(shape: &Shape, legal: &Legal, _: &Assignment) -> (Placement, Diagnostics) {
    let mut a = Assignment::default();
    let mut put = |thing: Thing, at: Vec<Name>, n: u64| {
        let free: Vec<Name> = shape.sites.keys().filter(|s| legal.site(&thing, s).is_empty()).cloned().collect();
        let from = if at.is_empty() { free } else { at };
        let sites = (0..n as usize).filter_map(|i| from.get(i % from.len().max(1)).cloned()).collect();
        a.set(&thing, sites);
    };
    for (n, d) in &shape.datasets { put(Thing::Dataset(n.clone()), d.at.iter().map(|u| u.value.clone()).collect(), d.replicas); }
    for (n, s) in &shape.services { put(Thing::Service(n.clone()), s.at.iter().map(|u| u.value.clone()).collect(), s.replicas); }
    (Placement::of(a), Diagnostics::new())
}
pub fn why(_: &Shape, _: &Legal, _: &Placement, _: &Thing, _: Option<&Name>) -> Vec<String> { Vec::new() }
pub type Unused = BTreeMap<u8, u8>;
