//! A provider in memory with one resource type, `thing`, and a script of what goes wrong.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use situs::run::provider::Registry;
use situs::run::provider::registry::Available;
use situs_provider::{
    Applied, Apply, Attribute, Block, Configure, Found, Import, Imported, Lookup, Mode, Open, Opened, Plan, Planned,
    Problem, Problems, Provider, ProviderSchema, Read, ReadAnswer, Schema, Upgrade,
};
use situs_value::{Path, Type, Value};

/// What goes wrong with the next change of a thing.
#[derive(Clone, Debug)]
pub enum Wrong {
    /// It fails, and may be tried again.
    Passing,
    /// It fails for good, and nothing comes of it.
    Lasting,
    /// It is there, and an error is reported.
    HalfMade,
    /// The provider panics.
    Panics,
    /// It takes so long.
    Slow(u64),
    /// Something else than planned comes of it.
    Liar,
    /// No error, and no object.
    Nothing,
}

/// Whether what was interrupted can be found again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Memory {
    #[default]
    Keys,
    None,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    pub state: Value,
    pub key: String,
}

/// The world.
#[derive(Default)]
pub struct World {
    pub objects: BTreeMap<String, Object>,
    pub log: Vec<String>,
    pub script: BTreeMap<String, VecDeque<Wrong>>,
    pub memory: Memory,
    pub busy: usize,
    pub busiest: usize,
    pub planning: usize,
    pub most_planned: usize,
    pub refuses: Option<String>,
    pub plans_badly: bool,
}

#[derive(Clone, Default)]
pub struct Live(Arc<Mutex<World>>);

impl Live {
    pub fn lock(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap()
    }

    pub fn registry(&self) -> Registry {
        let live = self.clone();
        let make = Arc::new(move || Arc::new(Things(live.clone())) as Arc<dyn Provider>);
        Registry::new([Available::new("thing", "", make)])
    }

    /// So goes the next change of the thing of that name.
    pub fn next(&self, name: &str, wrong: Wrong) {
        self.lock().script.entry(name.to_owned()).or_default().push_back(wrong);
    }

    /// The calls since this was last asked.
    pub fn log(&self) -> Vec<String> {
        std::mem::take(&mut self.lock().log)
    }

    pub fn ids(&self) -> Vec<String> {
        self.lock().objects.keys().cloned().collect()
    }
}

struct Things(Live);

pub fn schema() -> Schema {
    let attribute = |ty, mode| Attribute::new(ty, mode, "");
    let attributes = [
        ("name", attribute(Type::String, Mode::Required)),
        ("kind", attribute(Type::String, Mode::Optional)),
        ("size", attribute(Type::Number, Mode::Optional)),
        ("needs", attribute(Type::String, Mode::Optional)),
        ("secret", attribute(Type::String, Mode::Optional).sensitive()),
        ("id", attribute(Type::String, Mode::Computed)),
        ("serial", attribute(Type::Number, Mode::Computed)),
    ];
    let attributes = attributes.into_iter().map(|(n, a)| (n.into(), a)).collect();
    let block = Block {
        attributes,
        ..Block::default()
    };
    Schema { version: 0, block }
}

fn text(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn with(value: &Value, name: &str, new: impl Into<Value>) -> Value {
    value.with(&Path::root().attr(name), &new.into())
}

fn id(state: &Value) -> String {
    format!("{}/{}", text(state, "name"), text(state, "kind"))
}

fn subject(request: &Apply) -> &Value {
    if request.planned.is_null() {
        &request.prior
    } else {
        &request.planned
    }
}

fn verb(request: &Apply) -> &'static str {
    match (request.prior.is_null(), request.planned.is_null()) {
        (true, _) => "create",
        (_, true) => "destroy",
        _ => "update",
    }
}

impl Things {
    fn change(&self, request: &Apply, wrong: Option<&Wrong>) -> Applied {
        let mut world = self.0.lock();
        let verb = verb(request);
        world.log.push(format!("{verb} {}", id(subject(request))));
        match wrong {
            Some(Wrong::Passing) => return Applied::failed(Problem::error("it is busy", "").passing(1)),
            Some(Wrong::Lasting) => return Applied::failed(Problem::error("it does not work", "it never did")),
            Some(Wrong::Nothing) => return Applied::done(Value::Null, Vec::new()),
            _ => {}
        }
        if verb == "destroy" {
            world.objects.remove(&text(&request.prior, "id"));
            return Applied::done(Value::Null, Vec::new());
        }
        let id = id(&request.planned);
        if verb == "create" && world.objects.get(&id).is_some_and(|o| o.key != request.key) {
            return Applied::failed(Problem::error(format!("there is a `{id}` already"), ""));
        }
        let serial = text(&request.planned, "name").len() as i64;
        let mut state = with(&request.planned, "id", id.as_str());
        state = with(&state, "serial", serial);
        if matches!(wrong, Some(Wrong::Liar)) {
            state = with(&state, "size", 666_i64);
        }
        let key = request.key.clone();
        world.objects.insert(
            id,
            Object {
                state: state.clone(),
                key,
            },
        );
        let limps = matches!(wrong, Some(Wrong::HalfMade));
        let problems = limps.then(|| Problem::error("it limps", "")).into_iter().collect();
        Applied {
            state: Some(state),
            private: b"p".to_vec(),
            problems,
            ..Applied::default()
        }
    }
}

