//! A provider that only pretends: it has the schema of a real one, makes nothing, and gives values of the right types for what only a
//! provider sets. The same change gives the same values.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use situs_provider::schema::{Block, ProviderSchema};
use situs_provider::{
    Applied, Apply, Configure, Found, Import, Imported, Lookup, Plan, Planned, Problem, Problems, Provider, Read,
    ReadAnswer, Upgrade,
};
use situs_value::{Type, Value};

use crate::base::digest::Digest;

use super::registry::Available;

/// Values for what only a provider sets, by type.
#[derive(Clone, Debug, Default)]
pub struct Defaults {
    /// Of resources.
    pub resources: BTreeMap<Arc<str>, Value>,
    /// Of data sources.
    pub data: BTreeMap<Arc<str>, Value>,
}

/// The same provider, as one that only pretends.
pub fn mocked(real: &Available, defaults: Defaults) -> Available {
    let (schema, defaults) = (real.schema.clone(), Arc::new(defaults));
    let make = move || -> Arc<dyn Provider> {
        Arc::new(Mock {
            schema: schema.clone(),
            defaults: defaults.clone(),
        })
    };
    Available {
        make: Arc::new(make),
        ..real.clone()
    }
}

struct Mock {
    schema: Arc<ProviderSchema>,
    defaults: Arc<Defaults>,
}

impl Mock {
    fn block(&self, type_name: &str) -> Option<&Block> {
        self.schema.resources.get(type_name).map(|s| &s.block)
    }
}

#[async_trait]
impl Provider for Mock {
    fn schema(&self) -> Arc<ProviderSchema> {
        self.schema.clone()
    }

    async fn validate_config(&self, _: &Value) -> Problems {
        Vec::new()
    }

    async fn configure(&self, _: Configure) -> Problems {
        Vec::new()
    }

    async fn validate_resource(&self, _: &str, _: &Value) -> Problems {
        Vec::new()
    }

    async fn upgrade(&self, request: Upgrade) -> Result<Value, Problems> {
        Ok(request.state)
    }

    async fn read(&self, request: Read) -> Result<ReadAnswer, Problems> {
        Ok(ReadAnswer {
            state: request.current,
            private: request.private,
        })
    }

    async fn plan(&self, request: Plan) -> Result<Planned, Problems> {
        let fresh = request.prior.is_null() && !request.proposed.is_null();
        let block = self.block(&request.type_name).filter(|_| fresh);
        let state = block.map_or_else(|| request.proposed.clone(), |block| open(&request.proposed, block));
        Ok(Planned::new(state, Vec::new(), Vec::new()))
    }

    async fn apply(&self, request: Apply) -> Applied {
        let defaults = self.defaults.resources.get(request.type_name.as_str());
        Applied::done(filled(&request.planned, defaults, &request.key), Vec::new())
    }

    async fn import(&self, _: Import) -> Result<Vec<Imported>, Problems> {
        Err(vec![Problem::error("a mocked provider imports nothing", "")])
    }

    async fn read_data(&self, type_name: &str, config: &Value) -> Result<Value, Problems> {
        let block = self.schema.data_sources.get(type_name).map(|s| &s.block);
        let open = block.map_or_else(|| config.clone(), |block| open(config, block));
        Ok(filled(&open, self.defaults.data.get(type_name), type_name))
    }

    async fn lookup(&self, _: Lookup) -> Result<Found, Problems> {
        Ok(Found::Nothing)
    }

    async fn stop(&self) {}
}

/// An object with everything unknown that only a provider sets and nobody did.
fn open(object: &Value, block: &Block) -> Value {
    let Some(parts) = object.attributes() else {
        return object.clone();
    };
    let one = |(name, part): (&Arc<str>, &Value)| {
        let ours = block
            .attributes
            .get(name)
            .filter(|a| a.mode.is_computed() && part.is_null());
        (
            name.clone(),
            ours.map_or_else(|| part.clone(), |a| Value::unknown(a.ty())),
        )
    };
    Value::object(parts.iter().map(one))
}

/// An object with a value for everything that is unknown.
fn filled(object: &Value, defaults: Option<&Value>, key: &str) -> Value {
    let Some(parts) = object.attributes() else {
        return object.clone();
    };
    let one = |(name, part): (&Arc<str>, &Value)| {
        let given = defaults.and_then(|d| d.get(name)).filter(|_| !part.is_known());
        let made = |leaf: &Value| match leaf {
            Value::Unknown(unknown) => made_up(&unknown.ty, &format!("{key} {name}")),
            known => known.clone(),
        };
        (name.clone(), given.cloned().unwrap_or_else(|| part.map_leaves(&made)))
    };
    Value::object(parts.iter().map(one))
}

/// A value of a type: empty, zero, or for texts eight digits that the seed decides.
fn made_up(ty: &Type, seed: &str) -> Value {
    match ty {
        Type::Bool => Value::Bool(false),
        Type::Number => 0i64.into(),
        Type::List(_) => Value::list([]),
        Type::Set(_) => Value::set([]),
        Type::Map(_) => Value::map::<Arc<str>>([]),
        Type::Tuple(of) => Value::tuple(of.iter().map(|ty| made_up(ty, seed))),
        Type::Object(of) => {
            let parts = of.attributes.iter();
            Value::object(parts.map(|(name, ty)| (name.clone(), made_up(ty, &format!("{seed} {name}")))))
        }
        _ => {
            let digits: String = Digest::of(seed.as_bytes()).short().chars().take(8).collect();
            digits.into()
        }
    }
}
