//! What a resource type does, on structs; and the same on values, as the calls of a provider want it.

use std::fmt::Display;

use async_trait::async_trait;
use situs_provider::attributes::Check;
use situs_provider::schema::Schema;
use situs_provider::{Applied, Apply, Found, Lookup, Plan, Planned, Problem, Problems, ReadAnswer};
use situs_value::Value;

use super::object::{self, Line, Object, left_open};

/// A resource type. [`Resource::State`] is its schema.
#[async_trait]
pub trait Resource: Send + Sync + 'static {
    /// What is connected to.
    type Client: Send + Sync + 'static;
    /// What one object looks like.
    type State: Object + Clone + 'static;

    /// Counts up when [`Resource::upgrade`] has something to do.
    const VERSION: u64 = 0;

    /// Looks at a configuration; any field may be unknown. Done again with all of it known before anything is carried out.
    fn validate(&self, _config: &Self::State, _check: &mut Check) {}

    /// Has its say on a plan: `planned` holds what is configured, the defaults, and what only the provider sets, as it was before or,
    /// where there is nothing before, unknown. What it writes into fields that are configured is not taken.
    async fn plan(
        &self,
        _client: &Self::Client,
        _plan: Planning<'_, Self::State>,
        _planned: &mut Self::State,
    ) -> Result<(), Problems> {
        Ok(())
    }

    /// Makes the object. What it gives has nothing unknown in it.
    async fn create(
        &self,
        client: &Self::Client,
        planned: Self::State,
        ask: Ask<'_, Self::State>,
    ) -> Result<Self::State, Failure<Self::State>>;

    /// The object as it is; nothing where it is gone.
    async fn read(&self, client: &Self::Client, current: Self::State) -> Result<Option<Self::State>, Problems>;

    /// Changes the object in place. Without this, every attribute that is set has to be one that replaces it.
    async fn update(
        &self,
        _client: &Self::Client,
        _prior: Self::State,
        _planned: Self::State,
        _ask: Ask<'_, Self::State>,
    ) -> Result<Self::State, Failure<Self::State>> {
        Err(Problem::error("this cannot be changed in place", "This is a fault of the provider.").into())
    }

    /// Removes the object. One that is gone already is no error.
    async fn delete(&self, client: &Self::Client, prior: Self::State) -> Result<(), Problems>;

    /// What is known of the object with this id, enough for [`Resource::read`], which follows; nothing where there is none.
    async fn import(&self, _client: &Self::Client, _id: &str) -> Result<Option<Self::State>, Problems> {
        Err(vec![Problem::error("this resource type cannot be imported", "")])
    }

    /// What became of a change of which nobody knows whether it was carried out.
    async fn lookup(
        &self,
        _client: &Self::Client,
        _sought: Sought<Self::State>,
    ) -> Result<Looked<Self::State>, Problems> {
        Ok(Looked::CannotTell)
    }

    /// Brings an object that was kept under an older schema to this one.
    fn upgrade(&self, _version: u64, state: Value) -> Result<Value, Problems> {
        Ok(state)
    }
}

/// A data source. [`Data::State`] is its schema.
#[async_trait]
pub trait Data: Send + Sync + 'static {
    /// What is connected to.
    type Client: Send + Sync + 'static;
    /// What is asked for, and what is found.
    type State: Object + Clone + 'static;

    /// Finds what is asked for.
    async fn read(&self, client: &Self::Client, config: Self::State) -> Result<Self::State, Problems>;
}

/// What goes with a plan.
#[derive(Clone, Copy, Debug)]
pub struct Planning<'a, S> {
    /// What is there; nothing where there is none.
    pub prior: Option<&'a S>,
    /// What is configured, with what is write-only.
    pub config: &'a S,
}

/// What goes with a change.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a, S> {
    /// Names it: the same key twice makes one object.
    pub key: &'a str,
    /// What is configured, with what is write-only.
    pub config: &'a S,
}

/// See [`Resource::lookup`].
#[derive(Clone, Debug)]
pub struct Sought<S> {
    /// Names the change.
    pub key: String,
    /// What was there before.
    pub prior: Option<S>,
    /// What was to be there.
    pub planned: Option<S>,
}

/// What became of a change.
#[derive(Clone, Debug)]
pub enum Looked<S> {
    /// This object came of it.
    Object(Box<S>),
    /// Nothing did.
    Nothing,
    /// Nobody knows.
    CannotTell,
}

/// A change that went wrong.
#[derive(Clone, Debug)]
pub struct Failure<S> {
    /// What is there all the same: it is kept, so that nothing is lost.
    pub made: Option<S>,
    /// What went wrong.
    pub problems: Problems,
}

impl<S> Failure<S> {
    /// Something went wrong, and this is there all the same.
    pub fn after(made: S, problems: Problems) -> Self {
        Self {
            made: Some(made),
            problems,
        }
    }
}

impl<S> From<Problem> for Failure<S> {
    fn from(problem: Problem) -> Self {
        vec![problem].into()
    }
}

impl<S> From<Problems> for Failure<S> {
    fn from(problems: Problems) -> Self {
        Self { made: None, problems }
    }
}

/// What could not be done, and what was said to that: for `map_err`.
pub fn said<E: Display>(what: &str) -> impl FnOnce(E) -> Problems {
    move |error| vec![Problem::error(format!("cannot {what}"), error.to_string())]
}

