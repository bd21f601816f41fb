//! Processes, files and directories on this machine (what the front calls; the whole crate replaces this file).

use std::sync::Arc;

use async_trait::async_trait;
use situs_provider::{
    Applied, Apply, Configure, Found, Import, Imported, Lookup, Plan, Planned, Problem, Problems, Provider,
    ProviderSchema, Read, ReadAnswer, Upgrade,
};
use situs_value::Value;

/// The runtime.
pub const RUNTIME: &str = "";

/// The supervisor.
pub fn supervise(_: &[String]) -> i32 {
    1
}

/// The provider.
pub fn provider() -> Arc<dyn Provider> {
    Arc::new(Missing)
}

struct Missing;

fn missing() -> Problem {
    Problem::error("not built yet", "")
}

#[async_trait]
impl Provider for Missing {
    fn schema(&self) -> Arc<ProviderSchema> {
        Arc::default()
    }
    async fn validate_config(&self, _: &Value) -> Problems {
        vec![missing()]
    }
    async fn configure(&self, _: Configure) -> Problems {
        vec![missing()]
    }
    async fn validate_resource(&self, _: &str, _: &Value) -> Problems {
        vec![missing()]
    }
    async fn upgrade(&self, _: Upgrade) -> Result<Value, Problems> {
        Err(vec![missing()])
    }
    async fn read(&self, _: Read) -> Result<ReadAnswer, Problems> {
        Err(vec![missing()])
    }
    async fn plan(&self, _: Plan) -> Result<Planned, Problems> {
        Err(vec![missing()])
    }
    async fn apply(&self, _: Apply) -> Applied {
        Applied::failed(missing())
    }
    async fn import(&self, _: Import) -> Result<Vec<Imported>, Problems> {
        Err(vec![missing()])
    }
    async fn read_data(&self, _: &str, _: &Value) -> Result<Value, Problems> {
        Err(vec![missing()])
    }
    async fn lookup(&self, _: Lookup) -> Result<Found, Problems> {
        Err(vec![missing()])
    }
    async fn stop(&self) {}
}
