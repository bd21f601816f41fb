//! The rules of a `residency` block, read aloud from left to right: `store, process only in EEA unless covered by scc`.

use crate::base::geo::PlaceSet;
use crate::base::{Code, Diagnostic};
use crate::lang::eval::shape::{Bound, Kind, Mode, Name, Polarity, Preposition, Rule, RuleKind};
use crate::lang::schema::ty::quoted;
use crate::lang::schema::{Block, Body, Form, Part, Thing, Ty, words};
use crate::lang::syntax::ast::{Op, Operand, Statement};

use super::cursor::Cursor;
use super::data::Take;
use super::places::People;
use super::reader::Reader;

/// A preposition that a mode does not take.
pub const WRONG_PREPOSITION: Code = Code::new("E071", "a preposition that a mode does not take");
/// A set of places that is empty.
pub const EMPTY_SET: Code = Code::new("E072", "a set of places that is empty");

const HEAD: &[Part] = &[Part::new("rule", Form::Open("what may be done where"))];

const fn rule(word: &'static str, usage: &'static str, about: &'static str) -> Block {
    Block::new(word, usage, about).head(HEAD).body(Body::NONE)
}

/// The words that a rule starts with.
pub const RULES: &[Block] = &[
    rule("store", "store only in PLACES unless …", "Where copies may lie; `store at least N in PLACES`: how many must"),
    rule("process", "process only in PLACES unless …", "Where the data may be worked on"),
    rule("transit", "transit only via PLACES unless …", "What the data's routes may cross"),
    rule("access", "access only from PLACES unless …", "Whence people may reach for the data"),
    rule("manage", "manage only from PLACES unless …", "Whence the sites that hold the data may be run"),
    rule("decrypt", "decrypt only in PLACES unless …", "Where the data may be made readable"),
    rule("never", "never compellable by PLACES unless …", "Whose law must not be able to compel an operator who holds the data readable"),
    rule("strictly", "strictly in PLACES", "Every mode, there only"),
    rule("collect", "collect first in PLACES", "Where the first copy of collected data must lie"),
    rule("keep", "keep at most DURATION", "How long the data may, or must, be kept"),
    rule("purpose", "purpose only PURPOSE, …", "What the data may be used for"),
];

const MODES: &[(&str, Mode, &[Preposition])] = &[
    ("store", Mode::Store, HELD),
    ("process", Mode::Process, HELD),
    ("transit", Mode::Transit, &[Preposition::Via, Preposition::Under]),
    ("access", Mode::Access, REACHED),
    ("manage", Mode::Manage, REACHED),
    ("decrypt", Mode::Decrypt, HELD),
];

const HELD: &[Preposition] = &[Preposition::In, Preposition::At, Preposition::Under];
const REACHED: &[Preposition] = &[Preposition::From, Preposition::In, Preposition::By, Preposition::Under];

const PREPOSITIONS: &[(&str, Preposition)] = &[
    ("in", Preposition::In),
    ("at", Preposition::At),
    ("under", Preposition::Under),
    ("via", Preposition::Via),
    ("from", Preposition::From),
    ("by", Preposition::By),
];

const KINDS: &[(&str, Kind)] = &[
    ("primary", Kind::Primary),
    ("replica", Kind::Replica),
    ("backup", Kind::Backup),
    ("log", Kind::Log),
    ("cache", Kind::Cache),
    ("index", Kind::Index),
    ("dump", Kind::Dump),
    ("queue", Kind::Queue),
];

/// A set of places and how it is written.
struct Places {
    set: PlaceSet,
    written: Name,
}

