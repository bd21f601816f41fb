//! Resources, data sources and providers that are written by hand, in the root module and in those that it calls.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use situs_provider::Schema;
use situs_value::Value;

use crate::base::addr::{Key, Parts, Resource, Step};
use crate::base::diagnostic::did_you_mean;
use crate::base::span::Span;
use crate::base::{Addr, Diagnostic, Diagnostics};
use crate::lang::config::required::is_builtin;
use crate::lang::config::{Module, ModuleCall, ProviderBlock, ResourceBlock};
use crate::lang::eval::Scope;
use crate::lang::eval::expand::{OneOf, Repetition, Target, attribute, depends_on, keyed_provider, repetition};
use crate::lang::eval::instance::{Instance, NoObjects};
use crate::lang::eval::late::{Late, When, Written};
use crate::lang::eval::provisioner;
use crate::lang::eval::references;
use crate::lang::eval::shape::Name;
use crate::lang::syntax::ast::{Body, Expr, ExprKind, Item};
use crate::model::assignment::Thing;
use crate::run::provision::Ending;

use super::place::Ground;
use super::providers::{AllRequired, Asked, Configured, NO_PROVIDER, Offer, Offers, asked_for};

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
        several: BTreeMap::new(),
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

/// The providers of a block with `for_each`.
struct Several {
    offer: Arc<Offer>,
    /// Absent where its `for_each` is wrong, which was told.
    keys: Option<Arc<BTreeSet<Name>>>,
}

