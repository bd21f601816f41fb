//! Resources written by hand that take part in the intent: `at` says at which site one is, `holds` of which datasets it keeps a copy. Both
//! are known before anything is planned; where `for_each` decides the site, so is the `for_each`.

use std::sync::Arc;

use crate::base::addr::{Addr, Parts, Resource};
use crate::base::{Code, Diagnostic, Diagnostics};
use crate::lang::config::{Module, ModuleCall, ResourceBlock};
use crate::lang::eval::Scope;
use crate::lang::eval::expand::{Each, Repetition, attribute, later, repetition};
use crate::lang::eval::instance::NoObjects;
use crate::lang::eval::module;
use crate::lang::eval::shape::{AtSite, Name, Shape, Use};
use crate::lang::schema::{Thing, Ty};

use super::data::Take as _;
use super::names::Names;
use super::reader::Reader;

/// A resource that holds data and is at no site.
pub const NOWHERE: Code = Code::new("E167", "a resource that holds data and is at no site");

/// Reads `at` and `holds` of every resource of a module and of those that it calls.
pub fn all(root: &Module, scope: &Arc<Scope>, names: &Names, shape: &mut Shape) -> Diagnostics {
    let mut said = Diagnostics::new();
    let mut open: Vec<(&Module, Vec<Name>)> = vec![(root, Vec::new())];
    while let Some((module, path)) = open.pop() {
        if module.resources.iter().any(takes_part) {
            let (scopes, _) = module::instances(scope, &path, &NoObjects);
            for reached in &scopes {
                let mut reader = Reader::new(reached.scope(), names);
                for resource in module.resources.iter().filter(|r| takes_part(r)) {
                    reader.resource(resource, shape);
                }
                said.append(reader.finish());
            }
        }
        let inner = |call: &ModuleCall| path.iter().chain([&call.block.name]).cloned().collect();
        open.extend(module.calls.iter().map(|call| (&*call.module, inner(call))));
    }
    said
}

fn takes_part(resource: &ResourceBlock) -> bool {
    resource.at.is_some() || attribute(&resource.body, "holds").is_some()
}

impl Reader<'_> {
    fn resource(&mut self, resource: &ResourceBlock, shape: &mut Shape) {
        let scope = self.scope.clone();
        let block = Addr::new(Parts {
            resource: Some(Resource {
                mode: resource.mode,
                type_name: resource.type_name.clone(),
                name: resource.name.clone(),
                key: None,
            }),
            ..scope.declarations().map(|m| m.prefix.clone()).unwrap_or_default()
        });
        // What is wrong with a `for_each` is told where the block is expanded.
        let instances: Vec<(Addr, Each)> = match repetition(&resource.body, &scope, &NoObjects).0 {
            Repetition::Known(keys) => {
                let one = |(key, each)| (block.with_key(key), each);
                keys.into_iter().map(one).collect()
            }
            Repetition::Later(_) => vec![(block, later(&resource.body))],
            Repetition::Broken => Vec::new(),
        };
        for (addr, each) in instances {
            self.scope = scope.child(each);
            if let Some(at) = self.at_site(resource) {
                shape.resources.insert(addr, at);
            }
        }
        self.scope = scope;
    }

    fn at_site(&mut self, resource: &ResourceBlock) -> Option<AtSite> {
        let holds = attribute(&resource.body, "holds");
        let Some(at) = &resource.at else {
            let said = Diagnostic::error(NOWHERE, "a resource that holds data is at a site");
            let said = said.at(holds?.span, "holds data, and has no `at`");
            return self.fail(said.help("say where it is: `at = site.NAME`"));
        };
        let site = self.thing(at, Thing::Site)?;
        let held = holds.and_then(|expr| self.read(expr, Ty::List(&Ty::Thing(Thing::Dataset))));
        Some(AtSite {
            site: Use::new(site, at.span),
            holds: held.as_ref().and_then(<Vec<Use>>::take).unwrap_or_default(),
            span: resource.span,
        })
    }
}
