//! Clears up what an interrupted run left. A begin entry without its end says that a provider was asked, or was about to be: only the
//! provider knows what came of it, and it is found again by the idempotency key that it was given.

use situs_provider::{Found, Lookup, Provider, Read, ReadAnswer};
use situs_value::Value;

use crate::base::event::{Action, Event, Sink};
use crate::base::{Addr, Code, Diagnostic, Diagnostics};
use crate::run::plan::marks;
use crate::run::provider::pool::diagnose;
use crate::run::provider::{Pool, retry};
use crate::run::state::journal::{Begun, Entry, Outcome};
use crate::run::state::{Record, Run, Snapshot, Status};

/// An interrupted change of which nobody can tell what became of it.
pub const CANNOT_TELL: Code = Code::new(
    "W400",
    "an interrupted change of which nobody can tell what became of it",
);

/// What became of one interrupted change.
struct Settled {
    entry: Entry,
    addr: Addr,
    how: &'static str,
    said: Option<Diagnostic>,
}

/// Settles everything that an interrupted run left open, before anything else is done. Errors: something is still open, and nothing
/// else may be done.
pub async fn settle(run: &Run, pool: &Pool, sink: &dyn Sink) -> Diagnostics {
    if run.with(|now| now.open.is_empty()) {
        return Diagnostics::new();
    }
    let (settled, mut diagnostics) = find_out(&run.snapshot(), pool, sink).await;
    if let Err(error) = run.commit(settled.iter().map(|s| s.entry.clone()).collect()).await {
        diagnostics.push(error.diagnostic());
        return diagnostics;
    }
    for one in settled {
        sink.emit(Event::Recovered {
            addr: one.addr,
            how: one.how.to_owned(),
        });
        diagnostics.extend(one.said);
    }
    diagnostics
}

/// The state as [`settle`] would leave it: what a plan starts from that may not write.
pub async fn settled(mut snapshot: Snapshot, pool: &Pool, sink: &dyn Sink) -> (Snapshot, Diagnostics) {
    if snapshot.open.is_empty() {
        return (snapshot, Diagnostics::new());
    }
    let (settled, mut diagnostics) = find_out(&snapshot, pool, sink).await;
    for one in settled {
        snapshot.fold(one.entry);
        diagnostics.extend(one.said);
    }
    (snapshot, diagnostics)
}

async fn find_out(snapshot: &Snapshot, pool: &Pool, sink: &dyn Sink) -> (Vec<Settled>, Diagnostics) {
    let mut settled = Vec::new();
    let mut diagnostics = Diagnostics::new();
    for (addr, aside, begun) in snapshot.interrupted() {
        let prior = snapshot.object(addr, aside);
        let case = Case {
            addr,
            begun,
            prior,
            sink,
        };
        match case.outcome(pool).await {
            Ok((outcome, how, said)) => {
                let entry = Entry::end(addr, aside, outcome);
                settled.push(Settled {
                    entry,
                    addr: addr.clone(),
                    how,
                    said,
                });
            }
            Err(errors) => diagnostics.append(errors),
        }
    }
    (settled, diagnostics)
}

type Answer = (Outcome, &'static str, Option<Diagnostic>);

/// One interrupted change.
struct Case<'a> {
    addr: &'a Addr,
    begun: &'a Begun,
    /// The object that the change started from.
    prior: Option<&'a Record>,
    sink: &'a dyn Sink,
}

impl Case<'_> {
    async fn outcome(&self, pool: &Pool) -> Result<Answer, Diagnostics> {
        let provider = pool.open(&self.begun.record.provider).await?;
        match self.begun.action {
            // Whether something is gone is seen by looking at it.
            Action::Delete => self.look(&*provider, &self.begun.record, Outcome::Failed).await,
            _ => self.made(&*provider).await,
        }
    }

    async fn made(&self, provider: &dyn Provider) -> Result<Answer, Diagnostics> {
        let record = &self.begun.record;
        let create = self.begun.action == Action::Create;
        let prior = self.prior.filter(|_| !create);
        let request = Lookup {
            type_name: record.type_name.clone(),
            key: self.begun.key.clone(),
            prior: prior.map_or(Value::Null, |r| r.value.unmarked_deep()),
            planned: record.value.unmarked_deep(),
        };
        let found = retry::looking(self.sink, self.addr, || provider.lookup(request.clone())).await;
        match (found.map_err(|p| self.failed(&p))?, prior) {
            (Found::Object(answer), _) if !answer.state.is_null() => Ok((
                Outcome::Saved(Box::new(self.adopted(provider, answer))),
                "adopted",
                None,
            )),
            // An object that was to be changed is still there, changed or not.
            (_, Some(prior)) => {
                let stands = Outcome::Saved(Box::new(prior.clone()));
                self.look(provider, prior, stands).await
            }
            (Found::CannotTell, None) => Ok(self.in_doubt()),
            (Found::Object(_) | Found::Nothing, None) => Ok((Outcome::Failed, "repeated", None)),
        }
    }

    /// Reads an object: gone, or `stands` with what was read.
    async fn look(&self, provider: &dyn Provider, record: &Record, stands: Outcome) -> Result<Answer, Diagnostics> {
        let request = Read {
            type_name: record.type_name.clone(),
            current: marks::known(&record.value.unmarked_deep()),
            private: record.private.clone(),
        };
        let answer = retry::looking(self.sink, self.addr, || provider.read(request.clone())).await;
        let answer = answer.map_err(|p| self.failed(&p))?;
        if answer.state.is_null() {
            return Ok((Outcome::Gone, "gone", None));
        }
        Ok(match stands {
            Outcome::Saved(prior) => {
                let value = marks::like(&marks::known(&answer.state), &prior.value);
                let seen = Record {
                    value,
                    private: answer.private,
                    ..*prior
                };
                (Outcome::Saved(Box::new(seen)), "adopted", None)
            }
            other => (other, "repeated", None),
        })
    }

    fn adopted(&self, provider: &dyn Provider, answer: ReadAnswer) -> Record {
        let record = &self.begun.record;
        let value = marks::like(&marks::known(&answer.state), &record.value);
        let schema = provider.schema();
        let value = match schema.resources.get(record.type_name.as_str()) {
            Some(schema) => marks::by_schema(&value, &schema.block),
            None => value,
        };
        Record {
            value,
            private: answer.private,
            status: Status::Ready,
            ..record.clone()
        }
    }

    /// An object that may be there. Where everything about it was known it is kept, to be looked at and made anew; else nothing could be
    /// done with what is kept.
    fn in_doubt(&self) -> Answer {
        let record = &self.begun.record;
        let kept = record.value.is_wholly_known();
        let said = Diagnostic::warning(CANNOT_TELL, format!("nobody can tell whether `{}` was made", self.addr))
            .note("the run that was to make it was interrupted, and its provider cannot find it again")
            .about(self.addr);
        if kept {
            let tainted = Record {
                status: Status::Tainted,
                ..record.clone()
            };
            let said = said.help("nothing needs to be done: it is looked at, and made anew");
            return (Outcome::Saved(Box::new(tainted)), "kept", Some(said));
        }
        let said = said.help("look whether it is there, and remove it: the next apply makes it again");
        (Outcome::Failed, "repeated", Some(said))
    }

    fn failed(&self, problems: &[situs_provider::Problem]) -> Diagnostics {
        problems.iter().map(|p| diagnose(p, self.addr, None)).collect()
    }
}
