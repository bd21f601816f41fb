//! What a rule accepts instead (`unless …`), and what a derivation does (`by …`): `encrypted(keys in EEA under EEA)`.

use crate::base::diagnostic::did_you_mean;
use crate::base::geo::PlaceSet;
use crate::base::span::{Span, Spanned};
use crate::base::{Code, Diagnostic};
use crate::lang::eval::shape::{Alternative, Name};
use crate::lang::schema::ty::quoted;
use crate::lang::schema::{Thing, Ty, words};
use crate::lang::syntax::ast::{Op, Operand, Phrase};

use super::cursor::Cursor;
use super::places::People;
use super::reader::Reader;

/// A safeguard that is not known.
pub const UNKNOWN_SAFEGUARD: Code = Code::new("E074", "a safeguard that is not known, or not written like this");

type Read = fn(&mut Reader<'_>, &mut Cursor<'_>) -> Option<Alternative>;

/// A safeguard: its word, how it is written, and what reads its brackets.
struct Form {
    word: &'static str,
    usage: &'static str,
    read: Read,
}

const FORMS: &[Form] = &[
    Form {
        word: "encrypted",
        usage: "encrypted(keys in PLACES under PLACES)",
        read: |reader, cursor| reader.encrypted(cursor),
    },
    Form {
        word: "sealed",
        usage: "sealed(e2e)",
        read: |reader, cursor| reader.words(cursor, &["e2e"]).map(|()| Alternative::Sealed),
    },
    Form {
        word: "pseudonymous",
        usage: "pseudonymous(table in PLACES)",
        read: |reader, cursor| reader.pseudonymous(cursor),
    },
    Form {
        word: "aggregate",
        usage: "aggregate(min N)",
        read: |reader, cursor| {
            reader.words(cursor, &["min"])?;
            let min = reader.single(cursor, Ty::Whole(1, u64::MAX))?;
            Some(Alternative::Aggregate { min })
        },
    },
    Form {
        word: "anonymous",
        usage: "anonymous",
        read: |_, _| Some(Alternative::Anonymous),
    },
    Form {
        word: "tee",
        usage: "tee(attested)",
        read: |reader, cursor| reader.words(cursor, &["attested"]).map(|()| Alternative::Tee),
    },
    Form {
        word: "transient",
        usage: "transient(DURATION)",
        read: |reader, cursor| reader.single(cursor, Ty::Duration).map(|millis| Alternative::Transient { millis }),
    },
    Form {
        word: "covered",
        usage: "covered by INSTRUMENT, …",
        read: |reader, cursor| reader.covered(cursor),
    },
];

