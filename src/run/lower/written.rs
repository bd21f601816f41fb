//! Resources, data sources and providers that are written by hand, in the root module and in those that it calls.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use situs_provider::Schema;
use situs_value::Value;

use crate::base::addr::{Parts, Resource, Step};
use crate::base::diagnostic::did_you_mean;
use crate::base::span::Span;
use crate::base::{Addr, Diagnostic, Diagnostics};
use crate::lang::config::{Module, ModuleCall, ProviderBlock, ResourceBlock};
use crate::lang::eval::Scope;
use crate::lang::eval::expand::{Target, depends_on};
use crate::lang::eval::instance::{Instance, NoObjects};
use crate::lang::eval::late::{Late, When, Written};
use crate::lang::eval::provisioner;
use crate::lang::eval::references;
use crate::lang::eval::shape::Name;
use crate::lang::syntax::ast::{Body, Expr, ExprKind, Item};
use crate::model::assignment::Thing;
use crate::run::provision::Ending;

use super::place::Ground;
use super::providers::{AllRequired, Configured, NO_PROVIDER, Offers, asked_for};

/// What is written by hand.
#[derive(Default)]
pub(super) struct ByHand {
    /// The providers, by id.
    pub providers: BTreeMap<Name, Configured>,
    /// Instances that are known now, in the order of the files.
    pub instances: Vec<Instance>,
    /// Blocks whose instances objects decide.
    pub late: Vec<Late>,
    /// Blocks without instances, and what stands for them.
    pub none: Vec<(Addr, Value)>,
    /// What is done before objects of a block are destroyed, by its address without keys.
    pub endings: BTreeMap<Addr, Ending>,
}

/// Everything that is written by hand.
pub(super) fn all(ground: &Ground<'_>, offers: &mut Offers<'_>) -> (ByHand, Diagnostics) {
    let mut hand = Hand {
        ground,
        at: at_sites(ground),
        offers,
        found: ByHand::default(),
        missing: BTreeSet::new(),
        said: Diagnostics::new(),
    };
    let root = Place {
        module: &ground.config.root,
        path: Vec::new(),
        scope: ground.root.clone(),
        needs: Vec::new(),
        routes: BTreeMap::new(),
    };
    hand.module(root);
    (hand.found, hand.said)
}

/// A module, as all of its instances look.
struct Place<'a> {
    module: &'a Module,
    path: Vec<Name>,
    scope: Arc<Scope>,
    /// What all of it waits for.
    needs: Vec<Addr>,
    /// The ids of providers in it, and what they are configured under.
    routes: BTreeMap<Name, Name>,
}

struct Hand<'g, 'o, 'a> {
    ground: &'g Ground<'g>,
    offers: &'o mut Offers<'a>,
    /// The distinct sites of every block that is at one.
    at: BTreeMap<Addr, Vec<Name>>,
    found: ByHand,
    /// Providers that are missing, by place and id: each is told once.
    missing: BTreeSet<(Vec<Name>, Name)>,
    said: Diagnostics,
}