struct Hand<'g, 'o, 'a> {
    ground: &'g Ground<'g>,
    offers: &'o mut Offers<'a>,
    /// The distinct sites of every block that is at one.
    at: BTreeMap<Addr, Vec<Name>>,
    found: ByHand,
    /// Providers with `for_each`, by the id without a key.
    several: BTreeMap<Name, Several>,
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
                None if self.is_broken(place, outer) => {}
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

    /// Whether a provider is one of several of which something is wrong, which was told.
    fn is_broken(&self, place: &Place<'_>, id: &str) -> bool {
        let base = id.split_once('[').map_or(id, |(base, _)| base);
        let several = place.routes.get(base).and_then(|at| self.several.get(at));
        several.is_some_and(|s| s.keys.is_none())
    }

    /// The providers of a module: those with a block, those of `required_providers` that need none, and those that all have.
    fn providers(&mut self, place: &mut Place<'_>) {
        let module = place.module;
        for provider in &module.providers {
            self.configure(place, provider);
        }
        let mut used = BTreeSet::new();
        uses(module, &mut used);
        for required in module.required.values() {
            // A plug-in that nobody uses may lack what a configuration of it needs, and is never started.
            let needed = used.contains(&required.name) || is_builtin(&required.source);
            if needed && !place.routes.contains_key(&required.name) {
                self.configure(place, &without_block(&required.name, required.span));
            }
        }
        for resource in &module.resources {
            // What is wrong with it is told where the resource is made.
            let Ok(asked) = asked_for(resource) else { continue };
            let open = !module.required.contains_key(&asked.name) && !place.routes.contains_key(&asked.id);
            let there = |offers: &mut Offers<'_>| offers.by_hand(&module.required, &asked.name, asked.span).is_ok();
            if open && asked.name == asked.id && there(self.offers) {
                self.configure(place, &without_block(&asked.name, asked.span));
            }
        }
    }

    fn configure(&mut self, place: &mut Place<'_>, provider: &ProviderBlock) {
        match self
            .offers
            .by_hand(&place.module.required, &provider.name, provider.span)
        {
            Ok(offer) if attribute(&provider.body, "for_each").is_some() => {
                self.configure_several(place, provider, &offer);
            }
            Ok(offer) => {
                let id = id_at(&place.path, &provider.id);
                place.routes.insert(provider.id.clone(), id.clone());
                self.configure_one(provider, &place.scope, id, offer);
            }
            Err(diagnostic) => self.said.push(*diagnostic),
        }
    }

    fn configure_one(&mut self, provider: &ProviderBlock, scope: &Arc<Scope>, id: Name, offer: Arc<Offer>) {
        let config = self.said.take(offer.configure(&provider.body, scope, provider.span));
        let configured = Configured {
            id: id.clone(),
            site: None,
            config,
            offer,
        };
        self.found.providers.insert(id, configured);
    }

    /// A provider for each key; resources name one of them.
    fn configure_several(&mut self, place: &mut Place<'_>, provider: &ProviderBlock, offer: &Arc<Offer>) {
        if provider.alias.is_none() {
            let title = format!("the provider `{}` has a `for_each` and no `alias`", provider.name);
            let said = Diagnostic::error(NO_PROVIDER, title).at(provider.span, "cannot be named");
            return self.said.push(said.help(format!(
                "add `alias = \"each\"`; a resource then says `provider = {}.each[each.key]`",
                provider.name
            )));
        }
        let base = id_at(&place.path, &provider.id);
        place.routes.insert(provider.id.clone(), base.clone());
        let broken = Several {
            offer: offer.clone(),
            keys: None,
        };
        self.several.insert(base.clone(), broken);
        let keys = match self.said.take(repetition(&provider.body, &place.scope, &NoObjects)) {
            Repetition::Known(keys) => keys,
            Repetition::Later(late) => return self.said.push(*late),
            Repetition::Broken => return,
        };
        let mut known = BTreeSet::new();
        for (key, each) in keys {
            let (Some(Key::Name(key)), Some(each)) = (key, each) else {
                continue;
            };
            let id = keyed_provider(&base, &key);
            place.routes.insert(keyed_provider(&provider.id, &key), id.clone());
            let scope = place.scope.child([each]);
            self.configure_one(provider, &scope, id, offer.clone());
            known.insert(key);
        }
        let several = Several {
            offer: offer.clone(),
            keys: Some(Arc::new(known)),
        };
        self.several.insert(base, several);
    }

    fn resource(&mut self, place: &Place<'_>, resource: &ResourceBlock) {
        let sites = self.at.get(&block(place, resource)).cloned().unwrap_or_default();
        let site = sites.first();
        let asked = match asked_for(resource) {
            Ok(asked) => asked,
            Err(wrong) => return self.said.push(*wrong),
        };
        let one_of = match self.one_of(place, &asked) {
            Ok(one_of) => one_of,
            Err(wrong) => return self.said.extend(wrong.map(|w| *w)),
        };
        let offered = match &one_of {
            Some(_) => self.offered_by_several(place, resource, &asked),
            None => self.offered(place, resource, site),
        };
        let Some((provider, schema)) = offered else { return };
        self.ending(place, resource);
        let target = Target {
            prefix: Parts::default(),
            site: site.cloned(),
            provider,
            one_of,
            of_check: resource.check.is_some(),
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

    /// Which of several providers each instance takes; nothing where there is one for all. `Err` is what is wrong, where that was not told.
    fn one_of(&self, place: &Place<'_>, asked: &Asked) -> Result<Option<OneOf>, Option<Box<Diagnostic>>> {
        let several = place.routes.get(&asked.id).and_then(|id| self.several.get(id));
        match (several, &asked.key) {
            (Some(Several { keys: None, .. }), _) => Err(None),
            (Some(Several { keys: Some(known), .. }), Some(key)) => Ok(Some(OneOf {
                key: key.clone(),
                known: known.clone(),
            })),
            (None, None) => Ok(None),
            (Some(_), None) => {
                let title = format!("`{}` stands for several providers", asked.id);
                let said = Diagnostic::error(NO_PROVIDER, title).at(asked.span, "does not say which");
                Err(Some(Box::new(
                    said.help(format!("write `provider = {}[each.key]`", asked.id)),
                )))
            }
            (None, Some(key)) => {
                let title = format!("`{}` is one provider", asked.id);
                let said = Diagnostic::error(NO_PROVIDER, title).at(key.span, "asks for one of several");
                Err(Some(Box::new(
                    said.help("take the key out, or give the `provider` block a `for_each`"),
                )))
            }
        }
    }

    fn offered_by_several(
        &mut self,
        place: &Place<'_>,
        resource: &ResourceBlock,
        asked: &Asked,
    ) -> Option<(Name, Arc<Schema>)> {
        let id = place.routes.get(&asked.id)?.clone();
        let offer = self.several.get(&id)?.offer.clone();
        match offer.of(resource) {
            Ok(schema) => Some((id, schema)),
            Err(diagnostic) => {
                self.said.push(*diagnostic);
                None
            }
        }
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
        let Asked { name, id, .. } = asked_for(resource).map_err(|_| resource.type_name.clone())?;
        let of_site = site
            .filter(|_| resource.provider.is_none())
            .and_then(|s| self.ground.sites.get(s));
        let own = of_site.and_then(|s| s.providers.get(&name));
        let by_hand = || self.found.providers.get(place.routes.get(&id)?);
        own.or_else(by_hand).ok_or(id)
    }

    /// Says why a provider is missing, where that was not told already.
    fn no_provider(&mut self, place: &Place<'_>, resource: &ResourceBlock, id: &Name) {
        let Ok(Asked { name, span, .. }) = asked_for(resource) else {
            return;
        };
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

/// The names of the providers that a module and those that it calls use as they are without a block, or hand over.
fn uses(module: &Module, used: &mut BTreeSet<Name>) {
    let asked = module.resources.iter().filter_map(|resource| asked_for(resource).ok());
    used.extend(asked.map(|asked| asked.name));
    for call in &module.calls {
        used.extend(call.providers.iter().map(|(_, outer)| outer.clone()));
        uses(&call.module, used);
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