impl Reader<'_> {
    /// `ALT | ALT …`, as far as it goes.
    pub fn alternatives(&mut self, cursor: &mut Cursor<'_>) -> Option<Vec<Spanned<Alternative>>> {
        let mut found = vec![self.alternative(cursor)?];
        while cursor.eat_op(Op::Pipe) {
            found.push(self.alternative(cursor)?);
        }
        Some(found)
    }

    /// One safeguard.
    pub fn alternative(&mut self, cursor: &mut Cursor<'_>) -> Option<Spanned<Alternative>> {
        let start = *cursor;
        let Some(operand) = cursor.step() else {
            return self.fail(cursor.ended("what is accepted"));
        };
        let read = match operand {
            Operand::Phrase(phrase) => self.bracketed(phrase)?,
            Operand::Expr(_) => self.bare_safeguard(operand, cursor)?,
            Operand::Link(_) | Operand::Op(..) => {
                let known: Vec<&str> = FORMS.iter().map(|f| f.word).collect();
                return self.fail(start.expected(&known));
            }
        };
        let last = cursor.since(&start).last().map_or(start.span(), Operand::span);
        Some(Spanned::new(read, start.span().to(last)))
    }

    fn bracketed(&mut self, phrase: &Phrase) -> Option<Alternative> {
        let form = self.safeguard(&phrase.name.name, phrase.name.span)?;
        if matches!(form.word, "anonymous" | "covered") {
            return self.not_so(form, phrase.span);
        }
        let operands = joined(phrase);
        let close = Span {
            start: phrase.span.end.saturating_sub(1),
            ..phrase.span
        };
        let mut cursor = Cursor::new(&operands, close);
        let read = (form.read)(self, &mut cursor)?;
        match cursor.peek() {
            None => Some(read),
            Some(_) => self.not_so(form, cursor.span()),
        }
    }

    fn bare_safeguard(&mut self, operand: &Operand, cursor: &mut Cursor<'_>) -> Option<Alternative> {
        let form = self.safeguard(&words::of_operand(operand), operand.span())?;
        match form.word {
            "anonymous" | "covered" => (form.read)(self, cursor),
            _ => self.not_so(form, operand.span()),
        }
    }

    fn safeguard(&mut self, word: &str, span: Span) -> Option<&'static Form> {
        if let Some(form) = FORMS.iter().find(|f| f.word == word) {
            return Some(form);
        }
        let known: Vec<&str> = FORMS.iter().map(|f| f.word).collect();
        let near = did_you_mean(word, known.iter().copied());
        let said = Diagnostic::error(UNKNOWN_SAFEGUARD, format!("there is no safeguard `{word}`")).at(span, "not known");
        self.fail(said.help(near.unwrap_or_else(|| format!("there are {}", quoted(&known)))))
    }

    fn not_so<T>(&mut self, form: &Form, span: Span) -> Option<T> {
        let said = Diagnostic::error(UNKNOWN_SAFEGUARD, format!("`{}` is not written like this", form.word));
        self.fail(said.at(span, "here").help(format!("write `{}`", form.usage)))
    }

    fn encrypted(&mut self, cursor: &mut Cursor<'_>) -> Option<Alternative> {
        self.words(cursor, &["keys"])?;
        if !matches!(cursor.word(), Some("in" | "under")) {
            return self.fail(cursor.expected(&["in", "under"]));
        }
        let keys_in = self.places_behind(cursor, "in")?;
        let keys_under = self.places_behind(cursor, "under")?;
        Some(Alternative::Encrypted { keys_in, keys_under })
    }

    /// The places behind a word, where it stands there.
    fn places_behind(&mut self, cursor: &mut Cursor<'_>, word: &str) -> Option<Option<PlaceSet>> {
        if !cursor.eat(word) {
            return Some(None);
        }
        self.set(cursor, People::Not).map(|set| Some(set.always))
    }

    fn pseudonymous(&mut self, cursor: &mut Cursor<'_>) -> Option<Alternative> {
        self.words(cursor, &["table"])?;
        if cursor.eat("at") {
            let span = cursor.span();
            let site: Name = self.single(cursor, Ty::Thing(Thing::Site))?;
            return Some(Alternative::Pseudonymous {
                table_in: None,
                table_at: Some(Spanned::new(site, span)),
            });
        }
        if cursor.word() != Some("in") {
            return self.fail(cursor.expected(&["in", "at"]));
        }
        let table_in = self.places_behind(cursor, "in")?;
        Some(Alternative::Pseudonymous {
            table_in,
            table_at: None,
        })
    }

    /// `by scc, bcr`: names of kinds of instruments, a name space of their own.
    fn covered(&mut self, cursor: &mut Cursor<'_>) -> Option<Alternative> {
        self.words(cursor, &["by"])?;
        let mut kinds: Vec<Name> = Vec::new();
        loop {
            let path = match cursor.peek() {
                Some(Operand::Expr(expr)) => expr.as_path(),
                _ => None,
            };
            let Some(path) = path else {
                return self.fail(cursor.expected(&["scc", "bcr"]));
            };
            let parts: Vec<&str> = path.iter().map(|n| &*n.name).collect();
            kinds.push(parts.join(".").into());
            cursor.step();
            if !cursor.eat_op(Op::Comma) {
                return Some(Alternative::CoveredBy(kinds));
            }
        }
    }
}

/// The arguments of a phrase as one flat head.
pub fn joined(phrase: &Phrase) -> Vec<Operand> {
    let mut operands: Vec<Operand> = Vec::new();
    for arg in &phrase.args {
        if !operands.is_empty() {
            let at = arg.first().map_or(phrase.span, Operand::span);
            operands.push(Operand::Op(Op::Comma, at));
        }
        operands.extend(arg.iter().cloned());
    }
    operands
}
