//! A provider made of resource types and data sources.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use situs_provider::attributes::Check;
use situs_provider::schema::ProviderSchema;
use situs_provider::{
    Applied, Apply, Configure, Found, Import, Imported, Lookup, Plan, Planned, Problem, Problems, Provider, Read,
    ReadAnswer, Severity, Upgrade,
};
use situs_value::Value;
use tokio::sync::{OnceCell, watch};

use super::object::{self, Object};
use super::resource::{Data, Erased, ErasedData, Resource, Typed, TypedData};

/// What a configured provider works with.
#[async_trait]
pub trait Client: Sized + Send + Sync + 'static {
    /// The configuration of the provider.
    type Config: Object + Clone + 'static;

    /// Looks at the configuration; any field may be unknown.
    fn validate(_config: &Self::Config, _check: &mut Check) {}

    /// Gets ready. Fields may be unknown while something is planned.
    async fn connect(config: Self::Config, place: Place) -> Result<Self, Problems>;
}

/// Where a provider works.
#[derive(Clone, Debug)]
pub struct Place {
    /// What relative paths start from, absolute.
    pub directory: PathBuf,
    /// Turns true when what is in flight shall end.
    pub stop: watch::Receiver<bool>,
}

/// A provider, on its way to being one and configured once.
pub struct Kit<C: Client> {
    name: &'static str,
    description: &'static str,
    resources: BTreeMap<&'static str, Box<dyn Erased<C>>>,
    data: BTreeMap<&'static str, Box<dyn ErasedData<C>>>,
    schema: OnceLock<Arc<ProviderSchema>>,
    client: OnceCell<C>,
    stop: watch::Sender<bool>,
}

impl<C: Client> Kit<C> {
    /// One that has nothing yet.
    pub fn new(name: &'static str, description: &'static str) -> Self {
        Self {
            name,
            description,
            resources: BTreeMap::new(),
            data: BTreeMap::new(),
            schema: OnceLock::new(),
            client: OnceCell::new(),
            stop: watch::Sender::new(false),
        }
    }

    /// The same with a resource type.
    #[must_use]
    pub fn resource<R: Resource<Client = C>>(mut self, type_name: &'static str, resource: R) -> Self {
        self.resources.insert(type_name, Box::new(Typed::new(resource)));
        self
    }

    /// The same with a data source.
    #[must_use]
    pub fn data<D: Data<Client = C>>(mut self, type_name: &'static str, data: D) -> Self {
        self.data.insert(type_name, Box::new(TypedData(data)));
        self
    }

    fn describe(&self) -> ProviderSchema {
        let provider = situs_provider::Block {
            description: self.description.to_owned(),
            ..object::block::<C::Config>()
        };
        ProviderSchema {
            provider,
            resources: self
                .resources
                .iter()
                .map(|(n, r)| (Arc::from(*n), r.schema()))
                .collect(),
            data_sources: self.data.iter().map(|(n, d)| (Arc::from(*n), d.schema())).collect(),
            ..ProviderSchema::default()
        }
    }

    fn client(&self) -> Result<&C, Problems> {
        let none = || {
            vec![Problem::error(
                format!("the provider `{}` is not configured", self.name),
                "",
            )]
        };
        self.client.get().ok_or_else(none)
    }

    fn one(&self, type_name: &str) -> Result<&dyn Erased<C>, Problems> {
        let found = self.resources.get(type_name).map(|r| &**r);
        found.ok_or_else(|| self.has_no("resource type", type_name, self.resources.keys()))
    }

    fn has_no<'a>(&self, kind: &str, name: &str, known: impl Iterator<Item = &'a &'static str>) -> Problems {
        let known: Vec<&str> = known.copied().collect();
        let title = format!("the provider `{}` has no {kind} `{name}`", self.name);
        vec![Problem::error(title, format!("It has {}.", known.join(", ")))]
    }
}

#[async_trait]
impl<C: Client> Provider for Kit<C> {
    fn schema(&self) -> Arc<ProviderSchema> {
        self.schema.get_or_init(|| Arc::new(self.describe())).clone()
    }

    async fn validate_config(&self, config: &Value) -> Problems {
        let mut check = Check::default();
        C::validate(&C::Config::from_object(config), &mut check);
        check.0
    }

    async fn configure(&self, request: Configure) -> Problems {
        let problems = self.validate_config(&request.config).await;
        if problems.iter().any(|p| p.severity == Severity::Error) {
            return problems;
        }
        let directory = std::path::absolute(&request.directory).unwrap_or_else(|_| request.directory.into());
        let place = Place {
            directory,
            stop: self.stop.subscribe(),
        };
        let connect = || C::connect(C::Config::from_object(&request.config), place);
        match self.client.get_or_try_init(connect).await {
            Ok(_) => problems,
            Err(failed) => failed,
        }
    }

    async fn validate_resource(&self, type_name: &str, config: &Value) -> Problems {
        match self.one(type_name) {
            Ok(resource) => resource.validate(config),
            Err(problems) => problems,
        }
    }

    async fn upgrade(&self, request: Upgrade) -> Result<Value, Problems> {
        self.one(&request.type_name)?.upgrade(request.version, request.state)
    }

    async fn read(&self, request: Read) -> Result<ReadAnswer, Problems> {
        let state = self
            .one(&request.type_name)?
            .read(self.client()?, &request.current)
            .await?;
        Ok(ReadAnswer {
            state,
            private: request.private,
        })
    }

    async fn plan(&self, request: Plan) -> Result<Planned, Problems> {
        let resource = self.one(&request.type_name)?;
        if request.proposed.is_null() {
            return Ok(Planned::new(Value::Null, Vec::new(), request.private));
        }
        resource.plan(self.client()?, request).await
    }

    async fn apply(&self, request: Apply) -> Applied {
        let ready = self.one(&request.type_name).and_then(|r| Ok((r, self.client()?)));
        match ready {
            Ok((resource, client)) => resource.apply(client, request).await,
            Err(problems) => Applied {
                problems,
                ..Applied::default()
            },
        }
    }

    async fn import(&self, request: Import) -> Result<Vec<Imported>, Problems> {
        let state = self
            .one(&request.type_name)?
            .import(self.client()?, &request.id)
            .await?;
        let found = state.map(|state| Imported {
            type_name: request.type_name,
            state,
            private: Vec::new(),
        });
        Ok(found.into_iter().collect())
    }

    async fn read_data(&self, type_name: &str, config: &Value) -> Result<Value, Problems> {
        let none = || self.has_no("data source", type_name, self.data.keys());
        let data = self.data.get(type_name).ok_or_else(none)?;
        data.read(self.client()?, config).await
    }

    async fn lookup(&self, request: Lookup) -> Result<Found, Problems> {
        self.one(&request.type_name)?.lookup(self.client()?, request).await
    }

    async fn stop(&self) {
        self.stop.send_replace(true);
    }
}
