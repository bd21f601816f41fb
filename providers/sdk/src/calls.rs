//! The calls of the protocol, as calls of the trait.

use std::sync::Arc;

use situs_protocol::wire::situs::lookup;
use situs_protocol::wire::tfplugin6::{self as wire, DynamicValue};
use situs_protocol::{Wrong, dynamic, json, said, schema};
use situs_provider::schema::Schema;
use situs_provider::{
    Apply, Configure, Found, Import, Lookup, Open, Plan, Problem, Problems, Provider, ProviderSchema, Read, Upgrade,
};
use situs_value::{Type, Value};
use tokio::sync::Notify;
use tonic::Status;

/// A provider and what it offers.
pub(crate) struct Calls {
    provider: Arc<dyn Provider>,
    offered: Arc<ProviderSchema>,
    end: Arc<Notify>,
}

type Answer<A> = Result<A, Status>;

/// Where a type of the schema stands.
type Types = fn(&ProviderSchema) -> &std::collections::BTreeMap<Arc<str>, Schema>;

const RESOURCES: Types = |s| &s.resources;
const DATA: Types = |s| &s.data_sources;
const EPHEMERAL: Types = |s| &s.ephemeral;

impl Calls {
    /// The calls of a provider; `end` hears when it is to end.
    pub fn new(provider: Arc<dyn Provider>, end: Arc<Notify>) -> Self {
        Self {
            offered: provider.schema(),
            provider,
            end,
        }
    }

    pub fn shut_down(&self) {
        self.end.notify_one();
    }

    fn ty(&self, of: Types, name: &str) -> Answer<Type> {
        let schema = of(&self.offered).get(name);
        let schema = schema.ok_or_else(|| Status::invalid_argument(format!("this provider has no `{name}`")))?;
        Ok(schema.block.ty())
    }

    pub async fn metadata(&self, _: wire::get_metadata::Request) -> Answer<wire::get_metadata::Response> {
        let of = |names: &std::collections::BTreeMap<Arc<str>, Schema>| {
            names.keys().map(|n| n.to_string()).collect::<Vec<_>>()
        };
        Ok(wire::get_metadata::Response {
            server_capabilities: Some(capabilities()),
            resources: of(&self.offered.resources)
                .into_iter()
                .map(|type_name| wire::get_metadata::ResourceMetadata { type_name })
                .collect(),
            data_sources: of(&self.offered.data_sources)
                .into_iter()
                .map(|type_name| wire::get_metadata::DataSourceMetadata { type_name })
                .collect(),
            ephemeral_resources: of(&self.offered.ephemeral)
                .into_iter()
                .map(|type_name| wire::get_metadata::EphemeralMetadata { type_name })
                .collect(),
            ..wire::get_metadata::Response::default()
        })
    }

    pub async fn schema(&self, _: wire::get_provider_schema::Request) -> Answer<wire::get_provider_schema::Response> {
        Ok(wire::get_provider_schema::Response {
            server_capabilities: Some(capabilities()),
            ..schema::answer(&self.offered)
        })
    }

    pub async fn validate_provider(
        &self,
        ask: wire::validate_provider_config::Request,
    ) -> Answer<wire::validate_provider_config::Response> {
        let config = value(ask.config.as_ref(), &self.offered.provider.ty())?;
        let problems = self.provider.validate_config(&config).await;
        Ok(wire::validate_provider_config::Response {
            diagnostics: said::diagnostics(&problems),
        })
    }

    pub async fn configure(
        &self,
        ask: wire::configure_provider::Request,
    ) -> Answer<wire::configure_provider::Response> {
        let directory = std::env::current_dir().map_err(|e| Status::internal(e.to_string()))?;
        let request = Configure {
            config: value(ask.config.as_ref(), &self.offered.provider.ty())?,
            directory: directory.to_string_lossy().into_owned(),
        };
        let problems = self.provider.configure(request).await;
        Ok(wire::configure_provider::Response {
            diagnostics: said::diagnostics(&problems),
        })
    }

    pub async fn validate(
        &self,
        ask: wire::validate_resource_config::Request,
    ) -> Answer<wire::validate_resource_config::Response> {
        let config = value(ask.config.as_ref(), &self.ty(RESOURCES, &ask.type_name)?)?;
        let problems = self.provider.validate_resource(&ask.type_name, &config).await;
        Ok(wire::validate_resource_config::Response {
            diagnostics: said::diagnostics(&problems),
        })
    }

    /// What is read is looked at when it is.
    pub async fn validate_data(
        &self,
        ask: wire::validate_data_resource_config::Request,
    ) -> Answer<wire::validate_data_resource_config::Response> {
        self.ty(DATA, &ask.type_name)?;
        Ok(wire::validate_data_resource_config::Response::default())
    }