impl Reader<'_> {
    /// The rule that a statement is; nothing where a mistake was told.
    pub fn rule(&mut self, statement: &Statement) -> Option<Rule> {
        let mut cursor = Cursor::new(&statement.operands, statement.span.end_point());
        let kind = self.rule_kind(statement, &mut cursor)?;
        let unless = match cursor.eat("unless") {
            true => self.alternatives(&mut cursor)?,
            false => Vec::new(),
        };
        match cursor.peek() {
            None => Some(Rule {
                kind,
                unless,
                span: statement.span,
            }),
            Some(_) => self.fail(cursor.expected(&["unless"])),
        }
    }

    fn rule_kind(&mut self, statement: &Statement, cursor: &mut Cursor<'_>) -> Option<RuleKind> {
        match &*statement.word.name {
            "never" => {
                self.words(cursor, &["compellable", "by"])?;
                let Places { set: places, written } = self.rule_places(cursor)?;
                Some(RuleKind::NeverCompellable { places, written })
            }
            "strictly" => {
                self.words(cursor, &["in"])?;
                let Places { set: places, written } = self.rule_places(cursor)?;
                Some(RuleKind::Strictly { places, written })
            }
            "collect" => {
                self.words(cursor, &["first", "in"])?;
                let Places { set: places, written } = self.rule_places(cursor)?;
                Some(RuleKind::CollectFirst { places, written })
            }
            "keep" => self.keep(cursor),
            "purpose" => {
                self.words(cursor, &["only"])?;
                self.purposes(cursor)?;
                Some(unchecked(statement))
            }
            mode => self.restrict(mode, statement, cursor),
        }
    }

    /// Goes over words that must stand there.
    pub fn words(&mut self, cursor: &mut Cursor<'_>, words: &[&str]) -> Option<()> {
        for word in words {
            if !cursor.eat(word) {
                return self.fail(cursor.expected(&[word]));
            }
        }
        Some(())
    }

    fn rule_places(&mut self, cursor: &mut Cursor<'_>) -> Option<Places> {
        let start = *cursor;
        let set = self.set(cursor, People::Not)?.always;
        let operands = cursor.since(&start);
        let written: Name = words::of_operands(operands).into();
        if set.is_empty()
            && let (Some(first), Some(last)) = (operands.first(), operands.last())
        {
            let said = Diagnostic::error(EMPTY_SET, format!("no place is in `{written}`"));
            let span = first.span().to(last.span());
            return self.fail(said.at(span, "an empty set").help("`|` joins places; `&` keeps what both sides have"));
        }
        Some(Places { set, written })
    }

    /// `at most 72h [in SET]`, `at least 24h in SET`
    fn keep(&mut self, cursor: &mut Cursor<'_>) -> Option<RuleKind> {
        self.words(cursor, &["at"])?;
        let bound = self.one_of(cursor, &[("most", Bound::AtMost), ("least", Bound::AtLeast)])?;
        let millis = self.single(cursor, Ty::Duration)?;
        let places = match cursor.eat("in") {
            true => Some(self.rule_places(cursor)?.set),
            false if bound == Bound::AtLeast => return self.fail(cursor.expected(&["in"])),
            false => None,
        };
        Some(RuleKind::Keep { bound, millis, places })
    }

    /// One value at the cursor.
    pub fn single<T: Take>(&mut self, cursor: &mut Cursor<'_>, ty: Ty) -> Option<T> {
        match cursor.peek() {
            None | Some(Operand::Op(..) | Operand::Link(_)) => self.fail(cursor.ended(&ty.noun())),
            Some(operand) => {
                cursor.step();
                self.operand(operand, ty).as_ref().and_then(T::take)
            }
        }
    }

    /// One of these words.
    pub fn one_of<T: Copy>(&mut self, cursor: &mut Cursor<'_>, table: &[(&str, T)]) -> Option<T> {
        let word = cursor.word();
        match table.iter().find(|(known, _)| Some(*known) == word) {
            Some((_, value)) => {
                cursor.step();
                Some(*value)
            }
            None => {
                let known: Vec<&str> = table.iter().map(|(w, _)| *w).collect();
                self.fail(cursor.expected(&known))
            }
        }
    }

    /// Several of these words, with commas between them.
    fn some_of<T: Copy>(&mut self, cursor: &mut Cursor<'_>, table: &[(&str, T)]) -> Option<Vec<T>> {
        let mut found = vec![self.one_of(cursor, table)?];
        while cursor.eat_op(Op::Comma) {
            found.push(self.one_of(cursor, table)?);
        }
        Some(found)
    }

    fn purposes(&mut self, cursor: &mut Cursor<'_>) -> Option<()> {
        loop {
            let _: Name = self.single(cursor, Ty::Name("a purpose"))?;
            if !cursor.eat_op(Op::Comma) {
                return Some(());
            }
        }
    }

    /// `MODE,* [of KIND,*] (only | never) PREPOSITION SET`, `store at least N [of KIND,*] in SET`, `access only by persons …`
    fn restrict(&mut self, first: &str, statement: &Statement, cursor: &mut Cursor<'_>) -> Option<RuleKind> {
        let modes = self.modes(first, cursor)?;
        let kinds = match cursor.eat("of") {
            true => self.some_of(cursor, KINDS)?,
            false => Vec::new(),
        };
        if cursor.word() == Some("at") && modes == [Mode::Store] && kinds.is_empty() {
            return self.at_least(cursor);
        }
        let polarity = self.one_of(cursor, &[("only", Polarity::Only), ("never", Polarity::Never)])?;
        let start = *cursor;
        let preposition = self.one_of(cursor, PREPOSITIONS)?;
        if preposition == Preposition::By && cursor.eat("persons") {
            return self.persons(statement, cursor);
        }
        self.prepositions(&modes, preposition, polarity, &start)?;
        if preposition == Preposition::At && self.is_site(cursor) {
            return self.at_sites(statement, cursor);
        }
        let Places { set: places, written } = self.rule_places(cursor)?;
        Some(RuleKind::Restrict {
            modes,
            kinds,
            polarity,
            preposition,
            places,
            written,
        })
    }

    fn modes(&mut self, first: &str, cursor: &mut Cursor<'_>) -> Option<Vec<Mode>> {
        let table: Vec<(&str, Mode)> = MODES.iter().map(|(word, mode, _)| (*word, *mode)).collect();
        let mut modes: Vec<Mode> = table.iter().filter(|(word, _)| *word == first).map(|(_, mode)| *mode).collect();
        while cursor.eat_op(Op::Comma) {
            modes.push(self.one_of(cursor, &table)?);
        }
        Some(modes)
    }

    /// Whether every mode takes the preposition.
    fn prepositions(&mut self, modes: &[Mode], found: Preposition, polarity: Polarity, at: &Cursor<'_>) -> Option<()> {
        let refusing = MODES.iter().find(|(_, mode, takes)| modes.contains(mode) && !takes.contains(&found));
        let Some((word, _, takes)) = refusing else { return Some(()) };
        let taken: Vec<&str> = PREPOSITIONS.iter().filter(|(_, p)| takes.contains(p)).map(|(w, _)| *w).collect();
        let written = at.word().unwrap_or_default();
        let verb = if polarity == Polarity::Only { "only" } else { "never" };
        let own = PREPOSITIONS.iter().find(|(_, p)| takes.first() == Some(p)).map_or("in", |(w, _)| w);
        let said = Diagnostic::error(WRONG_PREPOSITION, format!("`{word}` does not take `{written}`"))
            .at(at.span(), format!("`{word}` takes {}", quoted(&taken)))
            .help(format!("write `{word} {verb} {own} …`, as a rule of its own where other modes stand beside it"));
        self.fail(said)
    }

    /// `at least N [of KIND,*] in SET`
    fn at_least(&mut self, cursor: &mut Cursor<'_>) -> Option<RuleKind> {
        self.words(cursor, &["at", "least"])?;
        let count = self.single(cursor, Ty::Whole(1, u64::MAX))?;
        let kinds = match cursor.eat("of") {
            true => self.some_of(cursor, KINDS)?,
            false => Vec::new(),
        };
        self.words(cursor, &["in"])?;
        let Places { set: places, written } = self.rule_places(cursor)?;
        Some(RuleKind::AtLeast {
            count,
            kinds,
            places,
            written,
        })
    }

    /// `by persons resident in SET`, `by persons citizens of SET`
    fn persons(&mut self, statement: &Statement, cursor: &mut Cursor<'_>) -> Option<RuleKind> {
        let word = self.one_of(cursor, &[("resident", "in"), ("citizens", "of")])?;
        self.words(cursor, &[word])?;
        self.rule_places(cursor)?;
        Some(unchecked(statement))
    }

    fn is_site(&self, cursor: &Cursor<'_>) -> bool {
        let expr = match cursor.peek() {
            Some(Operand::Expr(expr)) => expr,
            _ => return false,
        };
        let name = self.thing_name(expr);
        name.is_some_and(|(kind, name)| kind == Some(Thing::Site) || self.names.is(Thing::Site, &name.name))
    }

    /// `at munich, dublin`: the sites themselves and not their territories, which the rules of the shape cannot say yet.
    fn at_sites(&mut self, statement: &Statement, cursor: &mut Cursor<'_>) -> Option<RuleKind> {
        loop {
            let _: Name = self.single(cursor, Ty::Thing(Thing::Site))?;
            if !cursor.eat_op(Op::Comma) && !cursor.eat_op(Op::Pipe) {
                return Some(unchecked(statement));
            }
        }
    }
}

fn unchecked(statement: &Statement) -> RuleKind {
    let words = format!("{}{}", spaced(statement), words::of_operands(&statement.operands));
    RuleKind::Unchecked { words: words.into() }
}

/// The rule's first word and the space behind it, where one belongs there.
fn spaced(statement: &Statement) -> String {
    let tight = matches!(statement.operands.first(), Some(Operand::Op(Op::Comma, _)));
    format!("{}{}", statement.word.name, if tight { "" } else { " " })
}

