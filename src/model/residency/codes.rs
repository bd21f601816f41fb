//! The codes of residency: one for each family of rules, so that a finding can be looked up, muted and counted.

use crate::base::Code;
use crate::lang::eval::shape::Mode;

/// Data is kept where a rule does not let it be kept.
pub const STORE: Code = Code::new("R001", "stored where a rule forbids it");
/// Data is worked on where a rule forbids it.
pub const PROCESS: Code = Code::new("R002", "processed where a rule forbids it");
/// Data crosses what a rule forbids it to cross.
pub const TRANSIT: Code = Code::new("R003", "on its way through where a rule forbids it");
/// Somebody reaches for data from where a rule forbids it.
pub const ACCESS: Code = Code::new("R004", "reached from where a rule forbids it");
/// Data sits on what is managed from where a rule forbids it.
pub const MANAGE: Code = Code::new("R005", "managed from where a rule forbids it");
/// Data is decrypted where a rule forbids it.
pub const DECRYPT: Code = Code::new("R006", "decrypted where a rule forbids it");
/// Fewer copies than a rule asks for.
pub const AT_LEAST: Code = Code::new("R010", "fewer copies than a rule asks for");
/// A copy elsewhere does not come from a primary copy at home.
pub const COLLECT_FIRST: Code = Code::new("R011", "kept elsewhere before it is kept at home");
/// Kept too long, or not long enough.
pub const KEEP: Code = Code::new("R012", "kept too long, or not long enough");
/// A mode that `strictly` does not let be.
pub const STRICTLY: Code = Code::new("R013", "outside the places of a `strictly` rule");
/// An operator that holds data readable can be compelled by a law that a rule names.
pub const COMPELLABLE: Code = Code::new("R014", "readable under a law that a rule names");
/// A rule of a form that is not checked yet.
pub const UNCHECKED: Code = Code::new("R015", "a rule that is not checked yet");
/// Nobody can say whether a block is about a dataset.
pub const SELECTOR: Code = Code::new("R016", "whether a residency block is about a dataset is unknown");
/// A rule whose mode does not go with its preposition.
pub const PREPOSITION: Code = Code::new("R017", "a mode that does not go with its preposition");
/// Two rules that no place on earth satisfies.
pub const CONTRADICTION: Code = Code::new("R018", "two rules that nothing satisfies");
/// Governed data that is on no site, so that nothing can be said of it.
pub const UNPLACED: Code = Code::new("R019", "governed, and on no site");

/// A mode that the rules about a personal dataset are silent on.
pub const SILENT: Code = Code::new("W040", "a mode that no rule speaks of");
/// A residency block that is about nothing.
pub const NO_MATCH: Code = Code::new("W041", "a residency block that is about nothing");
/// A derivation that weakens nothing.
pub const NO_WEAKENING: Code = Code::new("W042", "a derivation that weakens nothing");
/// A class of which no rule speaks, and which looks like one of which a rule does.
pub const NEAR_CLASS: Code = Code::new("W043", "a class that looks like another one mistyped");

/// The code of a mode under `only` and `never`.
pub fn of_mode(mode: Mode) -> Code {
    match mode {
        Mode::Store => STORE,
        Mode::Process => PROCESS,
        Mode::Transit => TRANSIT,
        Mode::Access => ACCESS,
        Mode::Manage => MANAGE,
        Mode::Decrypt => DECRYPT,
    }
}