#[async_trait]
impl Provider for Things {
    fn schema(&self) -> Arc<ProviderSchema> {
        Arc::new(ProviderSchema {
            resources: [("thing".into(), schema())].into(),
            data_sources: [("thing".into(), schema())].into(),
            ephemeral: [("thing".into(), schema())].into(),
            ..ProviderSchema::default()
        })
    }

    async fn validate_config(&self, _: &Value) -> Problems {
        Vec::new()
    }

    async fn configure(&self, _: Configure) -> Problems {
        let mut world = self.0.lock();
        world.log.push("configure".to_owned());
        world
            .refuses
            .iter()
            .map(|why| Problem::error(why.clone(), ""))
            .collect()
    }

    async fn validate_resource(&self, _: &str, config: &Value) -> Problems {
        let size = config.get("size").and_then(Value::as_number).and_then(|n| n.to_i64());
        let big = size.is_some_and(|n| n > 9000);
        let said = || Problem::error("it is too big", "").at(Path::root().attr("size"));
        let unlucky = size == Some(13);
        let warned = || Problem::warning("it brings bad luck", "");
        big.then(said).into_iter().chain(unlucky.then(warned)).collect()
    }

    async fn upgrade(&self, request: Upgrade) -> Result<Value, Problems> {
        Ok(request.state)
    }

    async fn read(&self, request: Read) -> Result<ReadAnswer, Problems> {
        let world = self.0.lock();
        let object = world.objects.get(&text(&request.current, "id"));
        let state = object.map_or(Value::Null, |o| o.state.clone());
        Ok(ReadAnswer {
            state,
            private: request.private,
        })
    }

    async fn plan(&self, request: Plan) -> Result<Planned, Problems> {
        {
            let mut world = self.0.lock();
            world.planning += 1;
            world.most_planned = world.most_planned.max(world.planning);
        }
        tokio::task::yield_now().await;
        self.0.lock().planning -= 1;
        let mut state = request.proposed.clone();
        if request.prior.is_null() {
            state = with(&state, "id", Value::unknown(Type::String));
            state = with(&state, "serial", Value::unknown(Type::Number));
        }
        if self.0.lock().plans_badly {
            state = with(&state, "size", 777_i64);
        }
        let fixed = ["name", "kind"].map(|n| Path::root().attr(n));
        let differs = |p: &Path| !request.prior.is_null() && request.prior.at(p) != state.at(p);
        let replace: Vec<Path> = fixed.into_iter().filter(differs).collect();
        Ok(Planned::new(state, replace, Vec::new()))
    }

    async fn apply(&self, request: Apply) -> Applied {
        let wrong = {
            let mut world = self.0.lock();
            world.busy += 1;
            world.busiest = world.busiest.max(world.busy);
            let script = world.script.get_mut(&text(subject(&request), "name"));
            script.and_then(VecDeque::pop_front)
        };
        if let Some(Wrong::Slow(millis)) = wrong {
            tokio::time::sleep(Duration::from_millis(millis)).await;
        }
        self.0.lock().busy -= 1;
        assert!(
            !matches!(wrong, Some(Wrong::Panics)),
            "a provider that panics, as the test wants it"
        );
        self.change(&request, wrong.as_ref())
    }

    async fn import(&self, _: Import) -> Result<Vec<Imported>, Problems> {
        Ok(Vec::new())
    }

    /// Nothing: a data source that breaks its word.
    async fn read_data(&self, _: &str, _: &Value) -> Result<Value, Problems> {
        Ok(Value::Null)
    }

    /// One that is called `hollow` has nothing in it, one that is called `sticky` does not close.
    async fn open(&self, request: Open) -> Result<Opened, Problems> {
        let name = text(&request.config, "name");
        self.0.lock().log.push(format!("open {name}"));
        let value = match name.as_str() {
            "hollow" => Value::Null,
            _ => with(&with(&request.config, "id", name.as_str()), "serial", 1_i64),
        };
        Ok(Opened {
            value,
            private: name.into_bytes(),
        })
    }

    async fn close(&self, _: &str, private: &[u8]) -> Problems {
        let name = String::from_utf8_lossy(private).into_owned();
        self.0.lock().log.push(format!("close {name}"));
        match name.as_str() {
            "sticky" => vec![Problem::error("it sticks", "")],
            _ => Vec::new(),
        }
    }

    async fn lookup(&self, request: Lookup) -> Result<Found, Problems> {
        let world = self.0.lock();
        if world.memory == Memory::None {
            return Ok(Found::CannotTell);
        }
        let found = world.objects.values().find(|o| o.key == request.key);
        Ok(match found {
            Some(object) => Found::Object(ReadAnswer {
                state: object.state.clone(),
                private: b"p".to_vec(),
            }),
            None => Found::Nothing,
        })
    }

    async fn stop(&self) {}
}
