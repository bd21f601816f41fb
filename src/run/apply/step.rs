//! One call that changes something: noted before, made, tried again where that can help, noted after.

use std::pin::pin;

use situs_provider::{Applied as Answer, Apply, Provider};
use situs_value::Value;
use tokio::time::{Duration, Instant, timeout};

use crate::base::Diagnostics;
use crate::base::digest::Digest;
use crate::base::event::{Action, Event};
use crate::run::plan::Change;
use crate::run::provider::retry;
use crate::run::state::Record;
use crate::run::state::journal::{Begun, Entry, Outcome as End};

use super::interpret::Applier;

/// How often a change that takes long says so.
const HEARTBEAT: Duration = Duration::from_secs(10);

/// A call on its way.
pub(super) struct Step<'a> {
    applier: &'a Applier,
    op: usize,
    change: &'a Change,
    action: Action,
    /// The key of the object, where it was put aside.
    aside: Option<String>,
    /// The idempotency key.
    pub key: String,
    /// Whether the end is already noted, as it then was.
    noted: bool,
    started: Instant,
}

impl<'a> Step<'a> {
    pub fn new(applier: &'a Applier, op: usize, change: &'a Change, action: Action, aside: Option<String>) -> Self {
        let key = key(
            &applier.run.with(|s| s.lineage.clone()),
            change,
            action,
            aside.as_deref(),
        );
        Self {
            applier,
            op,
            change,
            action,
            aside,
            key,
            noted: false,
            started: Instant::now(),
        }
    }

    /// Notes that a provider is about to be asked.
    pub async fn begin(&self, record: &Record) -> Result<(), Diagnostics> {
        let op = u64::try_from(self.op).unwrap_or(u64::MAX);
        let begun = Begun {
            op,
            action: self.action,
            key: self.key.clone(),
            record: record.clone(),
        };
        let entry = Entry::begin(&self.change.addr, self.aside.as_deref(), begun);
        self.applier.note(vec![entry], &self.change.addr).await?;
        self.emit(Event::ApplyStart {
            addr: self.change.addr.clone(),
            action: self.action,
        });
        Ok(())
    }

    /// Asks the provider, again where it calls its failure passing and nobody wishes to stop.
    pub async fn call(&self, provider: &dyn Provider, request: Apply) -> Answer {
        let mut attempt = 1;
        loop {
            let answer = self.once(provider, request.clone()).await;
            let pause = retry::wait(&answer.problems, attempt).filter(|_| !self.applier.cancel.is_stopping());
            let Some(pause) = pause else { return answer };
            retry::tell(&*self.applier.sink, &self.change.addr, attempt, pause, &answer.problems);
            self.applier.cancel.wait(pause).await;
            if self.applier.cancel.is_stopping() {
                return answer;
            }
            attempt += 1;
        }
    }

    async fn once(&self, provider: &dyn Provider, request: Apply) -> Answer {
        let mut call = pin!(provider.apply(request));
        loop {
            match timeout(HEARTBEAT, &mut call).await {
                Ok(answer) => return answer,
                Err(_) => self.emit(Event::ApplyProgress {
                    addr: self.change.addr.clone(),
                    action: self.action,
                    elapsed_seconds: self.started.elapsed().as_secs(),
                }),
            }
        }
    }

    /// Notes what is made, before all that belongs to it is done.
    pub async fn made(&mut self, record: &Record) -> Result<(), Diagnostics> {
        let end = Entry::end(
            &self.change.addr,
            self.aside.as_deref(),
            End::Saved(Box::new(record.clone())),
        );
        self.applier.note(vec![end], &self.change.addr).await?;
        self.applier.objects.set(&self.change.addr, record.value.clone());
        self.noted = true;
        Ok(())
    }

    /// Leaves it open: nobody knows what came of it, and the next run looks into it before it does anything else.
    pub fn unanswered(self, said: Diagnostics) -> Diagnostics {
        self.emit(Event::ApplyErrored {
            addr: self.change.addr.clone(),
            action: self.action,
            elapsed_millis: self.elapsed_millis(),
        });
        said
    }

    fn elapsed_millis(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Notes what came of it, and says so. Errors among `said` make it a failure.
    pub async fn end(self, end: End, said: Diagnostics) -> Result<(), Diagnostics> {
        let id = match &end {
            End::Saved(record) => id(record),
            End::Gone | End::Failed => None,
        };
        match &end {
            End::Saved(record) if self.aside.is_none() => {
                self.applier.objects.set(&self.change.addr, record.value.clone());
            }
            _ => {}
        }
        let noted = self.applier.note(self.entries(end), &self.change.addr).await;
        let elapsed_millis = self.elapsed_millis();
        let (addr, action) = (self.change.addr.clone(), self.action);
        if said.has_errors() || noted.is_err() {
            self.emit(Event::ApplyErrored {
                addr,
                action,
                elapsed_millis,
            });
            let mut all = said;
            all.extend(noted.err().into_iter().flatten());
            return Err(all);
        }
        let mut progress = self.applier.progress();
        progress.counts.count(action);
        progress.diagnostics.append(said);
        drop(progress);
        self.emit(Event::ApplyComplete {
            addr,
            action,
            elapsed_millis,
            id,
        });
        Ok(())
    }

    /// The end; and where a new object should have replaced one that was put aside and is not there, the old one gets its place back.
    fn entries(&self, end: End) -> Vec<Entry> {
        let addr = &self.change.addr;
        let comes_back =
            end == End::Failed && self.action == Action::Create && self.change.action == Action::CreateDelete;
        let end = match end {
            End::Saved(record) if self.noted => Entry::Note {
                addr: addr.clone(),
                record: Some(record),
            },
            end => Entry::end(addr, self.aside.as_deref(), end),
        };
        let mut entries = vec![end];
        if comes_back {
            entries.push(Entry::Restore {
                addr: addr.clone(),
                key: self.change.key.clone(),
            });
        }
        entries
    }

    fn emit(&self, event: Event) {
        self.applier.sink.emit(event);
    }
}

/// The same for the same plan of the same state, and for nothing else.
fn key(lineage: &str, change: &Change, action: Action, aside: Option<&str>) -> String {
    let verb = if action == Action::Delete { "destroy" } else { "make" };
    let digest = Digest::of_parts([lineage, &change.key, verb, aside.unwrap_or_default()]).to_string();
    digest.chars().skip("blake3:".len()).take(32).collect()
}

/// The object's id, where it has one that may be seen.
fn id(record: &Record) -> Option<String> {
    let id = record.value.get("id").filter(|id| !id.is_sensitive())?;
    match id {
        Value::Number(number) => Some(number.to_string()),
        other => other.as_str().map(str::to_owned),
    }
}
