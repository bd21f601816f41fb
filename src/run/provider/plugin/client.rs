//! A provider that is a plug-in, behind the same trait as every other. Its process is started when it is first needed, and serves for
//! as long as the provider is open.

use std::sync::Arc;

use async_trait::async_trait;
use prost::Message;
use situs_protocol::wire::situs::lookup;
use situs_protocol::wire::tfplugin6::{self as wire, DynamicValue};
use situs_protocol::{Wrong, dynamic, json, said};
use situs_provider::provider::{Applied, Apply, Plan, Planned};
use situs_provider::provider::{Configure, Found, Import, Imported, Lookup, Open, Opened, Read, ReadAnswer, Upgrade};
use situs_provider::schema::Schema;
use situs_provider::{Problem, Problems, Provider, ProviderSchema, Severity};
use situs_value::{Type, Value};
use tokio::sync::OnceCell;

use super::legacy;
use super::offered::{Kind, Offered};
use super::process::Launch;
use super::running::Running;
use super::wire::{self as calls, Call};

/// What plug-ins are told of who asks: they know the versions of Terraform, and no other.
const TERRAFORM: &str = "1.11.4";

/// What is asked of all: nothing is put off, and what is write-only is understood.
const CAPABILITIES: wire::ClientCapabilities = wire::ClientCapabilities {
    deferral_allowed: false,
    write_only_attributes_allowed: true,
    store_planned_private: false,
    computed_blocks_allowed: false,
};

/// A provider that is a plug-in.
pub(super) struct Plugin {
    launch: Launch,
    offered: Arc<Offered>,
    running: OnceCell<Result<Running, Problem>>,
}

impl Plugin {
    /// One that is not started yet.
    pub fn new(launch: Launch, offered: Arc<Offered>) -> Self {
        Self {
            launch,
            offered,
            running: OnceCell::new(),
        }
    }

    async fn running(&self) -> Result<&Running, Problems> {
        let start = || async {
            let running = Running::start(&self.launch).await?;
            // A provider may count on being asked for its schema first, unless it says otherwise.
            if !self.offered.schema_is_optional {
                running.schema().await?;
            }
            Ok(running)
        };
        let running = self.running.get_or_init(start).await;
        running.as_ref().map_err(|problem| vec![problem.clone()])
    }

    async fn call<Q, A>(&self, call: &Call, ask: Q) -> Result<A, Problems>
    where
        Q: Message + 'static,
        A: Message + Default + 'static,
    {
        self.running().await?.call(call, ask).await
    }

    fn ty(&self, kind: Kind, name: &str) -> Result<Arc<Type>, Problems> {
        let ty = self.offered.ty(kind, name);
        ty.ok_or_else(|| vec![Problem::error(format!("there is no {kind} `{name}`"), "")])
    }

    fn packed(&self, kind: Kind, name: &str, value: &Value) -> Result<Option<DynamicValue>, Problems> {
        packed(value, &*self.ty(kind, name)?)
    }

    fn resource(&self, name: &str) -> Option<&Schema> {
        self.offered.schema.resources.get(name)
    }

    fn unreadable(&self, wrong: &Wrong) -> Problem {
        let title = format!(
            "the provider `{}` gives an answer that cannot be read",
            self.launch.source
        );
        let problem = Problem::error(title, wrong.to_string());
        problem.at(wrong.path())
    }

    /// A value of an answer; nothing where there was none.
    fn unpacked(&self, sent: Option<&DynamicValue>, ty: &Type) -> Result<Option<Value>, Problems> {
        dynamic::unpack(sent, ty).map_err(|wrong| vec![self.unreadable(&wrong)])
    }

    /// Asks for the plan of a change.
    async fn plan_change(&self, request: &Plan) -> Result<Planned, Problems> {
        let ty = self.ty(Kind::Resource, &request.type_name)?;
        let schema = self.resource(&request.type_name);
        let proposed = match schema {
            Some(schema) => legacy::with_write_only(&schema.block, &request.proposed, &request.config),
            None => request.proposed.clone(),
        };
        let ask = wire::plan_resource_change::Request {
            type_name: request.type_name.clone(),
            prior_state: packed(&request.prior, &ty)?,
            proposed_new_state: packed(&proposed, &ty)?,
            config: packed(&request.config, &ty)?,
            prior_private: request.private.clone(),
            client_capabilities: Some(CAPABILITIES),
            ..wire::plan_resource_change::Request::default()
        };
        let answer: wire::plan_resource_change::Response = self.call(&calls::PLAN, ask).await?;
        self.willing(&answer.diagnostics, answer.deferred.as_ref())?;
        let state = self.unpacked(answer.planned_state.as_ref(), &ty)?;
        Ok(Planned {
            state: state.unwrap_or(Value::Null),
            replace: answer.requires_replace.iter().map(said::path).collect(),
            private: answer.planned_private,
            warnings: said::problems(&answer.diagnostics),
            legacy: answer.legacy_type_system,
        })
    }

