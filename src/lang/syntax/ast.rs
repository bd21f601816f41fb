//! The tree of one file. It is total: what could not be read stands as [`Item::Error`] or [`ExprKind::Error`] at its place, and the
//! message about it was given once, when it was read. Nothing here is resolved: whether a [`Statement`] is a block or a clause, and
//! what a bare name means, the schema says (`lang/schema`, `lang/config`).

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::base::span::Span;

/// A file.
#[derive(Clone, Debug, PartialEq)]
pub struct File {
    /// What stands in it, in order.
    pub body: Body,
    /// Every comment in it, in order; the formatter weaves them in again.
    pub comments: Vec<Comment>,
}

/// A comment, from its first mark to its last character (no line end).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comment {
    /// Where it stands.
    pub span: Span,
    /// Whether it has its line to itself, or follows something on the line.
    pub place: CommentPlace,
}

/// Where a comment stands on its line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommentPlace {
    /// Nothing but blanks before it.
    OwnLine,
    /// Behind something.
    Trailing,
}

/// What stands between braces, or in a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Body {
    /// The items in order.
    pub items: Vec<Item>,
    /// With the braces where there are any.
    #[serde(with = "super::place")]
    pub span: Span,
}

/// One item of a body.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Item {
    /// `WORD = expr`
    Attribute(Attribute),
    /// `WORD operands [body]`: a block or a clause.
    Statement(Statement),
    /// What could not be read.
    Error(#[serde(with = "super::place")] Span),
}

/// A name and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Ident {
    /// The name.
    pub name: Arc<str>,
    /// Where it stands.
    #[serde(with = "super::place")]
    pub span: Span,
}

/// `name = value`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attribute {
    /// The name.
    pub name: Ident,
    /// The value.
    pub value: Arc<Expr>,
    /// All of it.
    #[serde(with = "super::place")]
    pub span: Span,
}

/// `WORD operands [body]`: the schema says whether it is a block (`site fra1 { … }`) or a clause (`reads patients`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Statement {
    /// The first word.
    pub word: Ident,
    /// What follows it, flat and in order; the clause's schema folds it.
    pub operands: Vec<Operand>,
    /// `{ … }` behind it.
    pub body: Option<Body>,
    /// All of it.
    #[serde(with = "super::place")]
    pub span: Span,
}

/// One piece of a statement's head.
///
/// A head is flat: `store, process only in EEA unless covered by scc` is a list of names and commas. `(`, `[`, `.` belong to the
/// operand that they touch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Operand {
    /// A name, a dotted reference, a string, a number, a quantity, a date, a list, a call of plain arguments.
    Expr(Arc<Expr>),
    /// A call whose arguments are phrases: `pseudonymous(table at munich)`, `encrypted(keys in EEA under EEA)`.
    Phrase(Phrase),
    /// `fra1 -- par1` or `fra1 -> par1`, with spaces.
    Link(Link),
    /// A separator or an operator between operands.
    Op(Op, #[serde(with = "super::place")] Span),
}

impl Operand {
    /// Where it stands.
    pub fn span(&self) -> Span {
        match self {
            Operand::Expr(e) => e.span,
            Operand::Phrase(p) => p.span,
            Operand::Link(l) => l.span,
            Operand::Op(_, span) => *span,
        }
    }

    /// The bare name it is, if it is one.
    pub fn word(&self) -> Option<&Ident> {
        match self {
            Operand::Expr(e) => e.as_name(),
            _ => None,
        }
    }
}

/// `name(words …)`: a call in operand position. Plain calls (`file("x")`, `range(3)`) are phrases too: each argument is then one
/// [`Operand::Expr`]. Arguments are separated by top-level commas.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Phrase {
    /// What is called.
    pub name: Ident,
    /// The arguments, each a flat head of its own.
    pub args: Vec<Vec<Operand>>,
    /// All of it.
    #[serde(with = "super::place")]
    pub span: Span,
}

/// Two ends joined.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Link {
    /// The left end.
    pub from: Arc<Expr>,
    /// The right end.
    pub to: Arc<Expr>,
    /// Which ways it goes.
    pub arrow: Arrow,
    /// All of it.
    #[serde(with = "super::place")]
    pub span: Span,
}

/// Which ways a link goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Arrow {
    /// `--`
    Both,
    /// `->`
    OneWay,
}

/// Separators and operators that a head may hold between operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Op {
    /// `,`
    Comma,
    /// `|`
    Pipe,
    /// `&`
    And,
    /// `-` with spaces
    Minus,
    /// `&&`
    AndAnd,
    /// `||`
    OrOr,
    /// `!`
    Not,
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
}

/// An expression.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands.
    #[serde(with = "super::place")]
    pub span: Span,
}

impl Expr {
    /// The bare name it is, if it is one.
    pub fn as_name(&self) -> Option<&Ident> {
        match &self.kind {
            ExprKind::Name(ident) => Some(ident),
            _ => None,
        }
    }

    /// The text of a template without interpolation, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        match &self.kind {
            ExprKind::Template(t) => match t.parts.as_slice() {
                [] => Some(""),
                [TemplatePart::Text(text, _)] => Some(text),
                _ => None,
            },
            _ => None,
        }
    }

    /// The names of a dotted reference (`service.triage` is two), if it is one.
    pub fn as_path(&self) -> Option<Vec<&Ident>> {
        match &self.kind {
            ExprKind::Name(ident) => Some(vec![ident]),
            ExprKind::Attr(base, name) => {
                let mut path = base.as_path()?;
                path.push(name);
                Some(path)
            }
            _ => None,
        }
    }
}

