//! `service.X` and `dataset.X` as they look from a site: nearest first. From nowhere they stand in the order of their replicas.

use situs_value::Value;

use crate::lang::eval::shape::{Dataset, Name, Service, Shape};
use crate::model::assignment::Thing;

use super::near::Near;
use super::spots::{Spot, Spots};
use super::values::{self, text};

/// What looks at what.
pub(super) struct Views<'a> {
    shape: &'a Shape,
    spots: &'a Spots,
    near: Near<'a>,
}

/// All services and all datasets, by name.
#[derive(Clone)]
pub(super) struct View {
    pub service: Value,
    pub dataset: Value,
}

impl<'a> Views<'a> {
    pub fn new(shape: &'a Shape, spots: &'a Spots) -> Self {
        Self {
            shape,
            spots,
            near: Near::new(shape),
        }
    }

    /// How everything looks from a site.
    pub fn from(&self, site: Option<&Name>) -> View {
        let services = self.shape.services.values();
        let datasets = self.shape.datasets.values();
        View {
            service: values::by_name(services.map(|s| (&s.name, self.service(s, site)))),
            dataset: values::by_name(datasets.map(|d| (&d.name, self.dataset(d, site)))),
        }
    }

    fn seen(&self, thing: &Thing, from: Option<&Name>) -> Vec<&'a Spot> {
        let mut spots: Vec<&Spot> = self.spots.get(thing).into_iter().flatten().collect();
        self.near.sort(from, &mut spots, |s| s.site.clone());
        spots
    }

    fn service(&self, service: &Service, from: Option<&Name>) -> Value {
        let ports = service.ports.iter().map(|port| {
            let endpoints = self.endpoints(&service.name, &port.name, from);
            (port.name.clone(), texts(&endpoints))
        });
        let endpoints = self.addresses(service, from);
        let sites = self.sites(&Thing::Service(service.name.clone()), from);
        Value::object([
            ("name", values::slug(&service.name)),
            ("key", values::key(&service.name)),
            ("replicas", service.replicas.into()),
            ("sites", texts(&sites)),
            ("endpoint", first(&endpoints)),
            ("endpoints", texts(&endpoints)),
            ("ports", Value::object(ports)),
        ])
    }

    fn dataset(&self, dataset: &Dataset, from: Option<&Name>) -> Value {
        let thing = Thing::Dataset(dataset.name.clone());
        let copies = self.copies(&dataset.name, from);
        let sites = self.sites(&thing, from);
        Value::object([
            ("name", values::slug(&dataset.name)),
            ("key", values::key(&dataset.name)),
            ("class", values::class(dataset)),
            ("sites", texts(&sites)),
            ("endpoint", first(&copies)),
            ("endpoints", texts(&copies)),
        ])
    }

    fn sites(&self, thing: &Thing, from: Option<&Name>) -> Vec<Name> {
        self.seen(thing, from).iter().map(|s| s.site.clone()).collect()
    }

    /// `host:port` of the first port of every replica.
    pub fn addresses(&self, service: &Service, from: Option<&Name>) -> Vec<Name> {
        let port = service.ports.first();
        port.map(|p| self.endpoints(&service.name, &p.name, from))
            .unwrap_or_default()
    }

    fn endpoints(&self, service: &Name, port: &Name, from: Option<&Name>) -> Vec<Name> {
        let spots = self.seen(&Thing::Service(service.clone()), from);
        let of = |spot: &'a Spot| {
            let numbers = spot.ports.iter().filter_map(|p| p.get(port));
            spot.endpoint
                .iter()
                .flat_map(move |host| numbers.clone().map(move |n| address(host, *n)))
        };
        spots.into_iter().flat_map(of).collect()
    }

    /// Where the copies of a dataset are.
    pub fn copies(&self, dataset: &Name, from: Option<&Name>) -> Vec<Name> {
        let spots = self.seen(&Thing::Dataset(dataset.clone()), from);
        spots.iter().filter_map(|s| s.endpoint.clone()).collect()
    }
}

fn address(host: &Name, port: u16) -> Name {
    let bracket = host.contains(':') && !host.starts_with('[');
    if bracket {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    }
    .into()
}

fn first(texts: &[Name]) -> Value {
    texts.first().map_or(Value::Null, text)
}

fn texts(texts: &[Name]) -> Value {
    Value::list(texts.iter().map(text))
}
