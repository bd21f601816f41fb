//! A provider put to the test: an object is made, read, planned again, changed, imported and removed, and every answer is held to the
//! rules of the protocol. In the process of a test, or over a socket: whatever is a [`Provider`].
//!
//! Sources of the rules: [`situs_provider::contract`], and what follows from them: what was just made reads as what was made; the same
//! configuration plans nothing; what was kept comes back from an upgrade as it was; what was removed is gone.

use std::sync::Arc;

use situs_provider::attributes::with;
use situs_provider::contract::{check_plan, check_result};
use situs_provider::proposed::proposed_new;
use situs_provider::{
    Apply, Configure, Import, Lookup, Plan, Planned, Problem, Problems, Provider, Read, Schema, Severity, Upgrade,
};
use situs_value::{Type, Value, convert};

/// What did not hold, one sentence each.
pub type Faults = Vec<String>;

/// A configured provider on trial.
pub struct Trial {
    provider: Arc<dyn Provider>,
}

/// An object that was made.
#[derive(Clone, Debug)]
pub struct Made {
    /// Its resource type.
    pub type_name: String,
    /// What it is.
    pub state: Value,
    /// The provider's own bytes about it.
    pub private: Vec<u8>,
    /// What it was made by.
    config: Value,
}

/// How a change came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    /// There was nothing to do.
    Not,
    /// In place.
    InPlace,
    /// The object was removed, and another one made.
    Replaced,
}

impl Trial {
    /// Configures a provider. `config` may leave out what is optional.
    pub async fn begin(provider: Arc<dyn Provider>, config: Value, directory: &str) -> Result<Self, Faults> {
        let config = of_type(
            "the provider's configuration",
            &config,
            &provider.schema().provider.written(),
        )?;
        good("validate its configuration", &provider.validate_config(&config).await)?;
        let request = Configure {
            config,
            directory: directory.to_owned(),
        };
        good("take its configuration", &provider.configure(request).await)?;
        Ok(Self { provider })
    }

    /// What a resource type looks like.
    pub fn schema(&self, type_name: &str) -> Result<Schema, Faults> {
        let schema = self.provider.schema();
        let found = schema.resources.get(type_name).cloned();
        found.ok_or_else(|| vec![format!("there is no resource type `{type_name}`")])
    }

    /// What a configuration is whole: what is left out is null.
    pub fn whole(&self, type_name: &str, config: &Value) -> Result<Value, Faults> {
        let block = self.schema(type_name)?.block;
        let config = of_type("the configuration", config, &block.written())?;
        let unwritten = block
            .blocks
            .iter()
            .filter(|(name, _)| config.get(name).is_none_or(Value::is_null));
        Ok(unwritten.fold(config.clone(), |config, (name, nested)| {
            with(&config, name, nested.empty())
        }))
    }

    /// What the provider says against a configuration.
    pub async fn problems(&self, type_name: &str, config: &Value) -> Result<Problems, Faults> {
        let config = self.whole(type_name, config)?;
        Ok(self.provider.validate_resource(type_name, &config).await)
    }

    /// Plans a new object.
    pub async fn plan(&self, type_name: &str, config: &Value) -> Result<Planned, Faults> {
        let config = self.whole(type_name, config)?;
        self.planned("plan a new object", type_name, &Value::Null, &config, Vec::new())
            .await
    }

    /// Makes an object, and looks at it from all sides.
    pub async fn create(&self, type_name: &str, config: &Value) -> Result<Made, Faults> {
        let config = self.whole(type_name, config)?;
        let problems = self.provider.validate_resource(type_name, &config).await;
        good("validate the configuration", &problems)?;
        let made = self.carried_out(type_name, &Value::Null, &config, Vec::new()).await?;
        self.settled(&made).await?;
        Ok(made)
    }

