//! One thing on one site to the instances that its runtime declares, and what they need: a service its datasets, and the services that it
//! calls unless the calls go in a circle.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use situs_value::Value;

use crate::base::addr::{Mode, Parts};
use crate::base::span::Span;
use crate::base::{Addr, Code, Diagnostic, Diagnostics};
use crate::lang::config::runtime::{On, Origin};
use crate::lang::config::{Config, ResourceBlock, locals};
use crate::lang::eval::Scope;
use crate::lang::eval::expand::{Block, Target, expand};
use crate::lang::eval::instance::{Instance, NoObjects};
use crate::lang::eval::scope::{Local, Module};
use crate::lang::eval::shape::{Dataset, Name, Service};
use crate::model::assignment::Thing;

use super::providers::{NO_PROVIDER, asked_for};
use super::sites::OnSite;
use super::spots::{Spot, Spots};
use super::views::{View, Views};
use super::{service, values};

/// A thing that a site's runtime does not run.
pub const NOT_SERVED: Code = Code::new("E166", "a thing that a site's runtime does not run");
/// An attribute that a site's runtime does not carry out.
pub const NOT_CARRIED_OUT: Code = Code::new("W012", "an attribute that a site's runtime does not carry out");

/// What every place is made from.
pub(super) struct Ground<'a> {
    pub config: &'a Config,
    pub sites: &'a BTreeMap<Name, OnSite>,
    pub spots: &'a Spots,
    pub views: &'a Views<'a>,
    pub root: &'a Arc<Scope>,
    /// How everything looks from each site, worked out once.
    pub seen: BTreeMap<Name, OnceCell<View>>,
}

impl<'a> Ground<'a> {
    pub fn new(
        config: &'a Config,
        sites: &'a BTreeMap<Name, OnSite>,
        spots: &'a Spots,
        views: &'a Views<'a>,
        root: &'a Arc<Scope>,
    ) -> Self {
        let seen = sites.keys().map(|n| (n.clone(), OnceCell::new())).collect();
        Self {
            config,
            sites,
            spots,
            views,
            root,
            seen,
        }
    }

    /// How everything looks from a site.
    pub fn view(&self, site: &Name) -> View {
        match self.seen.get(site) {
            Some(cell) => cell.get_or_init(|| self.views.from(Some(site))).clone(),
            None => self.views.from(None),
        }
    }

    /// Where a thing is; under a name with `for_each`, where each of its instances is.
    fn instances_of(&self, thing: &Thing) -> impl Iterator<Item = (&'a Thing, &'a Spot)> {
        let several = format!("{}[", thing.name());
        let first = thing.renamed(&several);
        let keyed = self
            .spots
            .range(first..)
            .take_while(move |(t, _)| t.name().starts_with(&several));
        let all = self.spots.get_key_value(thing).into_iter().chain(keyed);
        all.flat_map(|(thing, spots)| spots.iter().map(move |spot| (thing, spot)))
    }

    /// The blocks that a thing is made of, on all of its sites.
    pub fn blocks(&self, thing: &Thing) -> Vec<Addr> {
        let mut blocks = Vec::new();
        for (thing, spot) in self.instances_of(thing) {
            let on = self.sites.get(&spot.site).and_then(|s| s.on(thing));
            let place = address(thing, &spot.site);
            let of = |b: &ResourceBlock| place.with_resource(&b.type_name, &b.name, None);
            blocks.extend(on.into_iter().flat_map(|on| on.resources.iter().map(of)));
        }
        blocks
    }
}

/// `service.ehr["eu"]@fra1`
fn address(thing: &Thing, site: &Name) -> Addr {
    format!("{thing}@{site}")
        .parse()
        .unwrap_or_else(|_| Addr::placed(thing.kind(), thing.name(), site))
}

/// The instances of everything that is placed, by thing and site.
pub(super) fn all(ground: &Ground<'_>) -> (Vec<Instance>, Diagnostics) {
    let mut said = Diagnostics::new();
    let mut instances = Vec::new();
    let mut calls = Calls::new(ground.config);
    for (thing, spots) in ground.spots {
        let needs = needs(ground, thing, &mut calls);
        for (i, spot) in spots.iter().enumerate() {
            let Some(site) = ground.sites.get(&spot.site) else {
                continue;
            };
            let place = Place {
                ground,
                thing,
                spot,
                site,
                first: i == 0,
            };
            instances.extend(said.take(place.instances(&needs)));
        }
    }
    (instances, said)
}

/// What a thing needs, wherever it is.
fn needs(ground: &Ground<'_>, thing: &Thing, calls: &mut Calls<'_>) -> Vec<Addr> {
    let service = match thing {
        Thing::Service(name) => ground.config.shape.services.get(name),
        Thing::Dataset(_) => None,
    };
    let mut needs: BTreeSet<Addr> = BTreeSet::new();
    for used in service.into_iter().flat_map(service::uses) {
        if !calls.circle(thing.name(), &used) {
            needs.extend(ground.blocks(&used));
        }
    }
    needs.into_iter().collect()
}