/// What an expression is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ExprKind {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// Digits as written: `12`, `1.5`, `1e6`.
    Number(Arc<str>),
    /// A number with a unit as written: `20ms`, `0.02EUR/GiB`, `50%`.
    Quantity {
        /// The digits.
        number: Arc<str>,
        /// The unit behind them: `ms`, `EUR/GiB`, `%`.
        unit: Arc<str>,
    },
    /// `2027-06-30` as one token; where no date is expected it is a subtraction.
    Date {
        /// The year.
        year: u16,
        /// The month, as written.
        month: u8,
        /// The day, as written.
        day: u8,
    },
    /// A quoted string or a heredoc, with or without interpolation.
    Template(Template),
    /// A bare name: the root of a reference, a declared thing, a place, a word of a fixed set.
    Name(Ident),
    /// `base.name`
    Attr(Arc<Expr>, Ident),
    /// `base@site`: the part of a placed thing that is on one site.
    AtSite(Arc<Expr>, Ident),
    /// `base[key]`, and the older `base.0`
    Index(Arc<Expr>, Arc<Expr>),
    /// `base[*].rest` (`full`), or `base.*.rest`, which takes attributes only.
    Splat {
        /// What is spread.
        base: Arc<Expr>,
        /// Which of the two forms.
        kind: SplatKind,
        /// What follows, applied to every element.
        rest: Vec<SplatStep>,
    },
    /// `name(args…)`, `provider::x::name(args…)`; `expand` is `…` behind the last argument.
    Call {
        /// The name with its `::` parts.
        name: Ident,
        /// The arguments.
        args: Vec<Arc<Expr>>,
        /// Whether `...` stands behind the last.
        expand: bool,
    },
    /// `-x`, `!x`
    Unary(UnaryOp, Arc<Expr>),
    /// `a + b`
    Binary(BinaryOp, Arc<Expr>, Arc<Expr>),
    /// `test ? yes : no`
    Conditional(Arc<Expr>, Arc<Expr>, Arc<Expr>),
    /// `[a, b]`
    Tuple(Vec<Arc<Expr>>),
    /// `{ a = b, (k) = v, "x": y }`
    Object(Vec<ObjectItem>),
    /// `[for v in xs : …]`, `{for k, v in xs : k => v... if c}`
    For(Box<For>),
    /// `(x)`
    Paren(Arc<Expr>),
    /// What could not be read; its message was given. Silent in every later check.
    Error,
}

/// The two splats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SplatKind {
    /// `[*]`
    Full,
    /// `.*`
    AttributesOnly,
}

/// What follows a splat.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum SplatStep {
    /// `.name`
    Attr(Ident),
    /// `[key]`
    Index(Arc<Expr>),
    /// `[*]`: what follows is taken from each element of what was taken so far.
    Each,
}

/// `-` and `!`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum UnaryOp {
    /// `-`
    Neg,
    /// `!`
    Not,
}

/// The operators between two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "each is its sign")]
pub enum BinaryOp {
    Add,
    Sub,
    Mul,
    Div,
    Mod,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    And,
    Or,
    /// `|` between sets of places
    Union,
    /// `&` between sets of places
    Intersect,
}

/// `key = value` in an object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ObjectItem {
    /// The key.
    pub key: ObjectKey,
    /// The value.
    pub value: Arc<Expr>,
}

/// The key of an object's item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ObjectKey {
    /// A bare word: the key is the word itself.
    Name(Ident),
    /// `"x"`, `(x)`, `12`, `a.b`: evaluated.
    Expr(Arc<Expr>),
}

/// A `for` expression.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct For {
    /// The name of the key or index, where two names are given.
    pub key: Option<Ident>,
    /// The name of the element.
    pub value: Ident,
    /// What is gone through.
    pub collection: Arc<Expr>,
    /// What each element becomes.
    pub result: ForResult,
    /// `if …`
    pub condition: Option<Arc<Expr>>,
}

/// What a `for` makes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ForResult {
    /// `[for …]`
    Tuple(Arc<Expr>),
    /// `{for …}`
    Object {
        /// The key of each.
        key: Arc<Expr>,
        /// The value of each.
        value: Arc<Expr>,
        /// Whether `...` groups the values of equal keys.
        group: bool,
    },
}

/// A string with holes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Template {
    /// Quoted, or a heredoc.
    pub style: TemplateStyle,
    /// Its parts in order, escapes resolved, indentation of `<<-` taken away, trim marks applied.
    pub parts: Vec<TemplatePart>,
}

/// How a template is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TemplateStyle {
    /// `"…"`
    Quoted,
    /// `<<TAG` or, with `indented`, `<<-TAG`
    Heredoc {
        /// The word that ends it.
        tag: Arc<str>,
        /// Whether it is `<<-`.
        indented: bool,
    },
}

/// One part of a template.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum TemplatePart {
    /// Text as it will be.
    Text(Arc<str>, #[serde(with = "super::place")] Span),
    /// `${ … }`
    Interpolation(Arc<Expr>),
    /// `%{ if … }…%{ else }…%{ endif }`
    If {
        /// The condition.
        condition: Arc<Expr>,
        /// When it holds.
        then: Vec<TemplatePart>,
        /// When it does not.
        otherwise: Vec<TemplatePart>,
    },
    /// `%{ for … in … }…%{ endfor }`
    For {
        /// The name of the key or index, where two names are given.
        key: Option<Ident>,
        /// The name of the element.
        value: Ident,
        /// What is gone through.
        collection: Arc<Expr>,
        /// What stands inside.
        body: Vec<TemplatePart>,
    },
}
