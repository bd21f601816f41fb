//! Data sources: read while planning where all is known that they are asked for, else when apply comes to it.

use situs_provider::Provider;
use situs_value::Value;

use crate::base::event::{Action, Event};
use crate::base::{Code, Diagnostic, Diagnostics};
use crate::lang::eval::instance::Instance;
use crate::run::provider::pool::told;
use crate::run::provider::retry;
use situs_provider::proposed::unread;

use super::change::{Change, CreateBeforeDestroy, Reason};
use super::marks;
use super::planner::{Pending, Planner};

/// A data source that gives nothing, or something else than it says.
pub const BAD_DATA: Code = Code::new("E404", "a data source whose answer cannot be used");

/// A check that cannot read what it looks at.
pub const UNREAD: Code = Code::new("W051", "a check that cannot read what it looks at");

/// One data source on its way to what it holds.
pub(super) struct Reader<'a> {
    pub planner: &'a Planner<'a>,
    pub instance: &'a Instance,
    pub provider: &'a dyn Provider,
}

impl Reader<'_> {
    /// What it holds, or that it will be read.
    pub async fn change(&self, pending: &Pending) -> (Option<Change>, Diagnostics) {
        let mut said = self.instance.check_before(self.planner.objects);
        let config = said.take(self.instance.evaluate(self.planner.objects));
        if said.has_errors() {
            return (None, said);
        }
        let of_check = self.instance.of_check && !pending.is_empty();
        let waits = of_check || self.instance.awaits.iter().any(|addr| pending.has(addr));
        if waits || !config.is_wholly_known() {
            let block = &self.instance.schema.block;
            let later = marks::by_schema(&marks::like(&unread(block, &config), &config), block);
            let change = self.change_to(Action::Read, Value::Null, later);
            let reason = of_check.then_some(Reason::CheckNested);
            return (Some(Change { reason, ..change }), said);
        }
        self.planner.sink.emit(Event::RefreshStart {
            addr: self.instance.addr.clone(),
        });
        let read = read(self.instance, self.provider, &config, self.planner.sink).await;
        self.planner.sink.emit(Event::RefreshComplete {
            addr: self.instance.addr.clone(),
        });
        match read {
            Ok(value) => {
                said.append(self.instance.check_after(&value, self.planner.objects));
                (Some(self.change_to(Action::NoOp, value.clone(), value)), said)
            }
            Err(errors) => {
                said.append(errors);
                (None, said)
            }
        }
    }

    /// What is said of it: where it is read for a check, nothing of it is an error.
    pub fn loud_or_quiet(&self, said: Diagnostics) -> Diagnostics {
        match self.instance.of_check {
            true => quiet(said),
            false => said,
        }
    }

    fn change_to(&self, action: Action, before: Value, after: Value) -> Change {
        Change {
            addr: self.instance.addr.clone(),
            site: self.instance.site.clone(),
            provider: self.instance.provider.clone(),
            action,
            reason: None,
            before,
            after,
            replace: Vec::new(),
            private: Vec::new(),
            prior_private: Vec::new(),
            dependencies: self.instance.dependencies.clone(),
            prior_dependencies: Vec::new(),
            create_before_destroy: CreateBeforeDestroy::No,
            deposed: Vec::new(),
            key: self.planner.key(&self.instance.addr),
        }
    }
}

/// The same as warnings: what is read for a check stops nothing.
pub(crate) fn quiet(said: Diagnostics) -> Diagnostics {
    let one = |d: Diagnostic| {
        let title = format!("a check cannot read what it looks at: {}", d.title);
        let mut warning = Diagnostic::warning(UNREAD, title);
        warning.primary = d.primary;
        warning.notes = d.notes;
        warning.address = d.address;
        warning.help("the check is passed over; nothing else depends on it")
    };
    said.into_iter().map(one).collect()
}

/// What a data source holds, with the marks of its configuration and its schema.
pub(crate) async fn read(
    instance: &Instance,
    provider: &dyn Provider,
    config: &Value,
    sink: &dyn crate::base::event::Sink,
) -> Result<Value, Diagnostics> {
    let bare = config.unmarked_deep();
    let call = || provider.read_data(instance.type_name(), &bare);
    let answer = retry::looking(sink, &instance.addr, call)
        .await
        .map_err(|problems| -> Diagnostics {
            let one = |p| told(p, instance);
            problems.iter().map(one).collect()
        })?;
    if answer.is_null() || !answer.is_wholly_known() {
        let title = format!("the provider has no answer for `{}`", instance.addr);
        let said = Diagnostic::error(BAD_DATA, title).at(instance.span, "read here");
        return Err(said
            .help("this is a fault of the provider: tell those who make it")
            .into());
    }
    let block = &instance.schema.block;
    Ok(marks::by_schema(&marks::like(&answer, config), block))
}
