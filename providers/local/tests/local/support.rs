//! What the tests share: a small engine that plans and applies one resource as the real one does.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use situs_provider::{
    Applied, Apply, Configure, Found, Lookup, Plan, Planned, Problem, Provider, ProviderSchema, Read, Severity,
};
use situs_value::{Path as At, Value, convert};

/// A directory with a configured provider.
pub struct World {
    pub directory: tempfile::TempDir,
    pub provider: Arc<dyn Provider>,
}

impl World {
    pub async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let provider = configured(directory.path(), Value::Null).await;
        Self { directory, provider }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub fn resource(&self, type_name: &str) -> Resource {
        Resource {
            provider: self.provider.clone(),
            type_name: type_name.to_owned(),
            state: Value::Null,
            keys: 0,
        }
    }

    /// The directory of a process.
    pub fn home(&self, name: &str) -> PathBuf {
        self.path(".situs/sites/default/processes").join(name)
    }

    pub fn status(&self, name: &str) -> serde_json::Value {
        let bytes = std::fs::read(self.home(name).join("status.json")).unwrap_or_default();
        serde_json::from_slice(&bytes).unwrap_or_default()
    }

    pub fn supervisor(&self, name: &str) -> i64 {
        self.status(name)["supervisor"]["pid"].as_i64().unwrap()
    }

    pub fn child(&self, name: &str) -> i64 {
        self.status(name)["child"]["pid"].as_i64().unwrap()
    }

    pub fn log(&self, name: &str) -> String {
        std::fs::read_to_string(self.home(name).join("log")).unwrap_or_default()
    }
}

impl Drop for World {
    /// Whatever a failed test left behind goes with it.
    fn drop(&mut self) {
        kill_all(&self.directory.path().display().to_string());
    }
}

pub async fn configured(directory: &Path, root: Value) -> Arc<dyn Provider> {
    let program = env!("CARGO_BIN_EXE_situs-local-supervisor").to_owned();
    let provider = situs_local::provider_with(vec![program]);
    let config = Value::object([("root", root)]);
    let problems = provider
        .configure(Configure {
            config,
            directory: directory.display().to_string(),
        })
        .await;
    assert!(problems.is_empty(), "{problems:?}");
    provider
}

/// One resource and what the state holds of it.
pub struct Resource {
    pub provider: Arc<dyn Provider>,
    pub type_name: String,
    pub state: Value,
    pub keys: u32,
}

impl Resource {
    pub fn config(&self, attributes: &[(&str, Value)]) -> Value {
        let schema: Arc<ProviderSchema> = self.provider.schema();
        let block = &schema.resources[&*self.type_name].block;
        let given: BTreeMap<&str, &Value> = attributes.iter().map(|(n, v)| (*n, v)).collect();
        for name in given.keys() {
            assert!(block.attributes.contains_key(*name), "no attribute {name}");
        }
        Value::object(block.attributes.iter().map(|(name, a)| {
            let value = given.get(&**name).map_or(Value::Null, |v| convert(v, &a.ty()).unwrap());
            (name.clone(), value)
        }))
    }

    pub async fn read(&mut self) -> Value {
        let request = Read {
            type_name: self.type_name.clone(),
            current: self.state.clone(),
            private: Vec::new(),
        };
        self.state = self.provider.read(request).await.unwrap().state;
        self.state.clone()
    }

    /// What the engine makes of the prior state and the configuration, and what the provider makes of that.
    pub async fn plan(&self, config: &Value) -> Planned {
        let schema = self.provider.schema();
        let block = &schema.resources[&*self.type_name].block;
        let proposed = Value::object(block.attributes.iter().map(|(name, a)| {
            let given = config.get(name).unwrap().clone();
            let kept = given.is_null() && a.mode.is_computed() && !self.state.is_null();
            (
                name.clone(),
                if kept {
                    self.state.get(name).unwrap().clone()
                } else {
                    given
                },
            )
        }));
        let request = Plan {
            type_name: self.type_name.clone(),
            prior: self.state.clone(),
            proposed,
            config: config.clone(),
            private: Vec::new(),
        };
        let planned = self.provider.plan(request).await.unwrap();
        for (name, a) in block
            .attributes
            .iter()
            .filter(|(_, a)| !a.mode.is_computed() && !a.write_only)
        {
            assert_eq!(planned.state.get(name), config.get(name), "{name} {a:?}");
        }
        planned
    }

    /// The key of the next change.
    pub fn next_key(&self) -> String {
        format!("key-{}", self.keys + 1)
    }

    pub fn request(&mut self, planned: Value, config: Value) -> Apply {
        let key = self.next_key();
        self.keys += 1;
        Apply {
            key,
            type_name: self.type_name.clone(),
            prior: self.state.clone(),
            planned,
            config,
            private: Vec::new(),
        }
    }

