//! A statement's operands against the head that its schema describes: which operand is what, or the one message about what is not.

use crate::base::diagnostic::nearest;
use crate::base::span::Span;
use crate::base::{Code, Diagnostic};
use crate::lang::syntax::ast::{Op, Operand, Statement};

use super::words;
use super::{Block, Form, Part};

/// A head that does not fit.
pub const WRONG_HEAD: Code = Code::new("E053", "what follows the first word of a block or a clause does not fit");

/// A piece of a head that was found.
#[derive(Clone, Copy, Debug)]
pub struct Found<'a> {
    /// Which piece.
    pub part: &'static Part,
    /// What stands there.
    pub operands: &'a [Operand],
    /// Where.
    pub span: Span,
}

/// The word and its operands: what a message about the whole points at.
pub fn span(statement: &Statement) -> Span {
    match statement.operands.last() {
        Some(last) => statement.word.span.to(last.span()),
        None => statement.word.span,
    }
}

/// Which operand is what.
pub fn read<'a>(block: &'static Block, statement: &'a Statement) -> Result<Vec<Found<'a>>, Diagnostic> {
    let mut reader = Reader {
        block,
        statement,
        at: 0,
        found: Vec::new(),
    };
    reader.parts(block.head)?;
    match reader.peek() {
        None => Ok(reader.found),
        Some(operand) => Err(reader.too_much(operand)),
    }
}

struct Reader<'a> {
    block: &'static Block,
    statement: &'a Statement,
    at: usize,
    found: Vec<Found<'a>>,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<&'a Operand> {
        self.statement.operands.get(self.at)
    }

    fn parts(&mut self, parts: &'static [Part]) -> Result<(), Diagnostic> {
        for (i, part) in parts.iter().enumerate() {
            self.part(part, parts.get(i + 1..).unwrap_or_default())?;
        }
        Ok(())
    }

    fn part(&mut self, part: &'static Part, following: &'static [Part]) -> Result<(), Diagnostic> {
        match part.form {
            Form::Word(word) => self.word(part, word),
            Form::Flag(word) => {
                if self.is_word(word) {
                    self.take(part, 1);
                }
                Ok(())
            }
            Form::Optional(parts) => match parts.first().map(|p| p.form) {
                Some(Form::Word(word)) if !self.is_word(word) => Ok(()),
                _ => self.parts(parts),
            },
            Form::Declares(_) | Form::Label(_) => self.one(part, |o| name_of(o).is_some()),
            Form::Link => self.one(part, |o| matches!(o, Operand::Link(_))),
            Form::Value(_) => self.one(part, is_value),
            Form::List(_) => self.list(part),
            Form::Places | Form::Open(_) => self.open(part, following),
        }
    }

    fn is_word(&self, word: &str) -> bool {
        self.peek().and_then(Operand::word).is_some_and(|w| &*w.name == word)
    }

    fn take(&mut self, part: &'static Part, count: usize) {
        let operands = self.statement.operands.get(self.at..self.at + count).unwrap_or_default();
        if let (Some(first), Some(last)) = (operands.first(), operands.last()) {
            let span = first.span().to(last.span());
            self.found.push(Found { part, operands, span });
        }
        self.at += count;
    }

    fn word(&mut self, part: &'static Part, word: &'static str) -> Result<(), Diagnostic> {
        if self.is_word(word) {
            self.at += 1;
            return Ok(());
        }
        Err(self.unexpected(part))
    }

    fn one(&mut self, part: &'static Part, fits: fn(&Operand) -> bool) -> Result<(), Diagnostic> {
        if self.peek().is_some_and(fits) {
            self.take(part, 1);
            return Ok(());
        }
        Err(self.unexpected(part))
    }

    fn list(&mut self, part: &'static Part) -> Result<(), Diagnostic> {
        let rest = self.statement.operands.get(self.at..).unwrap_or_default();
        let mut count = 0;
        while rest.get(count).is_some_and(is_value) {
            count += 1;
            if !matches!(rest.get(count), Some(Operand::Op(Op::Comma, _))) {
                self.take(part, count);
                return Ok(());
            }
            count += 1;
        }
        self.at += count;
        Err(self.unexpected(part))
    }

    fn open(&mut self, part: &'static Part, following: &'static [Part]) -> Result<(), Diagnostic> {
        let stops = stops(following);
        let is_stop = |o: &Operand| o.word().is_some_and(|w| stops.contains(&&*w.name));
        let rest = self.statement.operands.get(self.at..).unwrap_or_default();
        match rest.iter().position(is_stop).unwrap_or(rest.len()) {
            0 => Err(self.unexpected(part)),
            count => {
                self.take(part, count);
                Ok(())
            }
        }
    }

    fn unexpected(&self, part: &Part) -> Diagnostic {
        let word = self.statement.word.name.as_ref();
        let expected = part.expected();
        let usage = format!("write `{}`", self.block.usage);
        let Some(operand) = self.peek() else {
            let title = format!("`{word}` is not complete");
            return Diagnostic::error(WRONG_HEAD, title)
                .at(span(self.statement), format!("expected {expected} behind it"))
                .help(usage);
        };
        let said = Diagnostic::error(WRONG_HEAD, format!("`{word}` does not go on like this"))
            .at(operand.span(), format!("expected {expected}"));
        match (part.form, operand.word()) {
            (Form::Word(wanted), Some(found)) if nearest(&found.name, [wanted]).is_some() => said
                .help(format!("did you mean `{wanted}`?"))
                .fix(found.span, wanted),
            _ => said.help(usage),
        }
    }

    fn too_much(&self, operand: &Operand) -> Diagnostic {
        let word = self.statement.word.name.as_ref();
        let list = self.block.head.last().is_some_and(|p| matches!(p.form, Form::List(_)));
        let said = Diagnostic::error(WRONG_HEAD, format!("`{word}` ends before `{}`", words::of_operand(operand)));
        let help = match list && is_value(operand) {
            true => "put a comma before it".to_owned(),
            false => format!("write `{}`", self.block.usage),
        };
        said.at(operand.span(), "not expected here").help(help)
    }
}

/// The words at which an open piece ends.
fn stops(following: &'static [Part]) -> Vec<&'static str> {
    let mut stops = Vec::new();
    for part in following {
        match part.form {
            Form::Word(word) => {
                stops.push(word);
                break;
            }
            Form::Flag(word) => stops.push(word),
            Form::Optional(parts) => stops.extend(self::stops(parts)),
            _ => break,
        }
    }
    stops
}

fn is_value(operand: &Operand) -> bool {
    matches!(operand, Operand::Expr(_) | Operand::Phrase(_))
}

/// The name that an operand is, bare or quoted.
pub fn name_of(operand: &Operand) -> Option<&str> {
    match operand {
        Operand::Expr(expr) => expr.as_text().or_else(|| expr.as_name().map(|n| &*n.name)),
        _ => None,
    }
}
