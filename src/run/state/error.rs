//! What can go wrong between us and the state.

use crate::base::{Code, Diagnostic};

use super::lease::Holder;

/// A state that cannot be read or written.
pub const UNREADABLE: Code = Code::new("E420", "a state that cannot be read or written");
/// A state that another run holds.
pub const HELD: Code = Code::new("E421", "a state that another run holds");
/// A state that a newer engine wrote.
pub const NEWER: Code = Code::new("E422", "a state that a newer engine wrote");
/// A run that lost its hold on the state.
pub const LOST: Code = Code::new("E423", "a run that lost its hold on the state");
/// A state that is damaged.
pub const DAMAGED: Code = Code::new("E424", "a state that is damaged");

/// Why the state cannot be worked with.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum StateError {
    /// It cannot be read or written.
    #[error("`{place}`: {why}")]
    Io {
        /// Where it is kept.
        place: String,
        /// Why not.
        why: String,
    },
    /// What is kept is no state, or not the whole of one.
    #[error("`{place}` is damaged: {why}")]
    Damaged {
        /// Where it is kept.
        place: String,
        /// What is wrong with it.
        why: String,
    },
    /// Another run holds it.
    #[error("{0} holds it")]
    Held(Box<Holder>),
    /// Its format is not one that this engine knows.
    #[error("it has format {0}")]
    Newer(u32),
    /// Another run took it over, or wrote to it.
    #[error("another run took it over")]
    Lost,
    /// A test asked for it.
    #[error("a fault that a test asked for")]
    Fault,
}

impl StateError {
    /// What is said about it.
    pub fn diagnostic(&self) -> Diagnostic {
        match self {
            StateError::Io { place, why } => Diagnostic::error(
                UNREADABLE,
                format!("the state `{place}` cannot be read or written: {why}"),
            )
            .help("make room, or mend the rights of the file and its directory; nothing was lost"),
            StateError::Damaged { place, why } => {
                Diagnostic::error(DAMAGED, format!("the state `{place}` is damaged: {why}"))
                    .note("nothing was changed")
                    .help(
                        "bring back a copy of the file; without a state, everything that is there would be made again",
                    )
            }
            StateError::Held(holder) => Diagnostic::error(HELD, format!("the state is held by {holder}"))
                .note("nothing was done")
                .help("wait for that run to end, or let this one wait: `-lock-timeout=5m`"),
            StateError::Newer(format) => Diagnostic::error(NEWER, format!("the state has format {format}"))
                .note(format!("this engine knows format {}", super::backend::FORMAT))
                .help("use the version of `situs` that wrote it, or a later one"),
            StateError::Lost => Diagnostic::error(LOST, "another run took the state over while this one worked")
                .note("this one stopped writing at once")
                .help("see that only one `situs apply` works on this state, then run it again"),
            StateError::Fault => {
                Diagnostic::error(UNREADABLE, "the state cannot be written: a fault that a test asked for")
            }
        }
    }
}
