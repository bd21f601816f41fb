//! From a configuration to decided intent: everything has its site, the law has been asked, and runtimes have made resources of it. No
//! provider has been called up to here.

use crate::base::{Code, Diagnostic, Diagnostics};
use crate::model::assignment::{Assignment, Thing};
use crate::model::placement::{self, Move, Placement};
use crate::model::residency::{self, Realised, State, Verdict};
use crate::run::lower::{self, Lowered};

use super::{Assumptions, Loaded, Ports};

/// Assumptions that `-no-assumptions` refuses.
pub const ASSUMED: Code = Code::new("W046", "a verdict that rests on assumptions, with `-no-assumptions`");

/// Something asked for that placement does not look at.
pub const NOT_LOOKED_AT: Code = Code::new("W045", "something asked for that placement does not look at");

/// Decided intent.
pub struct Intent {
    /// Where everything is, and why.
    pub placement: Placement,
    /// Whether the law holds.
    pub verdict: Verdict,
    /// The resources of it.
    pub lowered: Lowered,
}

/// Decides. `today` is where things are now. Without a placement there is no intent, and the messages say why; a verdict that is not
/// proved is an intent all the same, for those who want to look at it.
pub fn decide(
    ports: &Ports,
    loaded: &Loaded,
    today: &Assignment,
    assumptions: Assumptions,
) -> (Option<Intent>, Diagnostics) {
    let shape = &loaded.config.shape;
    let (placement, mut diagnostics) = placement::place(shape, &loaded.legal, today);
    let unseen = |note: &String| {
        let said = Diagnostic::warning(NOT_LOOKED_AT, note.clone());
        said.help("look at the placement yourself: it is in the plan")
    };
    diagnostics.extend(placement.notes.iter().map(unseen));
    let realised = Realised {
        by_site: loaded.config.realised_by_site(),
    };
    let mut verdict = residency::check(shape, &placement.assignment, &realised);
    verdict.assumptions.extend(unmoved(&placement.moves, &realised));
    diagnostics.append(std::mem::take(&mut verdict.lints));
    if diagnostics.has_errors() {
        // Something has no place; what is pinned where the law forbids it is told all the same.
        diagnostics.extend(verdict.findings.into_iter().map(|f| f.diagnostic));
        return (None, diagnostics);
    }
    if assumptions == Assumptions::Refused && !verdict.assumptions.is_empty() {
        diagnostics.push(assumed(&verdict.assumptions));
        if verdict.state == State::Proved {
            verdict.state = State::NotProvable;
        }
    }
    let lowered = diagnostics.take(lower::lower(&loaded.config, &placement.assignment, &ports.registry));
    let intent = Intent {
        placement,
        verdict,
        lowered,
    };
    (Some(intent), diagnostics)
}

/// Data that is to be on another site than today, where no runtime brings it there and nobody says that nothing stays behind.
fn unmoved(moves: &[Move], realised: &Realised) -> Vec<String> {
    let one = |m: &Move| {
        let (Thing::Dataset(_), Some(from), Some(to)) = (&m.thing, &m.from, &m.to) else {
            return None;
        };
        let idle = [from, to].into_iter().filter(|site| !realised.at(site, "moves"));
        let idle: Vec<&str> = idle.map(|site| &**site).collect();
        let text = format!("what is in {} moves from {from} to {to}", m.thing);
        (!idle.is_empty()).then(|| format!("{text} (the runtime at {} does not do this)", idle.join(" and ")))
    };
    moves.iter().filter_map(one).collect()
}

fn assumed(assumptions: &[String]) -> Diagnostic {
    let said = Diagnostic::warning(ASSUMED, "the verdict rests on what nobody carries out");
    let said = assumptions.iter().fold(said, |d, a| d.note(format!("assumes  {a}")));
    said.help("choose a runtime that realises it, or plan without `-no-assumptions`")
}
