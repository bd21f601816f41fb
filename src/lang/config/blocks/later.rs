//! Blocks of the intent that a later version carries out. They are known, so that they are refused by name and not ignored.

use crate::lang::schema::Block;

/// `instrument scc_17 { … }`
pub const INSTRUMENT: Block = Block::new(
    "instrument",
    "instrument NAME { kind = scc.m2, … }",
    "A contract or a decision that covers a transfer",
)
.later();

/// `exception dr_exercise to …`
pub const EXCEPTION: Block = Block::new(
    "exception",
    "exception NAME to RULE for DATASET at SITE because \"…\" approved by \"…\" until DATE",
    "A finding that is accepted for some time",
)
.later();

/// `rollout { … }`
pub const ROLLOUT: Block = Block::new("rollout", "rollout { … }", "In which waves changes reach the sites").later();

/// `secret db { … }`
pub const SECRET: Block = Block::new("secret", "secret NAME { … }", "A secret that several services share").later();

/// `use …`
pub const USE: Block = Block::new("use", "use …", "A pack of rules or runtimes from elsewhere").later();

/// `approval …`
pub const APPROVAL: Block = Block::new("approval", "approval …", "Who must agree before a change is made").later();
