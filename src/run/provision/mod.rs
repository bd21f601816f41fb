//! What is done on this machine or on a host when a resource was made, or before it is destroyed: `provisioner` blocks. `ssh` reaches
//! hosts through the machine's own `ssh` and `scp`, `process` runs programs and passes on what they print.
//!
//! What must stay true: what is sensitive in a provisioner's configuration keeps all that it prints out of sight; a resource whose
//! provisioner failed is in the state, and marked to be made anew.

mod connection;
mod kind;
mod process;
mod ssh;

use std::sync::Arc;

use situs_value::Value;

use crate::base::addr::Key;
use crate::base::event::{Event, Sink};
use crate::base::{Addr, Code, Diagnostic, Diagnostics};
use crate::lang::eval::Scope;
use crate::lang::eval::instance::{NoObjects, Objects};
use crate::lang::eval::provisioner::{OnFailure, Provisioner, When};
use crate::run::Cancel;

use connection::Connection;
use kind::Kind;
use process::{Voice, Why};

/// A provisioner that failed.
pub const FAILED: Code = Code::new("E522", "a provisioner that failed");
/// A provisioner that failed and may.
pub const PASSED_OVER: Code = Code::new("W071", "a provisioner that failed and may");

/// What provisioners are run for.
pub struct On<'a> {
    /// The resource.
    pub addr: &'a Addr,
    /// What names mean in them, `self` among them.
    pub scope: &'a Arc<Scope>,
    /// The other objects.
    pub objects: &'a dyn Objects,
    /// Where relative paths start.
    pub directory: &'a str,
    /// Who hears of it.
    pub sink: &'a dyn Sink,
    /// The wish to stop.
    pub cancel: &'a Cancel,
}

/// What is done before the objects of a block are destroyed, where no instance tells.
#[derive(Clone)]
pub struct Ending {
    /// Its provisioners.
    pub provisioners: Arc<[Provisioner]>,
    /// What names mean in its module.
    pub scope: Arc<Scope>,
}

impl Ending {
    /// What names mean for one object: `count` or `each` by its address, and `self`.
    pub fn scope_of(&self, addr: &Addr, object: &Value) -> Arc<Scope> {
        let key = addr.parts().resource.as_ref().and_then(|r| r.key.as_ref());
        let each = key.map(|key| match key {
            Key::Index(i) => ("count", Value::object([("index", Value::from(*i))])),
            Key::Name(name) => ("each", Value::object([("key", Value::String(name.clone()))])),
        });
        self.scope.child(each.into_iter().chain([("self", object.clone())]))
    }
}

/// What is wrong with a provisioner before anything is known.
pub fn check(provisioner: &Provisioner, scope: &Arc<Scope>) -> Diagnostics {
    let kind = match Kind::of(provisioner) {
        Ok(kind) => kind,
        Err(wrong) => return (*wrong).into(),
    };
    let mut said = provisioner.only_itself(scope);
    if said.has_errors() {
        return said;
    }
    let scope = scope.child([("self", Value::unknown_dynamic())]);
    let config = said.take(provisioner.config(kind.schema(), &scope, &NoObjects));
    let connection = said.take(provisioner.connection(connection::schema(), &scope, &NoObjects));
    if !said.has_errors() {
        said.extend(kind.wrong(&config, provisioner.span));
        if kind.is_remote() && connection.is_none() {
            said.push(connection::missing(provisioner.span));
        }
    }
    said
}

/// Runs those of this end of life, one after the other; stops at the first failure that counts.
pub async fn run(all: &[Provisioner], when: When, on: &On<'_>) -> Diagnostics {
    let mut said = Diagnostics::new();
    for provisioner in all.iter().filter(|p| p.when == when) {
        match (one(provisioner, on).await, provisioner.failure) {
            (Ok(()), _) => {}
            (Err(failed), OnFailure::Continue) => said.extend(failed.iter().map(passed_over)),
            (Err(failed), OnFailure::Fail) => {
                said.append(failed);
                return said;
            }
        }
    }
    said
}

fn passed_over(failed: &Diagnostic) -> Diagnostic {
    let mut warning = Diagnostic::warning(PASSED_OVER, failed.title.clone());
    warning.primary.clone_from(&failed.primary);
    warning.notes.clone_from(&failed.notes);
    warning.address.clone_from(&failed.address);
    warning.help("`on_failure = continue` says that this may be")
}

async fn one(provisioner: &Provisioner, on: &On<'_>) -> Result<(), Diagnostics> {
    let kind = Kind::of(provisioner).map_err(|wrong| Diagnostics::from(*wrong))?;
    let mut said = Diagnostics::new();
    let config = said.take(provisioner.config(kind.schema(), on.scope, on.objects));
    let reached = said.take(provisioner.connection(connection::schema(), on.scope, on.objects));
    said.extend(kind.wrong(&config, provisioner.span));
    if said.has_errors() {
        return Err(said);
    }
    let marks = config
        .marks_within()
        .or(reached.as_ref().map(Value::marks_within).unwrap_or_default());
    let hidden = !marks.is_none();
    let voice = Voice::new(on.sink, on.addr, kind.name(), hidden);
    voice.emit(Event::ProvisionStart {
        addr: on.addr.clone(),
        provisioner: kind.name().to_owned(),
    });
    let done = work(kind, &config, reached.as_ref(), on, &voice).await;
    let (addr, name) = (on.addr.clone(), kind.name().to_owned());
    match done {
        Ok(()) => {
            voice.emit(Event::ProvisionComplete {
                addr,
                provisioner: name,
            });
            Ok(())
        }
        Err(why) => {
            voice.emit(Event::ProvisionErrored {
                addr,
                provisioner: name,
            });
            Err(failed(provisioner, on, &voice, &voice.reason(why)))
        }
    }
}

async fn work(kind: Kind, config: &Value, reached: Option<&Value>, on: &On<'_>, voice: &Voice<'_>) -> Result<(), Why> {
    if !config.is_wholly_known() || reached.is_some_and(|c| !c.is_wholly_known()) {
        return Err(Why::plain("its configuration is still not wholly known"));
    }
    let config = config.unmarked_deep();
    let connection = match reached.filter(|_| kind.is_remote()) {
        Some(value) => Some(Connection::read(&value.unmarked_deep())?),
        None => None,
    };
    kind.run(&config, connection.as_ref(), on.directory, voice, on.cancel)
        .await
}

fn failed(provisioner: &Provisioner, on: &On<'_>, voice: &Voice<'_>, why: &str) -> Diagnostics {
    let title = format!("the provisioner `{}` of `{}` failed: {why}", provisioner.kind, on.addr);
    let said = Diagnostic::error(FAILED, title)
        .at(provisioner.span, "failed")
        .about(on.addr);
    let said = voice.tail().into_iter().fold(said, Diagnostic::note);
    let help = match provisioner.when {
        When::Create => {
            "the resource is there and is made anew by the next `situs apply`; `on_failure = continue` lets this pass"
        }
        When::Destroy => "the resource was not destroyed; `on_failure = continue` lets this pass",
    };
    said.help(help).into()
}