    pub async fn validate_ephemeral(
        &self,
        ask: wire::validate_ephemeral_resource_config::Request,
    ) -> Answer<wire::validate_ephemeral_resource_config::Response> {
        self.ty(EPHEMERAL, &ask.type_name)?;
        Ok(wire::validate_ephemeral_resource_config::Response::default())
    }

    pub async fn upgrade(
        &self,
        ask: wire::upgrade_resource_state::Request,
    ) -> Answer<wire::upgrade_resource_state::Response> {
        let ty = self.ty(RESOURCES, &ask.type_name)?;
        let version = u64::try_from(ask.version).unwrap_or(0);
        let present = self.offered.resources.get(ask.type_name.as_str()).map(|s| s.version);
        let kept = ask.raw_state.map(|raw| raw.json).unwrap_or_default();
        let state = match present == Some(version) {
            true => json::decode_known(&kept, &ty),
            false => json::decode_bare(&kept),
        };
        let request = Upgrade {
            type_name: ask.type_name,
            version,
            state: state.map_err(|wrong| unreadable(&wrong))?,
        };
        let (state, problems) = split(self.provider.upgrade(request).await);
        Ok(wire::upgrade_resource_state::Response {
            upgraded_state: state.map(|state| sent(&state, &ty)).transpose()?,
            diagnostics: said::diagnostics(&problems),
        })
    }

    pub async fn read(&self, ask: wire::read_resource::Request) -> Answer<wire::read_resource::Response> {
        let ty = self.ty(RESOURCES, &ask.type_name)?;
        let request = Read {
            type_name: ask.type_name,
            current: value(ask.current_state.as_ref(), &ty)?,
            private: ask.private,
        };
        let (answer, problems) = split(self.provider.read(request).await);
        let (state, private) = answer.map(|a| (a.state, a.private)).unzip();
        Ok(wire::read_resource::Response {
            new_state: state.map(|state| sent(&state, &ty)).transpose()?,
            diagnostics: said::diagnostics(&problems),
            private: private.unwrap_or_default(),
            ..wire::read_resource::Response::default()
        })
    }

    pub async fn plan(&self, ask: wire::plan_resource_change::Request) -> Answer<wire::plan_resource_change::Response> {
        let ty = self.ty(RESOURCES, &ask.type_name)?;
        let request = Plan {
            type_name: ask.type_name,
            prior: value(ask.prior_state.as_ref(), &ty)?,
            proposed: value(ask.proposed_new_state.as_ref(), &ty)?,
            config: value(ask.config.as_ref(), &ty)?,
            private: ask.prior_private,
        };
        let (planned, problems) = split(self.provider.plan(request).await);
        let diagnostics = said::diagnostics(&problems);
        let Some(planned) = planned else {
            return Ok(wire::plan_resource_change::Response {
                diagnostics,
                ..wire::plan_resource_change::Response::default()
            });
        };
        Ok(wire::plan_resource_change::Response {
            planned_state: Some(sent(&planned.state, &ty)?),
            requires_replace: planned.replace.iter().map(said::wire_path).collect(),
            planned_private: planned.private,
            diagnostics: said::diagnostics(&planned.warnings),
            ..wire::plan_resource_change::Response::default()
        })
    }

    /// Changes that come without a key get one.
    pub async fn apply(
        &self,
        ask: wire::apply_resource_change::Request,
        key: Option<String>,
    ) -> Answer<wire::apply_resource_change::Response> {
        let ty = self.ty(RESOURCES, &ask.type_name)?;
        let request = Apply {
            type_name: ask.type_name,
            prior: value(ask.prior_state.as_ref(), &ty)?,
            planned: value(ask.planned_state.as_ref(), &ty)?,
            config: value(ask.config.as_ref(), &ty)?,
            private: ask.planned_private,
            key: key.map_or_else(new_key, Ok)?,
        };
        let prior = request.prior.clone();
        let applied = self.provider.apply(request).await;
        // Without an object that it tells of, the one before stands.
        let state = applied.state.unwrap_or(prior);
        Ok(wire::apply_resource_change::Response {
            new_state: Some(sent(&state, &ty)?),
            private: applied.private,
            diagnostics: said::diagnostics(&applied.problems),
            ..wire::apply_resource_change::Response::default()
        })
    }

    pub async fn import(
        &self,
        ask: wire::import_resource_state::Request,
    ) -> Answer<wire::import_resource_state::Response> {
        let request = Import {
            type_name: ask.type_name,
            id: ask.id,
        };
        let (all, problems) = split(self.provider.import(request).await);
        let one = |imported: situs_provider::Imported| {
            let ty = self.ty(RESOURCES, &imported.type_name)?;
            Ok::<_, Status>(wire::import_resource_state::ImportedResource {
                state: Some(sent(&imported.state, &ty)?),
                type_name: imported.type_name,
                private: imported.private,
                ..wire::import_resource_state::ImportedResource::default()
            })
        };
        Ok(wire::import_resource_state::Response {
            imported_resources: all.unwrap_or_default().into_iter().map(one).collect::<Result<_, _>>()?,
            diagnostics: said::diagnostics(&problems),
            ..wire::import_resource_state::Response::default()
        })
    }

