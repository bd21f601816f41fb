//! What is never kept, by `ephemeral` blocks: opened while planning where all is known that it is asked for, and once more by apply before it is
//! needed; closed when the work is done. Its values are in neither plan nor state.

use std::sync::{Mutex, PoisonError};

use situs_provider::Open;
use situs_value::{Marks, Value};
use tokio::time::Instant;

use crate::base::event::{Action, Event, Sink};
use crate::base::{Addr, Code, Diagnostic, Diagnostics};
use crate::lang::eval::instance::{Instance, Objects};
use crate::run::provider::pool::told;
use crate::run::provider::{Pool, retry};

use super::marks;

/// An ephemeral resource whose answer cannot be used.
pub const BAD_OPEN: Code = Code::new("E405", "an ephemeral resource whose answer cannot be used");

/// Those that are open.
#[derive(Default)]
pub struct Opened {
    all: Mutex<Vec<One>>,
}

struct One {
    addr: Addr,
    provider: String,
    type_name: String,
    private: Vec<u8>,
}

impl Opened {
    /// Opens one. Its value, which is never kept; unknown where what it is asked for is not known yet.
    pub async fn open(
        &self,
        pool: &Pool,
        instance: &Instance,
        objects: &dyn Objects,
        sink: &dyn Sink,
    ) -> Result<Value, Diagnostics> {
        let mut said = instance.check_before(objects);
        let config = said.take(instance.evaluate(objects));
        if said.has_errors() {
            return Err(said);
        }
        if !config.is_wholly_known() {
            return Ok(Value::unknown(instance.schema.block.ty()).marked(Marks::EPHEMERAL));
        }
        let value = self.now(pool, instance, &config, sink).await?;
        let said = instance.check_after(&value, objects);
        if said.has_errors() { Err(said) } else { Ok(value) }
    }

    async fn now(
        &self,
        pool: &Pool,
        instance: &Instance,
        config: &Value,
        sink: &dyn Sink,
    ) -> Result<Value, Diagnostics> {
        let provider = pool.open(&instance.provider).await?;
        let (addr, action) = (instance.addr.clone(), Action::Open);
        sink.emit(Event::ApplyStart {
            addr: addr.clone(),
            action,
        });
        let started = Instant::now();
        let ask = Open {
            type_name: instance.type_name().to_owned(),
            config: config.unmarked_deep(),
        };
        let call = || provider.open(ask.clone());
        let opened = retry::looking(sink, &addr, call)
            .await
            .map_err(|problems| -> Diagnostics {
                let one = |p| told(p, instance);
                problems.iter().map(one).collect()
            })?;
        let one = One {
            addr: addr.clone(),
            provider: instance.provider.to_string(),
            type_name: ask.type_name,
            private: opened.private,
        };
        self.all.lock().unwrap_or_else(PoisonError::into_inner).push(one);
        if opened.value.is_null() || !opened.value.is_wholly_known() {
            let title = format!("the provider has no answer for `{addr}`");
            let said = Diagnostic::error(BAD_OPEN, title).at(instance.span, "opened here");
            return Err(said
                .help("this is a fault of the provider: tell those who make it")
                .into());
        }
        sink.emit(Event::ApplyComplete {
            addr,
            action,
            elapsed_millis: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
            id: None,
        });
        let value = marks::by_schema(&marks::like(&opened.value, config), &instance.schema.block);
        Ok(value.marked(Marks::EPHEMERAL))
    }

    /// Closes all, the last one first. What goes wrong is a warning: nothing depends on it any more.
    pub async fn close(&self, pool: &Pool) -> Diagnostics {
        let all = std::mem::take(&mut *self.all.lock().unwrap_or_else(PoisonError::into_inner));
        let mut said = Diagnostics::new();
        for one in all.into_iter().rev() {
            let Ok(provider) = pool.open(&one.provider).await else {
                continue;
            };
            let problems = provider.close(&one.type_name, &one.private).await;
            said.extend(problems.iter().map(|problem| {
                let title = format!("`{}` could not be closed: {}", one.addr, problem.summary);
                let warning = Diagnostic::warning(NOT_CLOSED, title).about(&one.addr);
                warning.help("it ends by itself, or has to be ended where it comes from")
            }));
        }
        said
    }
}

/// An ephemeral resource that cannot be closed.
pub const NOT_CLOSED: Code = Code::new("W052", "an ephemeral resource that cannot be closed");
