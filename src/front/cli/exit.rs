//! How a command ended, as a number for scripts.

use crate::base::Diagnostics;

/// How a command ended. The order is the order of weight: of several, the first counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Something is wrong.
    Error,
    /// Another run holds the state.
    LockHeld,
    /// The state has moved since the plan was made.
    StalePlan,
    /// The law would be broken.
    Violated,
    /// It cannot be shown that the law holds.
    NotProvable,
    /// It was stopped.
    Cancelled,
    /// Some of it was done, some failed.
    ApplyPartial,
    /// Some sites were left for later.
    Deferred,
    /// Files would be laid out anew (`fmt -check`).
    Unformatted,
    /// There is something to change.
    Changes,
    /// All is well.
    Done,
}

impl Exit {
    /// The number. Without `-detailed-exitcode` there are only 0 and 1 (and 3 of `fmt -check`).
    pub fn code(self, detailed: bool) -> u8 {
        let (plain, exact) = match self {
            Exit::Error => (1, 1),
            Exit::LockHeld => (1, 13),
            Exit::StalePlan => (1, 12),
            Exit::Violated => (1, 11),
            Exit::NotProvable => (1, 16),
            Exit::Cancelled => (1, 15),
            Exit::ApplyPartial => (1, 14),
            Exit::Deferred => (0, 10),
            Exit::Unformatted => (3, 3),
            Exit::Changes => (0, 2),
            Exit::Done => (0, 0),
        };
        if detailed { exact } else { plain }
    }

    /// How a piece of work with these messages ended.
    pub fn of(diagnostics: &Diagnostics) -> Self {
        let errors = diagnostics.iter().filter(|d| d.is_error());
        errors.map(|d| by_code(d.code.id)).min().unwrap_or(Exit::Done)
    }
}

/// Errors that scripts tell from others: a state that another run holds, a plan that no longer fits the state.
const BY_CODE: [(&str, Exit); 2] = [("E421", Exit::LockHeld), ("E414", Exit::StalePlan)];

fn by_code(id: &str) -> Exit {
    let known = BY_CODE.iter().find(|(code, _)| *code == id);
    known.map_or(Exit::Error, |(_, exit)| *exit)
}