    /// Plans and applies; what was planned as known must come out so.
    pub async fn apply(&mut self, attributes: &[(&str, Value)]) -> Result<Value, Vec<Problem>> {
        let config = self.config(attributes);
        let problems = self.provider.validate_resource(&self.type_name, &config).await;
        if !problems.is_empty() {
            return Err(problems);
        }
        let planned = self.plan(&config).await;
        let request = self.request(planned.state.clone(), config);
        let Applied { state, problems, .. } = self.provider.apply(request).await;
        self.state = state.unwrap_or_else(|| self.state.clone());
        if problems.iter().any(|p| p.severity == Severity::Error) {
            return Err(problems);
        }
        assert!(self.state.is_wholly_known(), "{:?}", self.state);
        for (name, value) in planned
            .state
            .attributes()
            .unwrap()
            .iter()
            .filter(|(_, v)| v.is_wholly_known())
        {
            assert_eq!(self.state.get(name), Some(value), "{name} is not as planned");
        }
        Ok(self.state.clone())
    }

    pub async fn destroy(&mut self) -> Vec<Problem> {
        let request = self.request(Value::Null, Value::Null);
        let answer = self.provider.apply(request).await;
        self.state = answer.state.unwrap_or_else(|| self.state.clone());
        answer.problems
    }

    pub async fn lookup(&self, key: &str, planned: Value) -> Found {
        let request = Lookup {
            type_name: self.type_name.clone(),
            key: key.to_owned(),
            prior: self.state.clone(),
            planned,
        };
        self.provider.lookup(request).await.unwrap()
    }

    /// Reads, and says whether a plan would change nothing.
    pub async fn is_settled(&mut self, attributes: &[(&str, Value)]) -> bool {
        self.read().await;
        let config = self.config(attributes);
        self.plan(&config).await.state == self.state
    }

    pub fn text(&self, name: &str) -> String {
        self.state
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    }

    pub fn pid(&self) -> i64 {
        self.state
            .get("pid")
            .and_then(Value::as_number)
            .and_then(|n| n.to_i64())
            .unwrap_or(0)
    }
}

pub fn at(name: &str) -> At {
    At::root().attr(name)
}

pub fn words(words: &[&str]) -> Value {
    Value::list(words.iter().map(Value::string))
}

pub fn table(entries: &[(&str, &str)]) -> Value {
    Value::map(entries.iter().map(|(k, v)| (*k, Value::string(v))))
}

/// A shell that runs this.
pub fn shell(script: &str) -> Value {
    words(&["sh", "-c", script])
}

pub fn kill(pid: i64, signal: &str) {
    assert!(try_kill(pid, signal), "kill {signal} {pid}");
}

/// Whether it was still there to be killed.
pub fn try_kill(pid: i64, signal: &str) -> bool {
    let mut command = std::process::Command::new("kill");
    command
        .args([signal, &pid.to_string()])
        .stderr(std::process::Stdio::null());
    command.status().unwrap().success()
}

/// The processes whose command line or environment has this text, but for supervisors.
pub fn processes_with(text: &str) -> Vec<i64> {
    all()
        .into_iter()
        .filter(|pid| is_about(*pid, text) && !cmdline(*pid).contains("--detached"))
        .collect()
}

fn all() -> Vec<i64> {
    std::fs::read_dir("/proc")
        .unwrap()
        .filter_map(|e| e.ok()?.file_name().to_str()?.parse().ok())
        .collect()
}

fn cmdline(pid: i64) -> String {
    let bytes = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&bytes).replace('\0', " ")
}

fn is_about(pid: i64, text: &str) -> bool {
    let environ = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    cmdline(pid).contains(text) || String::from_utf8_lossy(&environ).contains(text)
}

pub fn is_alive(pid: i64) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(')')
        .is_some_and(|(_, rest)| !rest.trim_start().starts_with('Z'))
}

fn kill_all(text: &str) {
    let own = i64::from(std::process::id());
    for round in [true, false] {
        for pid in all().into_iter().filter(|p| *p != own && cwd_or_about(*p, text)) {
            if round == cmdline(pid).contains("--detached") {
                let _ = std::process::Command::new("kill")
                    .args(["-9", &pid.to_string()])
                    .status();
            }
        }
    }
}

fn cwd_or_about(pid: i64, text: &str) -> bool {
    let cwd = std::fs::read_link(format!("/proc/{pid}/cwd")).unwrap_or_default();
    cwd.display().to_string().starts_with(text) || is_about(pid, text)
}

/// Waits until it holds.
pub fn eventually(what: &str, holds: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(20);
    while !holds() {
        assert!(Instant::now() < end, "never: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A port that is free now.
pub fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

pub fn number(n: u16) -> Value {
    Value::from(u64::from(n))
}