/// A resource type on values.
#[async_trait]
pub(super) trait Erased<C>: Send + Sync {
    fn schema(&self) -> Schema;
    fn validate(&self, config: &Value) -> Problems;
    fn upgrade(&self, version: u64, state: Value) -> Result<Value, Problems>;
    async fn plan(&self, client: &C, request: Plan) -> Result<Planned, Problems>;
    async fn read(&self, client: &C, current: &Value) -> Result<Value, Problems>;
    async fn apply(&self, client: &C, request: Apply) -> Applied;
    async fn import(&self, client: &C, id: &str) -> Result<Option<Value>, Problems>;
    async fn lookup(&self, client: &C, request: Lookup) -> Result<Found, Problems>;
}

/// A resource type with its schema at hand.
pub(super) struct Typed<R> {
    resource: R,
    lines: Vec<Line>,
}

impl<R: Resource> Typed<R> {
    pub fn new(resource: R) -> Self {
        Self {
            resource,
            lines: R::State::lines(),
        }
    }

    /// An object as it is kept: without what is never kept.
    fn kept(&self, state: &R::State) -> Value {
        object::kept(&self.lines, &state.to_object())
    }

    async fn carry_out(&self, client: &R::Client, request: &Apply) -> Result<Value, Failure<R::State>> {
        let (prior, planned) = (some::<R::State>(&request.prior), some::<R::State>(&request.planned));
        let config = R::State::from_object(&request.config);
        let ask = Ask {
            key: &request.key,
            config: &config,
        };
        let state = match (prior, planned) {
            (None, Some(planned)) => self.resource.create(client, planned, ask).await?,
            (Some(prior), Some(planned)) => self.resource.update(client, prior, planned, ask).await?,
            (Some(prior), None) => {
                self.resource.delete(client, prior).await?;
                return Ok(Value::Null);
            }
            (None, None) => return Ok(Value::Null),
        };
        Ok(self.kept(&state))
    }
}

fn some<S: Object>(value: &Value) -> Option<S> {
    (!value.is_null()).then(|| S::from_object(value))
}

#[async_trait]
impl<R: Resource> Erased<R::Client> for Typed<R> {
    fn schema(&self) -> Schema {
        object::schema::<R::State>(R::VERSION)
    }

    fn validate(&self, config: &Value) -> Problems {
        let mut check = Check::default();
        self.resource.validate(&R::State::from_object(config), &mut check);
        check.0
    }

    fn upgrade(&self, version: u64, state: Value) -> Result<Value, Problems> {
        self.resource.upgrade(version, state)
    }

    async fn plan(&self, client: &R::Client, request: Plan) -> Result<Planned, Problems> {
        let start = object::planned(&self.lines, &request.prior, &request.proposed, &request.config);
        let mut typed = R::State::from_object(&start);
        let (prior, config) = (some::<R::State>(&request.prior), R::State::from_object(&request.config));
        let plan = Planning {
            prior: prior.as_ref(),
            config: &config,
        };
        self.resource.plan(client, plan, &mut typed).await?;
        let decided = typed.to_object();
        let open = self.lines.iter().filter(|line| left_open(line, &request.config));
        let state = open.fold(start, |state, line| {
            let value = decided.get(line.name).cloned().unwrap_or_default();
            situs_provider::attributes::with(&state, line.name, value)
        });
        let state = object::kept(&self.lines, &state);
        Ok(Planned::new(state, object::replaces(&self.lines), Vec::new()))
    }

    async fn read(&self, client: &R::Client, current: &Value) -> Result<Value, Problems> {
        let state = self.resource.read(client, R::State::from_object(current)).await?;
        Ok(state.map_or(Value::Null, |state| self.kept(&state)))
    }

    async fn apply(&self, client: &R::Client, request: Apply) -> Applied {
        let wrong = match request.planned.is_null() {
            true => Vec::new(),
            false => self.validate(&request.config),
        };
        if !wrong.is_empty() {
            return Applied {
                problems: wrong,
                ..Applied::default()
            };
        }
        match self.carry_out(client, &request).await {
            Ok(state) => Applied::done(state, Vec::new()),
            Err(failure) => Applied {
                state: failure.made.map(|state| self.kept(&state)),
                problems: failure.problems,
                ..Applied::default()
            },
        }
    }

    async fn import(&self, client: &R::Client, id: &str) -> Result<Option<Value>, Problems> {
        let state = self.resource.import(client, id).await?;
        Ok(state.map(|state| self.kept(&state)))
    }

    async fn lookup(&self, client: &R::Client, request: Lookup) -> Result<Found, Problems> {
        let sought = Sought {
            key: request.key,
            prior: some(&request.prior),
            planned: some(&request.planned),
        };
        Ok(match self.resource.lookup(client, sought).await? {
            Looked::Object(state) => Found::Object(ReadAnswer {
                state: self.kept(&state),
                private: Vec::new(),
            }),
            Looked::Nothing => Found::Nothing,
            Looked::CannotTell => Found::CannotTell,
        })
    }
}

/// A data source on values.
#[async_trait]
pub(super) trait ErasedData<C>: Send + Sync {
    fn schema(&self) -> Schema;
    async fn read(&self, client: &C, config: &Value) -> Result<Value, Problems>;
}

/// A data source.
pub(super) struct TypedData<D>(pub D);

#[async_trait]
impl<D: Data> ErasedData<D::Client> for TypedData<D> {
    fn schema(&self) -> Schema {
        object::schema::<D::State>(0)
    }

    async fn read(&self, client: &D::Client, config: &Value) -> Result<Value, Problems> {
        let found = self.0.read(client, D::State::from_object(config)).await?;
        Ok(found.to_object())
    }
}
