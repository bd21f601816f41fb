//! From a configuration to decided intent: everything has its site, the law has been asked, and runtimes have made resources of it. No
//! provider has been called up to here.

use std::collections::BTreeMap;

use crate::base::span::Span;
use crate::base::{Code, Diagnostic, Diagnostics};
use crate::lang::eval::shape::{Name, Shape};
use crate::model::assignment::{Assignment, Thing};
use crate::model::placement::{self, Legality, Placement};
use crate::model::residency::{self, Legal, Realised, State, Verdict};
use crate::run::lower::{self, Lowered};

use super::{Assumptions, Loaded, Ports};

/// Assumptions that `-no-assumptions` refuses.
pub const ASSUMED: Code = Code::new("E450", "a verdict that rests on assumptions, with `-no-assumptions`");

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
    let realised = realised(loaded);
    let mut verdict = residency::check(shape, &placement.assignment, &realised);
    if assumptions == Assumptions::Refused && !verdict.assumptions.is_empty() && verdict.state == State::Proved {
        verdict.state = State::NotProvable;
    }
    if diagnostics.has_errors() {
        // What is pinned where the law forbids it is told as a finding, with its path; nothing more is to be said about its placement.
        diagnostics.extend(verdict.findings.into_iter().map(|f| f.diagnostic));
        return (None, diagnostics);
    }
    let lowered = diagnostics.take(lower::lower(&loaded.config, &placement.assignment, &ports.registry));
    if diagnostics.has_errors() {
        return (None, diagnostics);
    }
    (Some(Intent { placement, verdict, lowered }), diagnostics)
}

/// What each site's runtime carries out.
fn realised(loaded: &Loaded) -> Realised {
    let default: Name = "local".into();
    let of = |site: &crate::lang::eval::shape::Site| {
        let runtime = site.runtime.as_ref().map_or(&default, |r| &r.name.value);
        loaded.config.runtimes.get(runtime).map(|r| r.realises.clone()).unwrap_or_default()
    };
    let sites = loaded.config.shape.sites.iter();
    Realised { by_site: sites.map(|(name, site)| (name.clone(), of(site))).collect() }
}