    /// That nothing went wrong and nothing is put off.
    fn willing(&self, sent: &[wire::Diagnostic], deferred: Option<&wire::Deferred>) -> Result<(), Problems> {
        let problems = said::problems(sent);
        if has_errors(&problems) {
            return Err(problems);
        }
        if deferred.is_some() {
            let title = format!("the provider `{}` puts off what it is asked for", self.launch.source);
            return Err(vec![Problem::error(
                title,
                "It was not allowed to: nothing of it was done.",
            )]);
        }
        Ok(())
    }

    /// What a provider wants to be asked before it destroys something.
    async fn before_the_end(&self, request: &Apply) -> Result<Vec<u8>, Problems> {
        if !request.planned.is_null() || !self.offered.plans_destruction {
            return Ok(request.private.clone());
        }
        let plan = Plan {
            type_name: request.type_name.clone(),
            prior: request.prior.clone(),
            proposed: Value::Null,
            config: Value::Null,
            private: request.private.clone(),
        };
        self.plan_change(&plan).await.map(|planned| planned.private)
    }

    fn applied(&self, ty: &Type, destroys: bool, answer: wire::apply_resource_change::Response) -> Applied {
        let mut problems = said::problems(&answer.diagnostics);
        let state = match dynamic::unpack(answer.new_state.as_ref(), ty) {
            Ok(None) if destroys && !has_errors(&problems) => Some(Value::Null),
            Ok(state) => state,
            Err(wrong) => {
                problems.push(self.unreadable(&wrong));
                return Applied::unanswered(problems);
            }
        };
        Applied {
            state,
            private: answer.private,
            problems,
            legacy: answer.legacy_type_system,
            ..Applied::default()
        }
    }

    fn imported(&self, one: wire::import_resource_state::ImportedResource) -> Result<Imported, Problems> {
        let ty = self.ty(Kind::Resource, &one.type_name)?;
        let state = self.unpacked(one.state.as_ref(), &ty)?;
        Ok(Imported {
            type_name: one.type_name,
            state: state.unwrap_or(Value::Null),
            private: one.private,
        })
    }
}

impl Drop for Plugin {
    fn drop(&mut self) {
        if let Some(Ok(running)) = self.running.take() {
            self.launch.alive.let_go(running);
        }
    }
}

fn packed(value: &Value, ty: &Type) -> Result<Option<DynamicValue>, Problems> {
    let wrong = |w: Wrong| {
        let title = "a value cannot be given to the provider";
        vec![Problem::error(title, w.to_string()).at(w.path())]
    };
    dynamic::pack(value, ty).map_err(wrong)
}

/// All that is wrong: what the provider says, or why it says nothing.
fn all_said(answer: Result<Vec<wire::Diagnostic>, Problems>) -> Problems {
    answer.map_or_else(|problems| problems, |sent| said::problems(&sent))
}

fn has_errors(problems: &[Problem]) -> bool {
    problems.iter().any(|p| p.severity == Severity::Error)
}

fn whole(problems: Problems) -> Result<(), Problems> {
    match has_errors(&problems) {
        true => Err(problems),
        false => Ok(()),
    }
}

#[async_trait]
impl Provider for Plugin {
    fn schema(&self) -> Arc<ProviderSchema> {
        self.offered.schema.clone()
    }

    async fn validate_config(&self, config: &Value) -> Problems {
        let looked = async {
            let ask = wire::validate_provider_config::Request {
                config: self.packed(Kind::Provider, "", config)?,
            };
            let answer: wire::validate_provider_config::Response = self.call(&calls::VALIDATE_PROVIDER, ask).await?;
            Ok(answer.diagnostics)
        };
        all_said(looked.await)
    }

