//! Which things are declared, and what a name means where one of a kind is expected.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::base::diagnostic::did_you_mean;
use crate::base::span::Span;
use crate::base::{Code, Diagnostic, Diagnostics};
use crate::lang::eval::Scope;
use crate::lang::eval::shape::Name;
use crate::lang::schema::{Thing, head};
use crate::lang::syntax::ast::Statement;

use super::each::{self, One};

use super::block;

/// A name that no declared thing has.
pub const UNKNOWN_THING: Code = Code::new("E060", "a name that no declared thing has");
/// A thing of another kind than is expected.
pub const OTHER_THING: Code = Code::new("E061", "a thing of another kind than is expected");
/// A thing that is declared twice.
pub const DECLARED_TWICE: Code = Code::new("E062", "a thing that is declared twice");

/// The declared things and where they are declared.
#[derive(Debug, Default)]
pub struct Names {
    declared: BTreeMap<Thing, BTreeMap<Name, Span>>,
    /// Those with `for_each`: their instances, by the name without a key.
    several: BTreeMap<(Thing, Name), Vec<Name>>,
    /// What a block that is not understood may have declared: no follow-up messages about these.
    broken: BTreeSet<Name>,
}

/// What a name turned out to be.
pub enum Found {
    /// The thing that is expected.
    Thing(Name),
    /// Several of what is expected.
    Several(Vec<Name>),
    /// Something is wrong with its declaration, and that was told.
    Broken,
    /// Nothing, or something else.
    Nothing,
}

impl Names {
    /// Goes through all declarations, each with its instances; the second one of a name is told, and left out.
    pub fn collect<'a>(statements: &[&'a Statement], scope: &Arc<Scope>) -> (Self, Vec<One<'a>>, Diagnostics) {
        let mut names = Self::default();
        let mut said = Diagnostics::new();
        let mut kept = Vec::with_capacity(statements.len());
        for statement in statements {
            match names.add(statement) {
                Ok(thing) => kept.extend(said.take(names.instances(statement, thing, scope))),
                Err(twice) => said.push(*twice),
            }
        }
        (names, kept, said)
    }

    fn add(&mut self, statement: &Statement) -> Result<Option<(Thing, Name)>, Box<Diagnostic>> {
        let name = statement.operands.first().and_then(head::name_of).map(Name::from);
        let Some(name) = name else { return Ok(None) };
        let Some(thing) = block(&statement.word.name).map(|b| b.declares()) else {
            self.broken.insert(name);
            return Ok(None);
        };
        let Some(thing) = thing else { return Ok(None) };
        if !head::is_name(&name) {
            self.broken.insert(name);
            return Ok(None);
        }
        let own = self.declared.entry(thing).or_default();
        let span = head::span(statement);
        if let Some(first) = own.get(&name) {
            return Err(Box::new(twice(&format!("{} `{name}`", thing.word()), span, *first)));
        }
        own.insert(name.clone(), span);
        Ok(Some((thing, name)))
    }

    /// What a statement declares: one thing, or with `for_each` one for each key.
    fn instances<'a>(
        &mut self,
        statement: &'a Statement,
        thing: Option<(Thing, Name)>,
        scope: &Arc<Scope>,
    ) -> (Vec<One<'a>>, Diagnostics) {
        let (found, said) = each::instances(statement, thing.as_ref().map(|(_, name)| name), scope);
        let (Some((thing, name)), true) = (thing, each::repeats(statement)) else {
            return (found.unwrap_or_default(), said);
        };
        let own = self.declared.entry(thing).or_default();
        own.remove(&name);
        let Some(found) = found else {
            self.broken.insert(name);
            return (Vec::new(), said);
        };
        let all: Vec<Name> = found.iter().filter_map(|one| one.name.clone()).collect();
        own.extend(all.iter().map(|n| (n.clone(), head::span(statement))));
        self.several.insert((thing, name), all);
        (found, said)
    }

    /// What a name is where such a thing is expected.
    pub fn find(&self, thing: Thing, name: &str) -> Found {
        match self.declared.get(&thing).and_then(|own| own.get_key_value(name)) {
            Some((name, _)) => Found::Thing(name.clone()),
            None => match self.several(thing, name) {
                Some(all) => Found::Several(all.to_vec()),
                None if self.broken.contains(name) => Found::Broken,
                None => Found::Nothing,
            },
        }
    }

    /// The instances behind a name, where it has `for_each`.
    pub fn several(&self, thing: Thing, name: &str) -> Option<&[Name]> {
        self.several.get(&(thing, Name::from(name))).map(Vec::as_slice)
    }

    /// Whether a name is such a thing, or several.
    pub fn is(&self, thing: Thing, name: &str) -> bool {
        let one = self.declared.get(&thing).is_some_and(|own| own.contains_key(name));
        one || self.several(thing, name).is_some()
    }

    /// Whether a name is any thing.
    pub fn is_any(&self, name: &str) -> Option<Thing> {
        Thing::ALL.into_iter().find(|thing| self.is(*thing, name))
    }

    /// The names of all things of a kind.
    pub fn of(&self, thing: Thing) -> impl Iterator<Item = &str> {
        self.declared
            .get(&thing)
            .into_iter()
            .flatten()
            .map(|(name, _)| name.as_ref())
    }

    /// The message about a name that is not the thing expected.
    pub fn unknown(&self, thing: Thing, name: &str, span: Span) -> Diagnostic {
        if let Some(other) = self.is_any(name) {
            return self.other(thing, other, name, span);
        }
        let said =
            Diagnostic::error(UNKNOWN_THING, format!("there is no {} `{name}`", thing.word())).at(span, "not declared");
        let known: Vec<&str> = self.of(thing).collect();
        match did_you_mean(name, known.iter().copied()) {
            Some(near) => said.help(near),
            None => said.help(declare(thing, name, &known)),
        }
    }

    fn other(&self, thing: Thing, other: Thing, name: &str, span: Span) -> Diagnostic {
        let title = format!("`{name}` is {}, and {} is expected", other.noun(), thing.noun());
        let said = Diagnostic::error(OTHER_THING, title).at(span, format!("expected {}", thing.noun()));
        let said = match self.declared.get(&other).and_then(|own| own.get(name)) {
            Some(place) => said.and(*place, "declared here"),
            None => said,
        };
        let known: Vec<&str> = self.of(thing).collect();
        said.help(declare(thing, name, &known))
    }
}

fn declare(thing: Thing, name: &str, known: &[&str]) -> String {
    match known {
        [] => format!("declare it: `{} {name} {{ … }}`", thing.word()),
        [_, ..] if known.len() <= 8 => {
            format!(
                "declared {} {}",
                are(known.len()),
                crate::lang::schema::ty::quoted(known)
            )
        }
        _ => format!("{} {}s are declared, none of this name", known.len(), thing.word()),
    }
}

fn are(count: usize) -> &'static str {
    if count == 1 { "is" } else { "are" }
}

/// Two declarations of one name.
pub fn twice(what: &str, second: Span, first: Span) -> Diagnostic {
    Diagnostic::error(DECLARED_TWICE, format!("{what} is declared twice"))
        .at(second, "the second one")
        .and(first, "the first one")
        .help("take one of them out, or rename it")
}
