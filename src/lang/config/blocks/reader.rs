//! Fills a block of the schema with what is written: every attribute and every piece of a head is read by its type. What is wrong with
//! the words `check` has told, and here it is passed over in silence; what is wrong with the values is told here.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use situs_value::Value;

use crate::base::geo::PlaceSet;
use crate::base::span::{Span, Spanned};
use crate::base::{Code, Diagnostic, Diagnostics};
use crate::lang::eval::body::KEPT;
use crate::lang::eval::instance::NoObjects;
use crate::lang::eval::shape::Name;
use crate::lang::eval::{Scope, evaluate};
use crate::lang::schema::{Block, Body, Default, Form, Occurs, Support, Thing, Ty, head};
use crate::lang::syntax::ast::{self, Expr, Item, Operand, Statement};
use crate::lang::syntax::parse_expr;

use super::data::{Data, Filled};
use super::each::One;
use super::names::Names;

/// An intent that depends on what only apply knows.
pub const DEPENDS: Code = Code::new("E068", "an intent that depends on what is only known later");

/// Reads values; keeps what is to be said.
pub struct Reader<'a> {
    /// What names in expressions mean.
    pub scope: Arc<Scope>,
    /// The same without `each`.
    root: &'a Arc<Scope>,
    /// The declared things.
    pub names: &'a Names,
    /// Jurisdictions as written, by name.
    pub jurisdictions: BTreeMap<Name, Arc<Expr>>,
    /// Jurisdictions that were worked out; nothing where something is wrong with one, which was told.
    pub worked_out: BTreeMap<Name, Option<PlaceSet>>,
    /// Jurisdictions that are being worked out, outermost first.
    pub open: Vec<Name>,
    /// What is to be said.
    pub said: Diagnostics,
    /// Names that no thing has: one message for each name, however often it is used.
    unknown: BTreeMap<(Thing, Name), Diagnostic>,
}

impl<'a> Reader<'a> {
    /// A reader without jurisdictions.
    pub fn new(scope: &'a Arc<Scope>, names: &'a Names) -> Self {
        Self {
            scope: scope.clone(),
            root: scope,
            names,
            jurisdictions: BTreeMap::new(),
            worked_out: BTreeMap::new(),
            open: Vec::new(),
            said: Diagnostics::new(),
            unknown: BTreeMap::new(),
        }
    }

    /// All that is to be said.
    pub fn finish(self) -> Diagnostics {
        let mut said = self.said;
        said.extend(self.unknown.into_values());
        said.sorted()
    }

    /// Says that no such thing is declared: where the name is used first, with the other places.
    pub fn unknown_thing<T>(&mut self, thing: Thing, name: &str, span: Span) -> Option<T> {
        let fresh = self.names.unknown(thing, name, span);
        let key = (thing, Name::from(name));
        let said = match self.unknown.remove(&key) {
            None => fresh,
            Some(said) => also(said, fresh),
        };
        self.unknown.insert(key, said);
        None
    }

    /// Says something, and that there is no value.
    pub fn fail<T>(&mut self, diagnostic: Diagnostic) -> Option<T> {
        self.said.push(diagnostic);
        None
    }

    /// One of the things that a statement declares.
    pub fn thing_of<'s>(&mut self, one: &One<'s>, block: &'static Block) -> Option<Filled<'s>> {
        self.scope = match &one.each {
            Some(each) => self.root.child([("each", each.clone())]),
            None => self.root.clone(),
        };
        let mut filled = self.fill(one.statement, block)?;
        filled.each = one.each.clone();
        if let (Some(name), Some(written)) = (&one.name, filled.data.get_mut("name")) {
            written.value = Data::Name(name.clone());
        }
        Some(filled)
    }

    /// What is written in a block. Where its head does not fit, nothing of the head is there; its body is read all the same.
    pub fn fill<'s>(&mut self, statement: &'s Statement, block: &'static Block) -> Option<Filled<'s>> {
        if block.support == Support::Later {
            return None;
        }
        let found = head::read(block, statement).unwrap_or_default();
        let mut filled = Filled {
            block,
            span: head::span(statement),
            statement,
            data: BTreeMap::new(),
            open: BTreeMap::new(),
            each: None,
            inner: Vec::new(),
        };
        for piece in found {
            self.piece(&piece, &mut filled);
        }
        if let Some(body) = &statement.body {
            self.body(body, &block.body, &mut filled);
        }
        self.defaults(&block.body, &mut filled);
        Some(filled)
    }

