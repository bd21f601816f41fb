//! The calls of the trait, and the table of resource types that they are handed to.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use situs_provider::schema::{Mode, ProviderSchema, Schema};
use situs_provider::{
    Applied, Apply, Configure, Found, Import, Imported, Lookup, Open, Opened, Plan, Planned, Problem, Problems,
    Provider, Read, ReadAnswer, Upgrade,
};
use situs_value::{Type, Value};
use tokio::sync::watch;

use crate::data;
use crate::directory::LocalDirectory;
use crate::file::LocalFile;
use crate::process::LocalProcess;
use situs_provider::attributes::{attribute, block, text};

/// Where processes are kept when nothing else is said.
const DEFAULT_ROOT: &str = ".situs/sites/default";

/// Every resource type, by name.
const RESOURCES: &[(&str, &(dyn Resource + 'static))] = &[
    ("local_directory", &LocalDirectory),
    ("local_file", &LocalFile),
    ("local_process", &LocalProcess),
];

/// What a resource type does.
#[async_trait]
pub trait Resource: Send + Sync {
    /// What it looks like.
    fn schema(&self) -> Schema;
    /// Looks at a configuration; may hold unknowns.
    fn validate(&self, config: &Value) -> Problems;
    /// Plans a change that is no destruction.
    fn plan(&self, place: &Place, request: &Plan) -> Result<Planned, Problems>;
    /// Reads the live object; null where it is gone.
    async fn read(&self, place: &Place, current: &Value) -> Result<Value, Problems>;
    /// Carries out a change.
    async fn apply(&self, place: &Place, request: &Apply) -> Applied;
    /// Finds what an interrupted change made.
    async fn lookup(&self, place: &Place, request: &Lookup) -> Result<Found, Problems>;
    /// Finds a live object; null where there is none.
    fn import(&self, place: &Place, id: &str) -> Result<Value, Problem>;
}

/// Where a configured provider works, and with what.
#[derive(Clone)]
pub struct Place {
    /// What relative paths start from.
    pub directory: PathBuf,
    /// Where processes are kept, as configured; nothing while that is not known.
    pub root: Option<String>,
    /// The program of the supervisors.
    pub supervisor: Arc<[String]>,
    /// Turns true when what is in flight shall end.
    pub stop: watch::Receiver<bool>,
}

impl Place {
    /// A path, absolute.
    pub fn at(&self, path: &str) -> PathBuf {
        self.directory.join(path)
    }
}

/// The provider.
pub struct Local {
    place: OnceLock<Place>,
    supervisor: Arc<[String]>,
    stop: watch::Sender<bool>,
}

impl Local {
    /// Not configured yet.
    pub fn new(supervisor: Vec<String>) -> Self {
        Self {
            place: OnceLock::new(),
            supervisor: supervisor.into(),
            stop: watch::Sender::new(false),
        }
    }

    fn place(&self) -> Result<&Place, Problem> {
        self.place
            .get()
            .ok_or_else(|| Problem::error("the provider `local` is not configured", String::new()))
    }
}

fn resource(type_name: &str) -> Result<&'static dyn Resource, Problem> {
    let found = RESOURCES.iter().find(|(name, _)| *name == type_name);
    found.map(|(_, resource)| *resource).ok_or_else(|| {
        let known: Vec<&str> = RESOURCES.iter().map(|(name, _)| *name).collect();
        Problem::error(
            format!("the provider `local` has no resource type `{type_name}`"),
            format!("It has {}.", known.join(", ")),
        )
    })
}

/// What was unknown when the configuration was looked at is known now, and looked at again.
async fn checked(resource: &dyn Resource, place: &Place, request: &Apply) -> Applied {
    let problems = if request.planned.is_null() {
        Vec::new()
    } else {
        resource.validate(&request.config)
    };
    match problems.is_empty() {
        true => resource.apply(place, request).await,
        false => Applied {
            state: None,
            private: Vec::new(),
            problems,
            ..Applied::default()
        },
    }
}

fn answer(state: Value) -> ReadAnswer {
    ReadAnswer {
        state,
        private: Vec::new(),
    }
}

/// What reading after an interruption says.
pub fn found(state: Value) -> Found {
    if state.is_null() {
        Found::Nothing
    } else {
        Found::Object(answer(state))
    }
}

fn describe() -> ProviderSchema {
    let root = attribute(
        "root",
        Type::String,
        Mode::Optional,
        "where processes are kept: `.situs/sites/default`",
    );
    let resources = RESOURCES.iter().map(|(name, r)| (Arc::from(*name), r.schema()));
    ProviderSchema {
        provider: block("Processes, files and directories on this machine.", [root]),
        resources: resources.collect(),
        data_sources: BTreeMap::from([(Arc::from(data::FILE), data::schema_of_file())]),
        ephemeral: BTreeMap::from([(Arc::from(data::FILE), data::schema_of_file())]),
        ..ProviderSchema::default()
    }
}

#[async_trait]
impl Provider for Local {
    fn schema(&self) -> Arc<ProviderSchema> {
        static SCHEMA: OnceLock<Arc<ProviderSchema>> = OnceLock::new();
        SCHEMA.get_or_init(|| Arc::new(describe())).clone()
    }

    async fn validate_config(&self, config: &Value) -> Problems {
        let empty = text(config, "root").is_some_and(|r| r.is_empty() || r.contains('\0'));
        let problem = || Problem::error("`root` is empty or holds a zero byte", "give the path of a directory");
        if empty { vec![problem()] } else { Vec::new() }
    }

    async fn configure(&self, request: Configure) -> Problems {
        let problems = self.validate_config(&request.config).await;
        let root = match request.config.get("root") {
            None | Some(Value::Null) => Some(DEFAULT_ROOT.to_owned()),
            Some(root) => root.as_str().map(|r| r.trim_end_matches('/').to_owned()),
        };
        let directory = std::path::absolute(&request.directory).unwrap_or_else(|_| request.directory.into());
        let place = Place {
            directory,
            root,
            supervisor: self.supervisor.clone(),
            stop: self.stop.subscribe(),
        };
        let _ = self.place.set(place);
        problems
    }

    async fn validate_resource(&self, type_name: &str, config: &Value) -> Problems {
        match resource(type_name) {
            Ok(resource) => resource.validate(config),
            Err(problem) => vec![problem],
        }
    }

    async fn upgrade(&self, request: Upgrade) -> Result<Value, Problems> {
        resource(&request.type_name).map_err(|p| vec![p])?;
        Ok(request.state)
    }

    async fn read(&self, request: Read) -> Result<ReadAnswer, Problems> {
        let place = self.place().map_err(|p| vec![p])?;
        let resource = resource(&request.type_name).map_err(|p| vec![p])?;
        resource.read(place, &request.current).await.map(answer)
    }

    async fn plan(&self, request: Plan) -> Result<Planned, Problems> {
        let place = self.place().map_err(|p| vec![p])?;
        let resource = resource(&request.type_name).map_err(|p| vec![p])?;
        if request.proposed.is_null() {
            return Ok(Planned::new(Value::Null, Vec::new(), request.private));
        }
        resource.plan(place, &request)
    }

    async fn apply(&self, request: Apply) -> Applied {
        match self
            .place()
            .and_then(|place| Ok((place, resource(&request.type_name)?)))
        {
            Ok((place, resource)) => checked(resource, place, &request).await,
            Err(problem) => Applied::failed(problem),
        }
    }

    async fn import(&self, request: Import) -> Result<Vec<Imported>, Problems> {
        let place = self.place().map_err(|p| vec![p])?;
        let resource = resource(&request.type_name).map_err(|p| vec![p])?;
        let state = resource.import(place, &request.id).map_err(|p| vec![p])?;
        if state.is_null() {
            return Ok(Vec::new());
        }
        Ok(vec![Imported {
            type_name: request.type_name,
            state,
            private: Vec::new(),
        }])
    }

    async fn read_data(&self, type_name: &str, config: &Value) -> Result<Value, Problems> {
        let place = self.place().map_err(|p| vec![p])?;
        let read = match type_name {
            data::FILE => data::file(place, config),
            _ => Err(Problem::error(
                format!("the provider `local` has no data source `{type_name}`"),
                format!("It has {}.", data::FILE),
            )),
        };
        read.map_err(|p| vec![p])
    }

    async fn open(&self, request: Open) -> Result<Opened, Problems> {
        let value = self.read_data(&request.type_name, &request.config).await?;
        Ok(Opened {
            value,
            private: Vec::new(),
        })
    }

    async fn lookup(&self, request: Lookup) -> Result<Found, Problems> {
        let place = self.place().map_err(|p| vec![p])?;
        let resource = resource(&request.type_name).map_err(|p| vec![p])?;
        resource.lookup(place, &request).await
    }

    async fn stop(&self) {
        self.stop.send_replace(true);
    }
}