    /// Gives an object another configuration.
    pub async fn change(&self, made: &mut Made, config: &Value) -> Result<Changed, Faults> {
        let config = self.whole(&made.type_name, config)?;
        let problems = self.provider.validate_resource(&made.type_name, &config).await;
        good("validate the changed configuration", &problems)?;
        let plan = "plan a change";
        let planned = self
            .planned(plan, &made.type_name, &made.state, &config, made.private.clone())
            .await?;
        let really = |path: &&situs_value::Path| made.state.at(path) != planned.state.at(path);
        if planned.replace.iter().any(|path| really(&path)) {
            self.remove(made).await?;
            *made = self
                .carried_out(&made.type_name, &Value::Null, &config, Vec::new())
                .await?;
            self.settled(made).await?;
            return Ok(Changed::Replaced);
        }
        if planned.state == made.state {
            return Ok(Changed::Not);
        }
        let private = std::mem::take(&mut made.private);
        *made = self.carried_out(&made.type_name, &made.state, &config, private).await?;
        self.settled(made).await?;
        Ok(Changed::InPlace)
    }

    /// The object as it is now; nothing where it is gone.
    pub async fn read(&self, made: &Made) -> Result<Option<Value>, Faults> {
        let request = Read {
            type_name: made.type_name.clone(),
            current: made.state.clone(),
            private: made.private.clone(),
        };
        let answer = self
            .provider
            .read(request)
            .await
            .map_err(|p| told("read an object", &p))?;
        Ok(Some(answer.state).filter(|state| !state.is_null()))
    }

    /// Reads a data source.
    pub async fn data(&self, type_name: &str, config: &Value) -> Result<Value, Faults> {
        let found = self.provider.read_data(type_name, config).await;
        let found = found.map_err(|p| told("read a data source", &p))?;
        match found.is_wholly_known() && !found.is_null() {
            true => Ok(found),
            false => Err(vec!["reads a data source, and does not know all of it".to_owned()]),
        }
    }

    /// Takes over an object by its id; null attributes of what it gives are those that it cannot find out.
    pub async fn import(&self, type_name: &str, id: &str) -> Result<Option<Made>, Faults> {
        let request = Import {
            type_name: type_name.to_owned(),
            id: id.to_owned(),
        };
        let all = self
            .provider
            .import(request)
            .await
            .map_err(|p| told("import an object", &p))?;
        let Some(found) = all.into_iter().find(|one| one.type_name == type_name) else {
            return Ok(None);
        };
        let mut made = Made {
            type_name: found.type_name,
            state: found.state,
            private: found.private,
            config: Value::Null,
        };
        let Some(state) = self.read(&made).await? else {
            return Ok(None);
        };
        made.state = state;
        Ok(Some(made))
    }

    /// What the provider finds by the key of a change.
    pub async fn lookup(&self, made: &Made, key: &str) -> Result<situs_provider::Found, Faults> {
        let request = Lookup {
            type_name: made.type_name.clone(),
            key: key.to_owned(),
            prior: Value::Null,
            planned: made.state.clone(),
        };
        let found = self.provider.lookup(request).await;
        found.map_err(|p| told("look up a change", &p))
    }

    /// Removes an object, and looks whether it is gone.
    pub async fn remove(&self, made: &Made) -> Result<(), Faults> {
        let (prior, type_name) = (&made.state, &made.type_name);
        let planned = self
            .planned("plan a removal", type_name, prior, &Value::Null, made.private.clone())
            .await?;
        let applied = self.apply(made, prior, planned, Value::Null).await;
        good("remove an object", &applied.problems)?;
        if applied.state.is_none_or(|state| !state.is_null()) {
            return Err(vec!["removes an object, and says that it is still there".to_owned()]);
        }
        match self.read(made).await? {
            Some(_) => Err(vec!["removes an object, and reads it all the same".to_owned()]),
            None => Ok(()),
        }
    }

    async fn apply(&self, made: &Made, prior: &Value, planned: Planned, config: Value) -> situs_provider::Applied {
        let request = Apply {
            type_name: made.type_name.clone(),
            prior: prior.clone(),
            planned: planned.state,
            config,
            private: planned.private,
            key: KEY.to_owned(),
        };
        self.provider.apply(request).await
    }

    async fn planned(
        &self,
        what: &str,
        type_name: &str,
        prior: &Value,
        config: &Value,
        private: Vec<u8>,
    ) -> Result<Planned, Faults> {
        let block = self.schema(type_name)?.block;
        let request = Plan {
            type_name: type_name.to_owned(),
            prior: prior.clone(),
            proposed: proposed_new(&block, prior, config),
            config: config.clone(),
            private,
        };
        let planned = self.provider.plan(request).await.map_err(|p| told(what, &p))?;
        let breaches = match planned.legacy {
            true => Vec::new(),
            false => check_plan(&block, prior, config, &planned.state),
        };
        let faults: Faults = breaches
            .iter()
            .map(|b| format!("is to {what}, and breaks the rules: `{}` {}", b.path, b.what))
            .collect();
        if faults.is_empty() { Ok(planned) } else { Err(faults) }
    }