    fn piece<'s>(&mut self, piece: &head::Found<'s>, filled: &mut Filled<'s>) {
        let data = match piece.part.form {
            Form::Declares(_) | Form::Label(_) => piece
                .operands
                .first()
                .and_then(head::name_of)
                .map(|n| Data::Name(n.into())),
            Form::Flag(_) => Some(Data::Bool(true)),
            Form::Value(ty) => piece.operands.first().and_then(|o| self.operand(o, ty)),
            Form::List(ty) => Some(Data::List(self.operand_list(piece.operands, ty))),
            Form::Places => self.places_of(piece.operands).map(Data::Places),
            Form::Link | Form::Open(_) => {
                filled.open.insert(piece.part.name, piece.operands);
                None
            }
            Form::Word(_) | Form::Optional(_) => None,
        };
        if let Some(data) = data {
            filled.data.insert(piece.part.name, Spanned::new(data, piece.span));
        }
    }

    fn operand_list(&mut self, operands: &[Operand], ty: Ty) -> Vec<Spanned<Data>> {
        let values = operands.iter().filter(|o| !matches!(o, Operand::Op(..)));
        let mut read = Vec::new();
        for operand in values {
            let span = operand.span();
            match (ty, as_expr(operand)) {
                (Ty::Thing(thing), Some(expr)) => read.extend(self.things(&expr, thing)),
                _ => read.extend(self.operand(operand, ty).map(|data| Spanned::new(data, span))),
            }
        }
        read
    }

    /// The value of an operand.
    pub fn operand(&mut self, operand: &Operand, ty: Ty) -> Option<Data> {
        match as_expr(operand) {
            Some(expr) => self.read(&expr, ty),
            None => self.mismatch(ty, operand.span(), "not one"),
        }
    }

    fn body<'s>(&mut self, body: &'s ast::Body, schema: &Body, filled: &mut Filled<'s>) {
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        for item in &body.items {
            match item {
                Item::Attribute(attribute) => {
                    let Some(known) = schema.attribute(&attribute.name.name) else {
                        continue;
                    };
                    if known.support == Support::Later || !seen.insert(known.name) {
                        continue;
                    }
                    if let Some(data) = self.read(&attribute.value, known.ty) {
                        filled.data.insert(known.name, Spanned::new(data, attribute.value.span));
                    }
                }
                Item::Statement(statement) => {
                    let Some(known) = schema.block(&statement.word.name) else {
                        continue;
                    };
                    if known.occurs == Occurs::Once && !seen.insert(known.word) {
                        continue;
                    }
                    filled.inner.extend(self.fill(statement, known));
                }
                Item::Error(_) => {}
            }
        }
    }

    /// Defaults stand where nothing is written; what is written and wrong stays absent, so that nothing is decided on it.
    fn defaults(&mut self, schema: &Body, filled: &mut Filled<'_>) {
        let written = |name: &str| {
            let items = filled.statement.body.iter().flat_map(|b| &b.items);
            let mut names = items.filter_map(|item| match item {
                Item::Attribute(a) => Some(&a.name.name),
                _ => None,
            });
            names.any(|n| &**n == name)
        };
        let missing: Vec<_> = schema.attributes.iter().filter(|a| !written(a.name)).collect();
        for attribute in missing {
            let Default::Is(text) = attribute.default else { continue };
            let (expr, _) = parse_expr(filled.span.source, text);
            if let Some(data) = self.read(&expr, attribute.ty) {
                filled.data.insert(attribute.name, Spanned::new(data, filled.span));
            }
        }
    }

    /// The value of an expression, wholly known and without marks; nothing where it is null, or where a mistake was told.
    pub fn value(&mut self, expr: &Expr) -> Option<Value> {
        let (value, said) = evaluate(expr, &self.scope, &NoObjects);
        let broken = said.has_errors();
        self.said.append(said);
        if broken {
            return None;
        }
        if !value.is_wholly_known() {
            return self.fail(depends(expr.span));
        }
        if value.contains_ephemeral() {
            let said = Diagnostic::error(KEPT, "the intent is kept, and this value is ephemeral");
            let help = "sites, services and data are the same for everybody: take the ephemeral part out";
            return self.fail(said.at(expr.span, "comes from an ephemeral value").help(help));
        }
        let value = value.unmarked_deep();
        (!value.is_null()).then_some(value)
    }
}

/// Two messages about one name as one.
fn also(first: Diagnostic, second: Diagnostic) -> Diagnostic {
    let place = |d: &Diagnostic| d.primary.as_ref().map(|l| l.span);
    let (mut said, other) = if place(&second) < place(&first) {
        (second, first)
    } else {
        (first, second)
    };
    if let Some(span) = place(&other) {
        said = said.and(span, "here too");
    }
    let earlier = other.secondary.into_iter().filter(|l| l.text == "here too");
    said.secondary.extend(earlier);
    said
}

fn depends(span: Span) -> Diagnostic {
    Diagnostic::error(DEPENDS, "the intent does not depend on what is only known later")
        .at(span, "known only after apply")
        .help("work it out from variables, locals, functions and files")
}

/// An operand as an expression; a phrase of plain arguments is a call.
pub fn as_expr(operand: &Operand) -> Option<Arc<Expr>> {
    match operand {
        Operand::Expr(expr) => Some(expr.clone()),
        Operand::Phrase(phrase) => {
            let args = phrase.args.iter().map(|arg| match arg.as_slice() {
                [only] => as_expr(only),
                _ => None,
            });
            let kind = ast::ExprKind::Call {
                name: phrase.name.clone(),
                args: args.collect::<Option<Vec<_>>>()?,
                expand: false,
            };
            Some(Arc::new(Expr {
                kind,
                span: phrase.span,
            }))
        }
        Operand::Link(_) | Operand::Op(..) => None,
    }
}
