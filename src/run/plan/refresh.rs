//! Reads every kept object from its provider: the Prior State, and what changed outside (drift).

use std::collections::BTreeMap;
use std::sync::Arc;

use situs_provider::{Provider, Read, ReadAnswer, Upgrade};
use situs_value::Value;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::base::event::{Event, Sink};
use crate::base::{Addr, Diagnostics};
use crate::run::provider::Pool;
use crate::run::provider::pool::diagnose;
use crate::run::state::record::{Record, Snapshot};

use super::change::Drift;
use super::marks;

/// What reading all objects brought.
#[derive(Default)]
pub struct Refreshed {
    /// The objects as they are, by address; those that are gone are absent.
    pub prior: BTreeMap<Addr, Record>,
    /// What changed outside.
    pub drift: Vec<Drift>,
}

/// Whether objects are read before planning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Refresh {
    /// They are.
    #[default]
    Read,
    /// The state is believed (`-refresh=false`).
    Believe,
}

/// Reads all objects of a snapshot, several at a time.
pub async fn refresh(
    snapshot: &Snapshot,
    pool: &Pool,
    sink: &Arc<dyn Sink>,
    parallelism: usize,
    mode: Refresh,
) -> (Refreshed, Diagnostics) {
    if mode == Refresh::Believe {
        return (Refreshed { prior: snapshot.objects.clone(), drift: Vec::new() }, Diagnostics::new());
    }
    let mut diagnostics = Diagnostics::new();
    let slots = Arc::new(Semaphore::new(parallelism.max(1)));
    let mut tasks: JoinSet<(Addr, Record, Result<(Value, ReadAnswer), Diagnostics>)> = JoinSet::new();
    for (addr, record) in &snapshot.objects {
        let provider = match pool.open(&record.provider.as_str().into()).await {
            Ok(provider) => provider,
            Err(errors) => {
                diagnostics.append(errors);
                continue;
            }
        };
        let (addr, record, slots, sink) = (addr.clone(), record.clone(), slots.clone(), sink.clone());
        tasks.spawn(async move {
            let _slot = slots.acquire_owned().await;
            sink.emit(Event::RefreshStart { addr: addr.clone() });
            let answer = read(&*provider, &addr, &record).await;
            sink.emit(Event::RefreshComplete { addr: addr.clone() });
            (addr, record, answer)
        });
    }
    let mut refreshed = Refreshed::default();
    let mut answers: BTreeMap<Addr, (Record, Result<(Value, ReadAnswer), Diagnostics>)> = BTreeMap::new();
    while let Some(done) = tasks.join_next().await {
        if let Ok((addr, record, answer)) = done {
            answers.insert(addr, (record, answer));
        }
    }
    for (addr, (record, answer)) in answers {
        match answer {
            Ok((current, answer)) => refreshed.take(addr, record, current, answer),
            Err(errors) => diagnostics.append(errors),
        }
    }
    (refreshed, dedup(diagnostics))
}

async fn read(
    provider: &dyn Provider,
    addr: &Addr,
    record: &Record,
) -> Result<(Value, ReadAnswer), Diagnostics> {
    let failed = |problems: Vec<_>| -> Diagnostics { problems.iter().map(|p| diagnose(p, addr, None)).collect() };
    let state = record.value.unmarked_deep();
    let upgrade = Upgrade { type_name: record.type_name.clone(), version: record.schema_version, state };
    let current = provider.upgrade(upgrade).await.map_err(failed)?;
    let request =
        Read { type_name: record.type_name.clone(), current: current.clone(), private: record.private.clone() };
    let answer = provider.read(request).await.map_err(failed)?;
    Ok((current, answer))
}

impl Refreshed {
    fn take(&mut self, addr: Addr, mut record: Record, current: Value, answer: ReadAnswer) {
        let after = marks::like(&answer.state, &record.value);
        if answer.state != current {
            let before = record.value.clone();
            let drift = Drift { addr: addr.clone(), before, after: after.clone(), private: answer.private.clone() };
            self.drift.push(drift);
        }
        if !answer.state.is_null() {
            record.value = after;
            record.private = answer.private;
            self.prior.insert(addr, record);
        }
    }
}

/// A provider that cannot be brought up is told once, not once per object.
fn dedup(diagnostics: Diagnostics) -> Diagnostics {
    let mut seen: Vec<crate::base::Diagnostic> = Vec::new();
    for diagnostic in diagnostics {
        if !seen.contains(&diagnostic) {
            seen.push(diagnostic);
        }
    }
    seen.into_iter().collect()
}