    async fn configure(&self, request: Configure) -> Problems {
        let configured = async {
            let ask = wire::configure_provider::Request {
                terraform_version: TERRAFORM.to_owned(),
                config: self.packed(Kind::Provider, "", &request.config)?,
                client_capabilities: Some(CAPABILITIES),
            };
            let answer: wire::configure_provider::Response = self.call(&calls::CONFIGURE, ask).await?;
            Ok(answer.diagnostics)
        };
        all_said(configured.await)
    }

    async fn validate_resource(&self, type_name: &str, config: &Value) -> Problems {
        let looked = async {
            let ask = wire::validate_resource_config::Request {
                type_name: type_name.to_owned(),
                config: self.packed(Kind::Resource, type_name, config)?,
                client_capabilities: Some(CAPABILITIES),
            };
            let answer: wire::validate_resource_config::Response = self.call(&calls::VALIDATE, ask).await?;
            Ok(answer.diagnostics)
        };
        all_said(looked.await)
    }

    async fn upgrade(&self, request: Upgrade) -> Result<Value, Problems> {
        let ty = self.ty(Kind::Resource, &request.type_name)?;
        let present = self.resource(&request.type_name).map(|s| s.version);
        let kept = match present == Some(request.version) {
            true => json::encode(&request.state, &ty),
            false => json::bare(&request.state),
        };
        let raw = wire::RawState {
            json: kept.map_err(|wrong| {
                vec![Problem::error(
                    "what is kept is no object of its schema",
                    wrong.to_string(),
                )]
            })?,
            ..wire::RawState::default()
        };
        let ask = wire::upgrade_resource_state::Request {
            type_name: request.type_name,
            version: i64::try_from(request.version).unwrap_or(i64::MAX),
            raw_state: Some(raw),
        };
        let answer: wire::upgrade_resource_state::Response = self.call(&calls::UPGRADE, ask).await?;
        whole(said::problems(&answer.diagnostics))?;
        let state = self.unpacked(answer.upgraded_state.as_ref(), &ty)?;
        state.filter(|s| !s.is_null()).ok_or_else(|| {
            let title = format!(
                "the provider `{}` loses what is kept when it upgrades it",
                self.launch.source
            );
            vec![Problem::error(title, "")]
        })
    }

    async fn read(&self, request: Read) -> Result<ReadAnswer, Problems> {
        let ty = self.ty(Kind::Resource, &request.type_name)?;
        let ask = wire::read_resource::Request {
            type_name: request.type_name.clone(),
            current_state: packed(&request.current, &ty)?,
            private: request.private,
            client_capabilities: Some(CAPABILITIES),
            ..wire::read_resource::Request::default()
        };
        let answer: wire::read_resource::Response = self.call(&calls::READ, ask).await?;
        self.willing(&answer.diagnostics, answer.deferred.as_ref())?;
        let state = self.unpacked(answer.new_state.as_ref(), &ty)?.unwrap_or(Value::Null);
        if !state.is_wholly_known() {
            let title = format!(
                "the provider `{}` reads an object and does not know all of it",
                self.launch.source
            );
            return Err(vec![Problem::error(title, "")]);
        }
        let state = match self.resource(&request.type_name) {
            Some(schema) => legacy::without_null_blocks(&schema.block, &state),
            None => state,
        };
        Ok(ReadAnswer {
            state,
            private: answer.private,
        })
    }

    async fn plan(&self, request: Plan) -> Result<Planned, Problems> {
        if request.proposed.is_null() && !self.offered.plans_destruction {
            return Ok(Planned::new(Value::Null, Vec::new(), request.private));
        }
        self.plan_change(&request).await
    }

    async fn apply(&self, request: Apply) -> Applied {
        let destroys = request.planned.is_null();
        let asked = async {
            let ty = self.ty(Kind::Resource, &request.type_name)?;
            let ask = wire::apply_resource_change::Request {
                type_name: request.type_name.clone(),
                prior_state: packed(&request.prior, &ty)?,
                planned_state: packed(&request.planned, &ty)?,
                config: packed(&request.config, &ty)?,
                planned_private: self.before_the_end(&request).await?,
                ..wire::apply_resource_change::Request::default()
            };
            Ok::<_, Problems>((self.running().await?, ask, ty))
        };
        let (running, ask, ty) = match asked.await {
            Ok(asked) => asked,
            Err(problems) => {
                return Applied {
                    problems,
                    ..Applied::default()
                };
            }
        };
        match running.apply(ask, &request.key).await {
            Ok(answer) => self.applied(&ty, destroys, answer),
            Err(problems) => Applied::unanswered(problems),
        }
    }

