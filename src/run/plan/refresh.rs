//! Reads every kept object from its provider: the Prior State, and what changed outside (drift).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use situs_provider::{Provider, Read, ReadAnswer, Upgrade};
use situs_value::Value;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::base::event::{Event, Sink};
use crate::base::{Addr, Diagnostics};
use crate::run::provider::pool::diagnose;
use crate::run::provider::{Pool, retry};
use crate::run::state::{Record, Snapshot};

use super::change::Drift;
use super::marks;

/// What reading all objects brought.
#[derive(Default)]
pub struct Refreshed {
    /// The objects as they are, by address; those that are gone are absent.
    pub prior: BTreeMap<Addr, Record>,
    /// Those that were kept and are gone.
    pub gone: BTreeSet<Addr>,
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

/// The object as it is kept, brought to the schema of today; and as it is.
struct Seen {
    current: Value,
    version: u64,
    answer: ReadAnswer,
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
        let prior = snapshot.objects.clone();
        return (
            Refreshed {
                prior,
                ..Refreshed::default()
            },
            Diagnostics::new(),
        );
    }
    let mut diagnostics = Diagnostics::new();
    let providers = diagnostics.take(providers(snapshot, pool).await);
    let slots = Arc::new(Semaphore::new(parallelism.max(1)));
    let mut tasks = JoinSet::new();
    for (addr, record) in &snapshot.objects {
        let Some(provider) = providers.get(record.provider.as_str()).cloned() else {
            continue;
        };
        let (addr, record, slots, sink) = (addr.clone(), record.clone(), slots.clone(), sink.clone());
        tasks.spawn(async move {
            // The semaphore is never closed.
            let _slot = slots.acquire_owned().await;
            sink.emit(Event::RefreshStart { addr: addr.clone() });
            let seen = read(&*provider, &*sink, &addr, &record).await;
            sink.emit(Event::RefreshComplete { addr: addr.clone() });
            (addr, record, seen)
        });
    }
    let mut refreshed = Refreshed::default();
    // In the order of addresses, whatever came first.
    let answers: BTreeMap<Addr, _> = tasks
        .join_all()
        .await
        .into_iter()
        .map(|(a, r, s)| (a, (r, s)))
        .collect();
    for (addr, (record, seen)) in answers {
        match seen {
            Ok(seen) => refreshed.take(addr, record, seen),
            Err(errors) => diagnostics.append(errors),
        }
    }
    (refreshed, diagnostics)
}

/// The providers of all kept objects, each brought up once.
async fn providers(snapshot: &Snapshot, pool: &Pool) -> (BTreeMap<String, Arc<dyn Provider>>, Diagnostics) {
    let ids: BTreeSet<&str> = snapshot.objects.values().map(|r| r.provider.as_str()).collect();
    let mut diagnostics = Diagnostics::new();
    let mut providers = BTreeMap::new();
    for id in ids {
        match pool.open(id).await {
            Ok(provider) => {
                providers.insert(id.to_owned(), provider);
            }
            Err(errors) => diagnostics.append(errors),
        }
    }
    (providers, diagnostics)
}

async fn read(provider: &dyn Provider, sink: &dyn Sink, addr: &Addr, record: &Record) -> Result<Seen, Diagnostics> {
    let failed = |problems: Vec<_>| -> Diagnostics { problems.iter().map(|p| diagnose(p, addr, None)).collect() };
    let upgrade = Upgrade {
        type_name: record.type_name.clone(),
        version: record.schema_version,
        state: record.value.unmarked_deep(),
    };
    let current = retry::looking(sink, addr, || provider.upgrade(upgrade.clone()))
        .await
        .map_err(failed)?;
    let request = Read {
        type_name: record.type_name.clone(),
        current: current.clone(),
        private: record.private.clone(),
    };
    let answer = retry::looking(sink, addr, || provider.read(request.clone()))
        .await
        .map_err(failed)?;
    let schema = provider.schema();
    let version = schema
        .resources
        .get(record.type_name.as_str())
        .map_or(record.schema_version, |s| s.version);
    Ok(Seen {
        current,
        version,
        answer,
    })
}

impl Refreshed {
    fn take(&mut self, addr: Addr, mut record: Record, seen: Seen) {
        let answer = seen.answer;
        let after = marks::like(&answer.state, &record.value);
        record.schema_version = seen.version;
        if answer.state != seen.current {
            self.drift.push(Drift {
                addr: addr.clone(),
                before: marks::like(&seen.current, &record.value),
                after: after.clone(),
                schema_version: seen.version,
                private: answer.private.clone(),
            });
        }
        if answer.state.is_null() {
            self.gone.insert(addr);
        } else {
            record.value = after;
            record.private = answer.private;
            self.prior.insert(addr, record);
        }
    }
}
