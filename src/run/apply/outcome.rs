//! What came of a plan.

use std::collections::BTreeMap;

use situs_value::Value;

use crate::base::event::Event;
use crate::base::{Addr, Code, Diagnostic, Diagnostics};
use crate::run::plan::Counts;
use crate::run::plan::exec::OpKind;

use super::interpret::Applier;
use super::schedule::{Outcome, Ran};

/// A change that broke off.
pub const BROKE_OFF: Code = Code::new("E433", "a change that broke off");

/// What came of a plan.
#[derive(Clone, Debug, Default)]
pub struct Applied {
    /// How many of what was done.
    pub counts: Counts,
    /// What was not done, wholly or in part, and how that came.
    pub remaining: BTreeMap<Addr, Outcome>,
    /// The outputs as they are now; those of a plan that was carried out in part as far as they are known.
    pub outputs: BTreeMap<String, Value>,
    /// What went wrong.
    pub diagnostics: Diagnostics,
}

impl Applied {
    /// Whether everything was done.
    pub fn is_whole(&self) -> bool {
        self.remaining.is_empty() && !self.diagnostics.has_errors()
    }
}

impl Applier {
    /// Sums up, and tells what was not tried.
    pub(super) fn summary(&self, ran: &[Ran]) -> Applied {
        let mut remaining: BTreeMap<Addr, Ran> = BTreeMap::new();
        for (op, ran) in ran.iter().enumerate().filter(|(_, ran)| ran.outcome != Outcome::Done) {
            if let Some(addr) = self.addr_of(op) {
                let worst = remaining.entry(addr.clone()).or_insert(*ran);
                if gravity(ran.outcome) > gravity(worst.outcome) {
                    *worst = *ran;
                }
            }
        }
        for (addr, ran) in &remaining {
            self.tell(addr, *ran);
        }
        let mut progress = self.progress();
        Applied {
            counts: progress.counts,
            remaining: remaining.into_iter().map(|(addr, ran)| (addr, ran.outcome)).collect(),
            outputs: BTreeMap::new(),
            diagnostics: std::mem::take(&mut progress.diagnostics),
        }
    }

    fn tell(&self, addr: &Addr, ran: Ran) {
        let reason = match ran.outcome {
            Outcome::Done | Outcome::Failed => return,
            Outcome::Broken => return self.progress().diagnostics.push(broke_off(addr)),
            Outcome::Skipped => ran
                .cause
                .map_or_else(|| "something that it needs failed".to_owned(), |op| self.blame(op)),
            Outcome::Stopped if self.progress().halted => "the state cannot be written".to_owned(),
            Outcome::Stopped => "the run was stopped".to_owned(),
        };
        self.sink.emit(Event::Skipped {
            addr: addr.clone(),
            reason,
        });
    }

    fn blame(&self, op: usize) -> String {
        match (self.addr_of(op), self.plan.exec.ops.get(op).map(|o| &o.kind)) {
            (Some(addr), _) => format!("`{addr}` failed"),
            (None, Some(OpKind::OpenProvider { provider })) => format!("the provider `{provider}` cannot be had"),
            _ => "something that it needs failed".to_owned(),
        }
    }

    fn addr_of(&self, op: usize) -> Option<&Addr> {
        let change = self.plan.exec.ops.get(op)?.kind.change()?;
        self.plan.changes.get(change).map(|c| &c.addr)
    }
}

fn gravity(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Done => 0,
        Outcome::Stopped => 1,
        Outcome::Skipped => 2,
        Outcome::Failed => 3,
        Outcome::Broken => 4,
    }
}

fn broke_off(addr: &Addr) -> Diagnostic {
    Diagnostic::error(BROKE_OFF, format!("the change of `{addr}` broke off"))
        .note("this is a fault of its provider or of the engine; what it had begun is noted")
        .help("run `situs apply` again: it finds out what became of it")
        .about(addr)
}
