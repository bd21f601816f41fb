//! Goes through the flat operands of a rule or a condition from left to right.

use crate::base::diagnostic::did_you_mean;
use crate::base::span::Span;
use crate::base::{Code, Diagnostic};
use crate::lang::schema::ty::quoted;
use crate::lang::schema::words;
use crate::lang::syntax::ast::{Op, Operand};

/// A rule or a condition that does not go on like this.
pub const BAD_PHRASE: Code = Code::new("E070", "a rule or a condition that does not go on like this");

/// Where one is in a list of operands.
#[derive(Clone, Copy, Debug)]
pub struct Cursor<'a> {
    operands: &'a [Operand],
    at: usize,
    end: Span,
}

impl<'a> Cursor<'a> {
    /// At the first of these; `end` is where the list ends.
    pub fn new(operands: &'a [Operand], end: Span) -> Self {
        Self { operands, at: 0, end }
    }

    /// What stands here.
    pub fn peek(&self) -> Option<&'a Operand> {
        self.operands.get(self.at)
    }

    /// What stands behind it.
    pub fn after(&self) -> Option<&'a Operand> {
        self.operands.get(self.at + 1)
    }

    /// Where one is.
    pub fn span(&self) -> Span {
        self.peek().map_or(self.end, Operand::span)
    }

    /// Everything from here on.
    pub fn rest(&self) -> &'a [Operand] {
        self.operands.get(self.at..).unwrap_or_default()
    }

    /// What stands between another place and here.
    pub fn since(&self, start: &Self) -> &'a [Operand] {
        self.operands.get(start.at..self.at).unwrap_or_default()
    }

    /// What stands here, and one goes on.
    pub fn step(&mut self) -> Option<&'a Operand> {
        let operand = self.peek()?;
        self.at += 1;
        Some(operand)
    }

    /// The word that stands here.
    pub fn word(&self) -> Option<&'a str> {
        self.peek().and_then(Operand::word).map(|w| &*w.name)
    }

    /// Goes over a word, if it stands here.
    pub fn eat(&mut self, word: &str) -> bool {
        let here = self.word() == Some(word);
        self.at += usize::from(here);
        here
    }

    /// Goes over an operator, if it stands here.
    pub fn eat_op(&mut self, op: Op) -> bool {
        let here = self.op_among(&[op]).is_some();
        self.at += usize::from(here);
        here
    }

    /// The operator that stands here, if it is one of these.
    pub fn op_among(&self, ops: &[Op]) -> Option<Op> {
        match self.peek() {
            Some(Operand::Op(op, _)) if ops.contains(op) => Some(*op),
            _ => None,
        }
    }

    /// The message that one of these words is expected here.
    pub fn expected(&self, known: &[&str]) -> Diagnostic {
        let wanted = quoted(known).replace(" and ", " or ");
        let Some(operand) = self.peek() else {
            return self.ended(&wanted);
        };
        let written = words::of_operand(operand);
        let said = Diagnostic::error(BAD_PHRASE, format!("`{written}` does not stand here"))
            .at(operand.span(), format!("expected {wanted}"));
        let near = did_you_mean(&written, known.iter().copied());
        said.help(near.unwrap_or_else(|| format!("write {wanted}")))
    }

    /// The message that it ends too early.
    pub fn ended(&self, wanted: &str) -> Diagnostic {
        Diagnostic::error(BAD_PHRASE, format!("{wanted} is missing"))
            .at(self.end, format!("expected {wanted}"))
            .help(format!("write {wanted} here"))
    }
}