/// Who can be reached from whom by calls.
struct Calls<'a> {
    config: &'a Config,
    reached: BTreeMap<Name, BTreeSet<Name>>,
}

impl<'a> Calls<'a> {
    fn new(config: &'a Config) -> Self {
        Self {
            config,
            reached: BTreeMap::new(),
        }
    }

    /// Whether a call of that service leads back.
    fn circle(&mut self, caller: &Name, called: &Thing) -> bool {
        let Thing::Service(called) = called else { return false };
        let config = self.config;
        let reached = self
            .reached
            .entry(called.clone())
            .or_insert_with(|| reach(config, called));
        reached.contains(caller)
    }
}

fn reach(config: &Config, from: &Name) -> BTreeSet<Name> {
    let mut reached = BTreeSet::from([from.clone()]);
    let mut open = vec![from.clone()];
    while let Some(name) = open.pop() {
        let calls = config.shape.services.get(&name).map(|s| s.calls.as_slice());
        for call in calls.unwrap_or_default() {
            if reached.insert(call.service.value.clone()) {
                open.push(call.service.value.clone());
            }
        }
    }
    reached
}

/// One thing on one site.
struct Place<'a> {
    ground: &'a Ground<'a>,
    thing: &'a Thing,
    spot: &'a Spot,
    site: &'a OnSite,
    first: bool,
}

