//! The calls of the trait.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use situs_provider::attributes::block;
use situs_provider::schema::ProviderSchema;
use situs_provider::{
    Applied, Apply, Configure, Found, Import, Imported, Lookup, Plan, Planned, Problem, Problems, Provider, Read,
    ReadAnswer, Upgrade,
};
use situs_value::Value;

use crate::{data, remote};

/// The provider.
#[derive(Default)]
pub struct Terraform {
    directory: OnceLock<PathBuf>,
}

fn of_data(type_name: &str) -> Result<(), Problems> {
    if type_name == data::NAME {
        return Ok(());
    }
    let summary = format!("the provider `terraform` has no resource type `{type_name}`");
    Err(vec![Problem::error(summary, format!("It has {}.", data::NAME))])
}

#[async_trait]
impl Provider for Terraform {
    fn schema(&self) -> Arc<ProviderSchema> {
        static SCHEMA: OnceLock<Arc<ProviderSchema>> = OnceLock::new();
        let make = || ProviderSchema {
            provider: block("What every configuration has.", []),
            resources: BTreeMap::from([(data::NAME.into(), data::describe())]),
            data_sources: BTreeMap::from([(remote::NAME.into(), remote::describe())]),
            ..ProviderSchema::default()
        };
        SCHEMA.get_or_init(|| Arc::new(make())).clone()
    }

    async fn validate_config(&self, _: &Value) -> Problems {
        Vec::new()
    }

    async fn configure(&self, request: Configure) -> Problems {
        let _ = self.directory.set(request.directory.into());
        Vec::new()
    }

    async fn validate_resource(&self, type_name: &str, config: &Value) -> Problems {
        match type_name {
            remote::NAME => remote::validate(config),
            _ => of_data(type_name).err().unwrap_or_default(),
        }
    }

    async fn upgrade(&self, request: Upgrade) -> Result<Value, Problems> {
        of_data(&request.type_name)?;
        Ok(request.state)
    }

    async fn read(&self, request: Read) -> Result<ReadAnswer, Problems> {
        of_data(&request.type_name)?;
        Ok(ReadAnswer {
            state: request.current,
            private: request.private,
        })
    }

    async fn plan(&self, request: Plan) -> Result<Planned, Problems> {
        of_data(&request.type_name)?;
        if request.proposed.is_null() {
            return Ok(Planned::new(Value::Null, Vec::new(), request.private));
        }
        Ok(data::plan(&request))
    }

    async fn apply(&self, request: Apply) -> Applied {
        Applied::done(data::apply(&request), request.private)
    }

    async fn import(&self, request: Import) -> Result<Vec<Imported>, Problems> {
        of_data(&request.type_name)?;
        Ok(vec![Imported {
            type_name: request.type_name,
            state: data::import(&request.id),
            private: Vec::new(),
        }])
    }

    async fn read_data(&self, type_name: &str, config: &Value) -> Result<Value, Problems> {
        let problems = remote::validate(config);
        if type_name != remote::NAME || !problems.is_empty() {
            return Err(problems);
        }
        let directory = self.directory.get().cloned().unwrap_or_default();
        remote::read(&directory, config).map_err(|p| vec![p])
    }

    /// It is nowhere but in the state, so what a change came to is worked out again.
    async fn lookup(&self, request: Lookup) -> Result<Found, Problems> {
        of_data(&request.type_name)?;
        if request.planned.is_null() {
            return Ok(Found::Nothing);
        }
        Ok(Found::Object(ReadAnswer {
            state: data::finished(&request.planned, &request.key),
            private: Vec::new(),
        }))
    }

    async fn stop(&self) {}
}
