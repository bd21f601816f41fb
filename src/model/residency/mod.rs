//! Where the law lets data be. The shape of the intent becomes a graph of flows (`flow`), flows and sites become exposures
//! (`exposure`), and every exposure is held against every rule that speaks of it (`rules`, `judge`). What comes out is what
//! placement may choose from ([`legal()`]) and a verdict on what it chose ([`check()`]): proved, violated with a path and ways out, or not
//! provable with the missing fact named.
//!
//! What must stay true: `unknown` is in no set, so a missing fact is never "fine" under `only` nor under `never`; labels are only ever
//! weakened by a derivation that somebody asserts; nothing is excused that the rule itself does not excuse, but for what names nobody any
//! more (`aggregate`, `anonymous`), which is out of a rule that says nothing else.

mod assume;
mod check;
pub mod codes;
mod explain;
mod exposure;
mod flow;
mod judge;
mod legal;
mod lint;
mod net;
mod rules;
mod spot;
mod verdict;
mod ways;
mod whole;
mod words;

pub use check::check;
pub use legal::{Legal, Quota, Reason, legal};
pub use verdict::{Finding, Realised, State, Verdict};