    async fn import(&self, request: Import) -> Result<Vec<Imported>, Problems> {
        let ask = wire::import_resource_state::Request {
            type_name: request.type_name,
            id: request.id,
            client_capabilities: Some(CAPABILITIES),
            ..wire::import_resource_state::Request::default()
        };
        let answer: wire::import_resource_state::Response = self.call(&calls::IMPORT, ask).await?;
        self.willing(&answer.diagnostics, answer.deferred.as_ref())?;
        let all = answer.imported_resources.into_iter();
        all.map(|one| self.imported(one)).collect()
    }

    async fn read_data(&self, type_name: &str, config: &Value) -> Result<Value, Problems> {
        let ty = self.ty(Kind::Data, type_name)?;
        let look = wire::validate_data_resource_config::Request {
            type_name: type_name.to_owned(),
            config: packed(config, &ty)?,
        };
        let looked: wire::validate_data_resource_config::Response = self.call(&calls::VALIDATE_DATA, look).await?;
        whole(said::problems(&looked.diagnostics))?;
        let ask = wire::read_data_source::Request {
            type_name: type_name.to_owned(),
            config: packed(config, &ty)?,
            client_capabilities: Some(CAPABILITIES),
            ..wire::read_data_source::Request::default()
        };
        let answer: wire::read_data_source::Response = self.call(&calls::READ_DATA, ask).await?;
        self.willing(&answer.diagnostics, answer.deferred.as_ref())?;
        Ok(self.unpacked(answer.state.as_ref(), &ty)?.unwrap_or(Value::Null))
    }

    async fn open(&self, request: Open) -> Result<Opened, Problems> {
        let ty = self.ty(Kind::Ephemeral, &request.type_name)?;
        let look = wire::validate_ephemeral_resource_config::Request {
            type_name: request.type_name.clone(),
            config: packed(&request.config, &ty)?,
        };
        let looked: wire::validate_ephemeral_resource_config::Response =
            self.call(&calls::VALIDATE_EPHEMERAL, look).await?;
        whole(said::problems(&looked.diagnostics))?;
        let ask = wire::open_ephemeral_resource::Request {
            type_name: request.type_name,
            config: packed(&request.config, &ty)?,
            client_capabilities: Some(CAPABILITIES),
        };
        let answer: wire::open_ephemeral_resource::Response = self.call(&calls::OPEN, ask).await?;
        self.willing(&answer.diagnostics, answer.deferred.as_ref())?;
        let value = self.unpacked(answer.result.as_ref(), &ty)?;
        Ok(Opened {
            value: value.unwrap_or(Value::Null),
            private: answer.private.unwrap_or_default(),
        })
    }

    async fn close(&self, type_name: &str, private: &[u8]) -> Problems {
        let ask = wire::close_ephemeral_resource::Request {
            type_name: type_name.to_owned(),
            private: Some(private.to_vec()),
        };
        let answer: Result<wire::close_ephemeral_resource::Response, _> = self.call(&calls::CLOSE, ask).await;
        all_said(answer.map(|answer| answer.diagnostics))
    }

    /// The protocol of Terraform has no such question; plug-ins that are made for Situs have it.
    async fn lookup(&self, request: Lookup) -> Result<Found, Problems> {
        let ty = self.ty(Kind::Resource, &request.type_name)?;
        let ask = lookup::Request {
            type_name: request.type_name,
            key: request.key,
            prior_state: packed(&request.prior, &ty)?,
            planned_state: packed(&request.planned, &ty)?,
        };
        let answer: Option<lookup::Response> = self.running().await?.call_if_known(&calls::LOOKUP, ask).await?;
        let Some(answer) = answer else {
            return Ok(Found::CannotTell);
        };
        whole(said::problems(&answer.diagnostics))?;
        Ok(match answer.found() {
            lookup::Found::CannotTell => Found::CannotTell,
            lookup::Found::Nothing => Found::Nothing,
            lookup::Found::Object => Found::Object(ReadAnswer {
                state: self.unpacked(answer.state.as_ref(), &ty)?.unwrap_or(Value::Null),
                private: answer.private,
            }),
        })
    }

    async fn stop(&self) {
        if let Some(Ok(running)) = self.running.get() {
            running.stop().await;
        }
    }
}