impl Hand<'_, '_, '_> {
    fn module(&mut self, mut place: Place<'_>) {
        self.providers(&mut place);
        for resource in &place.module.resources {
            self.resource(&place, resource);
        }
        for call in &place.module.calls {
            if let Some(inside) = self.called(&place, call) {
                self.module(inside);
            }
        }
    }

    fn called<'m>(&mut self, place: &Place<'m>, call: &'m ModuleCall) -> Option<Place<'m>> {
        let block = &call.block;
        let scope = place.scope.call(&block.name)?.still();
        let mut needs = place.needs.clone();
        if let Some(expr) = &block.depends_on {
            needs.extend(self.said.take(depends_on(expr, &place.scope)));
        }
        needs.extend(things(self.ground, &block.body));
        Some(Place {
            module: &call.module,
            path: place.path.iter().chain([&block.name]).cloned().collect(),
            scope,
            needs,
            routes: self.routes(place, call),
        })
    }

    /// The providers that a module has from its caller: those that are handed over, and of the others those without an alias.
    fn routes(&mut self, place: &Place<'_>, call: &ModuleCall) -> BTreeMap<Name, Name> {
        let plain = place.routes.iter().filter(|(id, _)| !id.contains('.'));
        let mut routes: BTreeMap<Name, Name> = plain.map(|(id, at)| (id.clone(), at.clone())).collect();
        for (inner, outer) in &call.providers {
            match place.routes.get(outer) {
                Some(at) => drop(routes.insert(inner.clone(), at.clone())),
                None => {
                    let near = did_you_mean(outer, place.routes.keys().map(AsRef::as_ref));
                    let title = format!("there is no provider `{outer}` to hand over");
                    let said = Diagnostic::error(NO_PROVIDER, title).at(call.block.span, "not declared");
                    self.said.push(said.help_some(near));
                }
            }
        }
        routes
    }

    /// The providers of a module: those with a block, those of `required_providers` that need none, and those that all have.
    fn providers(&mut self, place: &mut Place<'_>) {
        let module = place.module;
        for provider in &module.providers {
            self.configure(place, provider);
        }
        for required in module.required.values() {
            if !place.routes.contains_key(&required.name) {
                self.configure(place, &without_block(&required.name, required.span));
            }
        }
        for resource in &module.resources {
            let (name, id, span) = asked_for(resource);
            let open = !module.required.contains_key(&name) && !place.routes.contains_key(&id);
            if open && name == id && self.offers.is_everywhere(&name) {
                self.configure(place, &without_block(&name, span));
            }
        }
    }

    fn configure(&mut self, place: &mut Place<'_>, provider: &ProviderBlock) {
        match self
            .offers
            .by_hand(&place.module.required, &provider.name, provider.span)
        {
            Ok(offer) => {
                let id = id_at(&place.path, &provider.id);
                let configured = Configured {
                    id: id.clone(),
                    site: None,
                    config: self
                        .said
                        .take(offer.configure(&provider.body, &place.scope, provider.span)),
                    offer,
                };
                place.routes.insert(provider.id.clone(), id.clone());
                self.found.providers.insert(id, configured);
            }
            Err(diagnostic) => self.said.push(*diagnostic),
        }
    }

    fn resource(&mut self, place: &Place<'_>, resource: &ResourceBlock) {
        let sites = self.at.get(&block(place, resource)).cloned().unwrap_or_default();
        let site = sites.first();
        let (provider, schema) = match self.offered(place, resource, site) {
            Some(offered) => offered,
            None => return,
        };
        self.ending(place, resource);
        let target = Target {
            prefix: Parts::default(),
            site: site.cloned(),
            provider,
            schema,
            needs: place
                .needs
                .iter()
                .cloned()
                .chain(things(self.ground, &resource.body))
                .collect(),
        };
        let several = sites.len() > 1;
        let overlay = site.filter(|_| !several).map(|site| at(self.ground, site));
        let written = Written {
            mode: resource.mode,
            type_name: resource.type_name.clone(),
            name: resource.name.clone(),
            body: resource.body.clone(),
            span: resource.span,
            path: place.path.clone(),
            target,
            overlay: overlay.unwrap_or_default(),
        };
        let (late, when) = Late::new(written, &self.ground.root.clone());
        if let Some(wrong) = late.refers_to_itself() {
            return self.said.push(wrong);
        }
        match (late, when) {
            (late, When::Now) => {
                let (found, said) = late.expand(&NoObjects);
                let (instances, none) = (found.instances.clone(), found.none.clone());
                self.said.append(said);
                self.found.none.extend(none);
                let spread = instances.into_iter().filter_map(|i| match several {
                    true => self.spread(place, resource, i),
                    false => Some(i),
                });
                let spread: Vec<Instance> = spread.collect();
                self.found.instances.extend(spread);
            }
            (late, When::Later) => self.found.late.push(late),
        }
    }

    /// Takes note of the provisioners of the end.
    fn ending(&mut self, place: &Place<'_>, resource: &ResourceBlock) {
        // What is wrong with them is told where the instances are made.
        let (provisioners, _) = provisioner::read(&resource.body);
        if provisioners.iter().any(|p| p.when == provisioner::When::Destroy) {
            let scope = place.scope.clone();
            let ending = Ending { provisioners, scope };
            self.found.endings.insert(block(place, resource), ending);
        }
    }

    /// One of the instances of a block that is at several sites, at its own.
    fn spread(&mut self, place: &Place<'_>, resource: &ResourceBlock, mut instance: Instance) -> Option<Instance> {
        let site = &self.ground.config.shape.resources.get(&instance.addr)?.site.value;
        (instance.provider, instance.schema) = self.offered(place, resource, Some(site))?;
        instance.scope = instance.scope.child(at(self.ground, site));
        instance.site = Some(site.clone());
        Some(instance)
    }

    /// The provider of a resource at a site, and what the resource looks like; nothing where one is missing, which is told.
    fn offered(
        &mut self,
        place: &Place<'_>,
        resource: &ResourceBlock,
        site: Option<&Name>,
    ) -> Option<(Name, Arc<Schema>)> {
        let offered = self
            .provider(place, resource, site)
            .map(|p| (p.id.clone(), p.offer.of(resource)));
        match offered {
            Ok((id, Ok(schema))) => return Some((id, schema)),
            Ok((_, Err(diagnostic))) => self.said.push(*diagnostic),
            Err(id) => self.no_provider(place, resource, &id),
        }
        None
    }

    /// The provider of a resource: its site's where it is at one whose runtime has it, else one by hand. `Err` is the id that is missing.
    fn provider(&self, place: &Place<'_>, resource: &ResourceBlock, site: Option<&Name>) -> Result<&Configured, Name> {
        let (name, id, _) = asked_for(resource);
        let of_site = site
            .filter(|_| resource.provider.is_none())
            .and_then(|s| self.ground.sites.get(s));
        let own = of_site.and_then(|s| s.providers.get(&name));
        let by_hand = || self.found.providers.get(place.routes.get(&id)?);
        own.or_else(by_hand).ok_or(id)
    }

    /// Says why a provider is missing, where that was not told already.
    fn no_provider(&mut self, place: &Place<'_>, resource: &ResourceBlock, id: &Name) {
        let (name, _, span) = asked_for(resource);
        if !self.missing.insert((place.path.clone(), id.clone())) {
            return;
        }
        let required: &AllRequired = &place.module.required;
        if !required.contains_key(&name) {
            let said = self.offers.by_hand(required, &name, span).err();
            self.said.extend(said.map(|d| *d));
        } else if *id != name {
            let near = did_you_mean(id, place.routes.keys().map(AsRef::as_ref));
            let alias = id.rsplit('.').next().unwrap_or("");
            let said = Diagnostic::error(NO_PROVIDER, format!("there is no provider `{id}`")).at(span, "not declared");
            let help = || format!("add `provider \"{name}\" {{ alias = \"{alias}\" }}`");
            self.said.push(said.help(near.unwrap_or_else(help)));
        }
    }
}