    pub async fn read_data(&self, ask: wire::read_data_source::Request) -> Answer<wire::read_data_source::Response> {
        let ty = self.ty(DATA, &ask.type_name)?;
        let config = value(ask.config.as_ref(), &ty)?;
        let (state, problems) = split(self.provider.read_data(&ask.type_name, &config).await);
        Ok(wire::read_data_source::Response {
            state: state.map(|state| sent(&state, &ty)).transpose()?,
            diagnostics: said::diagnostics(&problems),
            ..wire::read_data_source::Response::default()
        })
    }

    pub async fn open(
        &self,
        ask: wire::open_ephemeral_resource::Request,
    ) -> Answer<wire::open_ephemeral_resource::Response> {
        let ty = self.ty(EPHEMERAL, &ask.type_name)?;
        let request = Open {
            type_name: ask.type_name,
            config: value(ask.config.as_ref(), &ty)?,
        };
        let (opened, problems) = split(self.provider.open(request).await);
        let (result, private) = opened.map(|o| (o.value, o.private)).unzip();
        Ok(wire::open_ephemeral_resource::Response {
            result: result.map(|value| sent(&value, &ty)).transpose()?,
            private,
            diagnostics: said::diagnostics(&problems),
            ..wire::open_ephemeral_resource::Response::default()
        })
    }

    pub async fn close(
        &self,
        ask: wire::close_ephemeral_resource::Request,
    ) -> Answer<wire::close_ephemeral_resource::Response> {
        let private = ask.private.unwrap_or_default();
        let problems = self.provider.close(&ask.type_name, &private).await;
        Ok(wire::close_ephemeral_resource::Response {
            diagnostics: said::diagnostics(&problems),
        })
    }

    pub async fn stop(&self, _: wire::stop_provider::Request) -> Answer<wire::stop_provider::Response> {
        self.provider.stop().await;
        Ok(wire::stop_provider::Response::default())
    }

    pub async fn lookup(&self, ask: lookup::Request) -> Answer<lookup::Response> {
        let ty = self.ty(RESOURCES, &ask.type_name)?;
        let request = Lookup {
            type_name: ask.type_name,
            key: ask.key,
            prior: value(ask.prior_state.as_ref(), &ty)?,
            planned: value(ask.planned_state.as_ref(), &ty)?,
        };
        let (found, problems) = split(self.provider.lookup(request).await);
        let (found, object) = match found {
            Some(Found::Object(answer)) => (lookup::Found::Object, Some(answer)),
            Some(Found::Nothing) => (lookup::Found::Nothing, None),
            Some(Found::CannotTell) | None => (lookup::Found::CannotTell, None),
        };
        let (state, private) = object.map(|o| (o.state, o.private)).unzip();
        Ok(lookup::Response {
            found: found.into(),
            state: state.map(|state| sent(&state, &ty)).transpose()?,
            private: private.unwrap_or_default(),
            diagnostics: said::diagnostics(&problems),
        })
    }
}

fn capabilities() -> wire::ServerCapabilities {
    wire::ServerCapabilities {
        get_provider_schema_optional: true,
        ..wire::ServerCapabilities::default()
    }
}

/// A value that was sent; null where none was.
fn value(sent: Option<&DynamicValue>, ty: &Type) -> Answer<Value> {
    let value = dynamic::unpack(sent, ty).map_err(|wrong| unreadable(&wrong))?;
    Ok(value.unwrap_or(Value::Null))
}

fn unreadable(wrong: &Wrong) -> Status {
    Status::invalid_argument(format!("a value cannot be read: {wrong}"))
}

/// A value to send. One that is not of its type is a fault of this provider.
fn sent(value: &Value, ty: &Type) -> Answer<DynamicValue> {
    let packed = dynamic::pack(value, ty);
    let packed = packed
        .map_err(|wrong| Status::internal(format!("this provider made a value that is not of its schema: {wrong}")))?;
    packed.ok_or_else(|| Status::internal("there is no value"))
}

fn split<T>(answer: Result<T, Problems>) -> (Option<T>, Vec<Problem>) {
    match answer {
        Ok(answer) => (Some(answer), Vec::new()),
        Err(problems) => (None, problems),
    }
}

fn new_key() -> Answer<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|e| Status::internal(e.to_string()))?;
    Ok(bytes.iter().map(|b| format!("{b:02x}")).collect())
}