/// What a service may say and a runtime may leave undone: its name, whether it is said, and by which names a runtime speaks of it.
type Part = (&'static str, fn(&Service) -> bool, &'static [&'static str]);

const PARTS: &[Part] = &[
    ("image", |s| s.late.contains_key("image"), &["image"]),
    ("command", |s| s.late.contains_key("command"), &["command"]),
    ("env", |s| s.late.contains_key("env"), &["env", "environment"]),
    (
        "working_directory",
        |s| s.late.contains_key("working_directory"),
        &["working_directory"],
    ),
    ("restart", |s| s.late.contains_key("restart"), &["restart"]),
    ("secret", |s| !s.secrets.is_empty(), &["secrets"]),
    ("port", |s| !s.ports.is_empty(), &["ports", "environment"]),
    ("health", |s| s.health.is_some(), &["health"]),
    ("cpu", |s| s.cpu.is_some(), &["*"]),
    ("memory", |s| s.memory.is_some(), &["*"]),
    ("disk", |s| s.disk.is_some(), &["*"]),
];

impl Place<'_> {
    fn instances(&self, needs: &[Addr]) -> (Vec<Instance>, Diagnostics) {
        let Some(on) = self.site.on(self.thing) else {
            return (Vec::new(), self.not_served().into());
        };
        let (value, mut said) = match self.thing {
            Thing::Service(name) => match self.ground.config.shape.services.get(name) {
                Some(service) => self.service(service, on),
                None => return (Vec::new(), Diagnostics::new()),
            },
            Thing::Dataset(name) => match self.ground.config.shape.datasets.get(name) {
                Some(dataset) => (self.dataset(dataset), Diagnostics::new()),
                None => return (Vec::new(), Diagnostics::new()),
            },
        };
        if said.has_errors() {
            return (Vec::new(), said);
        }
        let scope = said.take(self.scope(on, value));
        let mut instances = Vec::new();
        for block in &on.resources {
            instances.extend(said.take(self.expanded(block, &scope, needs)));
        }
        (instances, said)
    }

    fn dataset(&self, dataset: &Dataset) -> Value {
        values::dataset(dataset, self.spot.replicas.len(), self.first)
    }

    fn service(&self, of: &Service, on: &On) -> (Value, Diagnostics) {
        let mut said = Diagnostics::new();
        for word in &on.requires {
            match PARTS.iter().find(|(name, ..)| *name == &*word.name) {
                Some((name, is_said, _)) if !is_said(of) => said.push(self.missing(name, of.span, word.span)),
                Some(_) => {}
                None => {
                    let wrong = Diagnostic::error(NOT_SERVED, format!("a service has no `{}`", word.name));
                    let known: Vec<String> = PARTS.iter().map(|(n, ..)| format!("`{n}`")).collect();
                    said.push(
                        wrong
                            .at(word.span, "not one")
                            .help(format!("it has {}", known.join(", "))),
                    );
                }
            }
        }
        if said.has_errors() {
            return (Value::Null, said);
        }
        said.extend(self.left_undone(of, on));
        let value = said.take(service::value(self.ground, of, self.spot));
        (value, said)
    }

    fn missing(&self, name: &str, span: Span, word: Span) -> Diagnostic {
        let runtime = &self.site.runtime.name;
        let title = format!("`{}` cannot run: it has no `{name}`", self.thing);
        Diagnostic::error(NOT_SERVED, title)
            .at(span, format!("the runtime `{runtime}` needs `{name}`"))
            .and(word, "required here")
            .help(format!("add `{name}`, or place it where another runtime is"))
    }

    /// What the service says and the runtime never speaks of.
    fn left_undone(&self, of: &Service, on: &On) -> Vec<Diagnostic> {
        let undone = PARTS.iter().filter(|(_, is_said, words)| {
            is_said(of) && *words != ["*"] && !words.iter().any(|w| on.mentions.contains(*w))
        });
        let one = |(name, ..): &Part| {
            let runtime = &self.site.runtime.name;
            let title = format!("`{name}` of `{}` has no effect", self.thing);
            let span = of.late.get(*name).map_or(of.span, |e| e.span);
            Diagnostic::warning(NOT_CARRIED_OUT, title)
                .at(span, format!("the runtime `{runtime}` does not carry it out"))
        };
        undone.map(one).collect()
    }

    fn not_served(&self) -> Diagnostic {
        let runtime = &self.site.runtime;
        let kind = self.thing.kind();
        let title = format!("the runtime `{}` runs no {kind}", runtime.name);
        Diagnostic::error(NOT_SERVED, title)
            .at(runtime.span, format!("does not say what happens `on {kind}`"))
            .note(format!("`{}` is placed at {}", self.thing, self.spot.site))
            .help(format!("add `on {kind} {{ … }}` to the runtime `{}`", runtime.name))
    }

    fn prefix(&self) -> Parts {
        address(self.thing, &self.spot.site).parts().clone()
    }

    /// What names mean in the runtime's body, here.
    fn scope(&self, on: &On, value: Value) -> (Arc<Scope>, Diagnostics) {
        let of = |b: &ResourceBlock| (Mode::Managed, b.type_name.clone(), b.name.clone());
        let texts: BTreeMap<Name, _> = on.locals.iter().cloned().collect();
        let (order, mut said) = locals::order(&texts);
        let module = Module {
            locals: texts.into_iter().map(|(n, e)| (n, Local::new(e))).collect(),
            resources: Arc::new(on.resources.iter().map(of).collect()),
            prefix: self.prefix(),
            ..Module::default()
        };
        let scope = self.ground.root.nested(
            module,
            [
                ("site", self.site.value.clone()),
                ("provider", self.site.configurations.clone()),
                ("replicas", values::count(self.spot.replicas.len())),
                (self.thing.kind(), value),
            ],
        );
        said.append(locals::settle(&order, &scope));
        (scope, said)
    }

    fn expanded(&self, block: &ResourceBlock, scope: &Arc<Scope>, needs: &[Addr]) -> (Vec<Instance>, Diagnostics) {
        let (name, span) = match asked_for(block) {
            Ok(asked) if asked.key.is_none() => (asked.name, asked.span),
            Ok(asked) => {
                let title = format!("the provider `{}` of a runtime is one", asked.name);
                let said = Diagnostic::error(NO_PROVIDER, title).at(asked.span, "asks for one of several");
                return (Vec::new(), said.help("take the key out").into());
            }
            Err(said) => return (Vec::new(), (*said).into()),
        };
        let Some(provider) = self.site.providers.get(&name) else {
            let runtime = &self.site.runtime;
            if runtime.providers.iter().any(|p| p.name == name) {
                return (Vec::new(), Diagnostics::new()); // told where it is declared
            }
            let said = Diagnostic::error(
                NO_PROVIDER,
                format!("the runtime `{}` has no provider `{name}`", runtime.name),
            );
            let said = said.at(span, format!("needs the provider `{name}`"));
            return (
                Vec::new(),
                said.help(format!("add `provider {name} {{}}` to the runtime")).into(),
            );
        };
        let schema = match provider.offer.of(block) {
            Ok(schema) => schema,
            Err(diagnostic) => return (Vec::new(), (*diagnostic).into()),
        };
        let target = Target {
            prefix: self.prefix(),
            site: Some(self.spot.site.clone()),
            provider: provider.id.clone(),
            one_of: None,
            schema,
            needs: needs.to_vec(),
            of_check: false,
        };
        let (mut instances, said) = expand(&self::block(block), scope, &target, &NoObjects);
        // Nobody can edit a runtime that ships with the engine: what concerns its resources is told where the thing is declared.
        if let (Origin::Builtin, Some(span)) = (self.site.runtime.origin, self.declared_at()) {
            instances.iter_mut().for_each(|i| i.span = span);
        }
        (instances, said)
    }

    fn declared_at(&self) -> Option<Span> {
        let shape = &self.ground.config.shape;
        match self.thing {
            Thing::Service(name) => shape.services.get(name).map(|s| s.span),
            Thing::Dataset(name) => shape.datasets.get(name).map(|d| d.span),
        }
    }
}

/// A block as `expand` takes it.
fn block(block: &ResourceBlock) -> Block<'_> {
    Block {
        mode: block.mode,
        type_name: &block.type_name,
        name: &block.name,
        body: &block.body,
        span: block.span,
    }
}