/// `module.a.local.west`: the id of a provider that a module configures.
fn id_at(path: &[Name], id: &Name) -> Name {
    match path {
        [] => id.clone(),
        _ => {
            let steps = path.iter().map(|name| format!("module.{name}."));
            format!("{}{id}", steps.collect::<String>()).into()
        }
    }
}

/// A provider that needs no configuration.
fn without_block(name: &Name, span: Span) -> ProviderBlock {
    let items = Vec::new();
    ProviderBlock {
        name: name.clone(),
        alias: None,
        id: name.clone(),
        body: Arc::new(Body { items, span }),
        span,
    }
}

/// The distinct sites of every block that is at one, whose runtimes are there.
fn at_sites(ground: &Ground<'_>) -> BTreeMap<Addr, Vec<Name>> {
    let mut sites: BTreeMap<Addr, Vec<Name>> = BTreeMap::new();
    let all = &ground.config.shape.resources;
    for (addr, at) in all.iter().filter(|(_, at)| ground.sites.contains_key(&at.site.value)) {
        let own = sites.entry(addr.without_keys()).or_default();
        if !own.contains(&at.site.value) {
            own.push(at.site.value.clone());
        }
    }
    sites
}

/// The address of a block, without any key.
fn block(place: &Place<'_>, resource: &ResourceBlock) -> Addr {
    let step = |name: &Name| Step {
        name: name.clone(),
        key: None,
    };
    Addr::new(Parts {
        modules: place.path.iter().map(step).collect(),
        placed: None,
        resource: Some(Resource {
            mode: resource.mode,
            type_name: resource.type_name.clone(),
            name: resource.name.clone(),
            key: None,
        }),
    })
}

/// What names mean at a site beside what they mean everywhere.
fn at(ground: &Ground<'_>, site: &Name) -> Vec<(&'static str, Value)> {
    let view = ground.view(site);
    let value = ground.sites.get(site).map(|s| s.value.clone()).unwrap_or_default();
    vec![
        ("self", Value::object([("site", value)])),
        ("service", view.service),
        ("dataset", view.dataset),
    ]
}

/// The blocks of every service and dataset that an output speaks of.
pub(super) fn things_of(ground: &Ground<'_>, exprs: &[&Expr]) -> Vec<Addr> {
    let mut found = Vec::new();
    exprs.iter().for_each(|e| mentioned_in(e, &mut found));
    found.iter().flat_map(|thing| ground.blocks(thing)).collect()
}

/// The blocks of every service and dataset that a body speaks of.
fn things(ground: &Ground<'_>, body: &Body) -> Vec<Addr> {
    let mut found = Vec::new();
    mentioned(body, &mut found);
    found.sort();
    found.dedup();
    found.iter().flat_map(|thing| ground.blocks(thing)).collect()
}

fn mentioned(body: &Body, found: &mut Vec<Thing>) {
    for item in &body.items {
        match item {
            Item::Attribute(a) => mentioned_in(&a.value, found),
            Item::Statement(s) => s.body.iter().for_each(|b| mentioned(b, found)),
            Item::Error(_) => {}
        }
    }
}

fn mentioned_in(expr: &Expr, found: &mut Vec<Thing>) {
    if let ExprKind::Attr(base, name) = &expr.kind
        && let Some(root) = base.as_name()
    {
        match &*root.name {
            "service" => found.push(Thing::Service(name.name.clone())),
            "dataset" => found.push(Thing::Dataset(name.name.clone())),
            _ => {}
        }
    }
    references::inner(expr, &mut |e| mentioned_in(e, found));
}
