//! Numbers for ports. One that is written is the first replica's, and replicas that share a host count up from it; one that is not
//! written is found from the digest of what it is for, so that it stays the same from plan to plan. No two are the same on one host.
//!
//! A runtime whose sites share a machine with other configurations tells them apart by its `port_seed`.
//! A host is what the runtime says, or the site where it says none: sites of the `local` runtime share one.

use std::collections::BTreeMap;

use crate::base::digest::Digest;
use crate::base::span::Span;
use crate::base::{Code, Diagnostic, Diagnostics};
use crate::lang::eval::shape::{Name, Port, Service, Shape};
use crate::model::assignment::Thing;

use super::spots::{Spot, Spots};

/// A port that two need, or that is none.
pub const PORT_TAKEN: Code = Code::new("E164", "a port that two need, or that is none");

/// Numbers that are found come from here: below those that systems hand out to clients (Linux: from 32768).
const FOUND: std::ops::Range<u64> = 15_000..32_768;

/// Gives every port of every replica its number.
pub(super) fn allot(shape: &Shape, spots: &mut Spots) -> Diagnostics {
    let mut taken = Taken::default();
    for service in shape.services.values() {
        if let Some(spots) = spots.get_mut(&Thing::Service(service.name.clone())) {
            taken.written(service, spots);
        }
    }
    for service in shape.services.values() {
        if let Some(spots) = spots.get_mut(&Thing::Service(service.name.clone())) {
            taken.found(service, spots);
        }
    }
    taken.said
}

#[derive(Default)]
struct Taken {
    /// By host and number.
    by: BTreeMap<(Name, u16), Holder>,
    said: Diagnostics,
}

#[derive(Clone)]
struct Holder {
    service: Name,
    site: Name,
    span: Span,
}

fn host(spot: &Spot) -> Name {
    spot.endpoint
        .clone()
        .unwrap_or_else(|| format!("@{}", spot.site).into())
}

impl Taken {
    fn written(&mut self, service: &Service, spots: &mut [Spot]) {
        for spot in spots.iter_mut() {
            spot.ports = vec![BTreeMap::new(); spot.replicas.len()];
        }
        for port in &service.ports {
            let Some(first) = port.number else { continue };
            let mut next: BTreeMap<Name, u64> = BTreeMap::new();
            for spot in spots.iter_mut() {
                let host = host(spot);
                let count = next.entry(host.clone()).or_insert(u64::from(first));
                for ports in &mut spot.ports {
                    if let Some(number) = self.take(service, port, &spot.site, &host, *count) {
                        ports.insert(port.name.clone(), number);
                    }
                    *count += 1;
                }
            }
        }
    }

    fn take(&mut self, service: &Service, port: &Port, site: &Name, host: &Name, number: u64) -> Option<u16> {
        let Some(number) = u16::try_from(number).ok().filter(|n| *n > 0) else {
            let said = Diagnostic::error(PORT_TAKEN, format!("there is no port {number}"));
            self.said.push(
                said.at(port.span, format!("the replicas of `{}` count up to it", service.name))
                    .help("start from a smaller number"),
            );
            return None;
        };
        let holder = Holder {
            service: service.name.clone(),
            site: site.clone(),
            span: port.span,
        };
        match self.by.get(&(host.clone(), number)).cloned() {
            None => drop(self.by.insert((host.clone(), number), holder)),
            Some(first) => self.said.push(clash(number, &holder, &first)),
        }
        Some(number)
    }

    fn found(&mut self, service: &Service, spots: &mut [Spot]) {
        for port in service.ports.iter().filter(|p| p.number.is_none()) {
            for spot in spots.iter_mut() {
                let (host, site) = (host(spot), spot.site.clone());
                let seed = spot.port_seed.clone().unwrap_or_default();
                for (i, ports) in spot.ports.iter_mut().enumerate() {
                    let number = self.free(&host, &[&seed, &service.name, &port.name, &site, &i.to_string()]);
                    match number {
                        Some(number) => {
                            let holder = Holder {
                                service: service.name.clone(),
                                site: site.clone(),
                                span: port.span,
                            };
                            self.by.insert((host.clone(), number), holder);
                            ports.insert(port.name.clone(), number);
                        }
                        None => {
                            let said = Diagnostic::error(PORT_TAKEN, format!("no port is free on `{host}`"));
                            self.said
                                .push(said.at(port.span, "needs one").help("write numbers for some ports"));
                        }
                    }
                }
            }
        }
    }

    fn free(&self, host: &Name, what: &[&str]) -> Option<u16> {
        let size = FOUND.end - FOUND.start;
        let start = Digest::of_parts(what).number() % size;
        let numbers = (0..size).map(|step| FOUND.start + (start + step) % size);
        let mut numbers = numbers.filter_map(|n| u16::try_from(n).ok());
        numbers.find(|n| !self.by.contains_key(&(host.clone(), *n)))
    }
}

fn clash(number: u16, second: &Holder, first: &Holder) -> Diagnostic {
    let of = |h: &Holder| format!("`service.{}` at {}", h.service, h.site);
    let (title, help) = if second.service == first.service {
        let title = format!("two ports of `service.{}` both come to {number}", second.service);
        (title, "leave more room between the two numbers")
    } else {
        let title = format!("{} and {} both need port {number}", of(first), of(second));
        (
            title,
            "give one of them another number, or leave the number out to have one found",
        )
    };
    Diagnostic::error(PORT_TAKEN, title)
        .at(second.span, "needs it too")
        .and(first.span, "has it")
        .help(help)
}