    async fn carried_out(
        &self,
        type_name: &str,
        prior: &Value,
        config: &Value,
        private: Vec<u8>,
    ) -> Result<Made, Faults> {
        let planned = self.planned("plan a change", type_name, prior, config, private).await?;
        let mut made = Made {
            type_name: type_name.to_owned(),
            state: Value::Null,
            private: Vec::new(),
            config: config.clone(),
        };
        let will = planned.state.clone();
        let applied = self.apply(&made, prior, planned, config.clone()).await;
        good("carry out a change", &applied.problems)?;
        made.state = applied.state.unwrap_or(Value::Null);
        made.private = applied.private;
        if made.state.is_null() {
            return Err(vec!["carries out a change, and there is no object".to_owned()]);
        }
        let breaches = if applied.legacy {
            Vec::new()
        } else {
            check_result(&will, &made.state)
        };
        let faults: Faults = breaches
            .iter()
            .map(|b| format!("makes something else than it planned: `{}` {}", b.path, b.what))
            .collect();
        if faults.is_empty() { Ok(made) } else { Err(faults) }
    }

    /// That what was made stays what it is: read, upgraded, and planned again.
    async fn settled(&self, made: &Made) -> Result<(), Faults> {
        match self.read(made).await? {
            None => return Err(vec!["makes an object, and does not find it".to_owned()]),
            Some(state) => same("reads what it just made as something else", &made.state, &state)?,
        }
        let upgrade = Upgrade {
            type_name: made.type_name.clone(),
            version: self.schema(&made.type_name)?.version,
            state: made.state.clone(),
        };
        let upgraded = self.provider.upgrade(upgrade).await;
        let upgraded = upgraded.map_err(|p| told("upgrade what needs no upgrade", &p))?;
        same("changes what needs no upgrade", &made.state, &upgraded)?;
        let again = self
            .planned(
                "plan the same again",
                &made.type_name,
                &made.state,
                &made.config,
                made.private.clone(),
            )
            .await?;
        same("plans a change where nothing changed", &made.state, &again.state)
    }
}

/// The key of every change: the objects of a trial are told apart by their names.
pub const KEY: &str = "trial";

fn of_type(what: &str, value: &Value, ty: &Type) -> Result<Value, Faults> {
    convert(value, ty).map_err(|wrong| vec![format!("{what} is not of its schema: {wrong}")])
}

fn same(what: &str, expected: &Value, found: &Value) -> Result<(), Faults> {
    if expected == found {
        return Ok(());
    }
    let mut faults = Faults::new();
    let names = expected.attributes().into_iter().flatten().map(|(name, _)| name);
    for name in names {
        let (was, is) = (expected.get(name), found.get(name));
        if was != is {
            let show = |value: Option<&Value>| value.map_or_else(|| "nothing".to_owned(), shown);
            faults.push(format!("{what}: `{name}` is {} and was {}", show(is), show(was)));
        }
    }
    if faults.is_empty() {
        faults.push(what.to_owned());
    }
    Err(faults)
}

/// A value in a sentence. Not known, and kept out of sight, are said so.
fn shown(value: &Value) -> String {
    match value.unmarked() {
        Value::Null => "null".to_owned(),
        Value::String(text) => format!("{text:?}"),
        Value::Bool(truth) => truth.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Unknown(_) => "not known".to_owned(),
        other => other.friendly(),
    }
}

fn good(what: &str, problems: &[Problem]) -> Result<(), Faults> {
    match problems.iter().any(|p| p.severity == Severity::Error) {
        true => Err(told(what, problems)),
        false => Ok(()),
    }
}

fn told(what: &str, problems: &[Problem]) -> Faults {
    let one = |p: &Problem| {
        let place = p.path.as_ref().map(|path| format!(" (`{path}`)")).unwrap_or_default();
        let detail = if p.detail.is_empty() {
            String::new()
        } else {
            format!(": {}", p.detail)
        };
        format!("does not {what}: {}{place}{detail}", p.summary)
    };
    problems.iter().map(one).collect()
}
