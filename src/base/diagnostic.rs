//! What is said to the user: errors are data, drawn elsewhere (`front/render`).
//!
//! Wording (tested by the cases): the title states the fact in one sentence without a full stop, with code in backticks;
//! the primary label says what is wrong at its place; a help line is an order that can be carried out; no "invalid", no "please".

use serde::Serialize;

use super::span::Span;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nothing is done.
    Error,
    /// It is done all the same.
    Warning,
}

/// The name of one kind of message: a letter and three digits (`E042`, `R014`).
///
/// A code is declared once, beside the code that raises it, as `pub const NAME: Code = Code::new("E042", "…")`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code {
    /// The letter and three digits.
    pub id: &'static str,
    /// What it stands for, in a few words.
    pub about: &'static str,
}

impl Code {
    /// Declares a code.
    pub const fn new(id: &'static str, about: &'static str) -> Self {
        Self { id, about }
    }
}

impl Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id)
    }
}

/// A title is one line, also where it quotes what a user wrote.
fn one_line(title: String) -> String {
    match title.contains(char::is_control) {
        false => title,
        true => title.chars().fold(String::new(), |mut line, c| {
            match c.is_control() {
                true => line.extend(c.escape_default()),
                false => line.push(c),
            }
            line
        }),
    }
}

/// A place and what is to be said about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// What is said there; may be empty.
    pub text: String,
}

/// One edit that mends the mistake.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fix {
    /// What is replaced.
    pub span: Span,
    /// By what.
    pub with: String,
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// Which kind of message.
    pub code: Code,
    /// How bad.
    pub severity: Severity,
    /// The fact, in the user's words.
    pub title: String,
    /// What is wrong, where.
    pub primary: Option<Label>,
    /// The other halves: a declaration, a rule, an earlier value.
    pub secondary: Vec<Label>,
    /// More of the story, a line each (a path, a reason).
    pub notes: Vec<String>,
    /// What to do next, an order each.
    pub help: Vec<String>,
    /// The same as an edit, where there is one.
    pub fix: Option<Fix>,
    /// The thing it is about, where it has an address.
    pub address: Option<String>,
}

impl Diagnostic {
    /// An error without a place; see [`Diagnostic::at`].
    pub fn error(code: Code, title: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            title: one_line(title.into()),
            primary: None,
            secondary: Vec::new(),
            notes: Vec::new(),
            help: Vec::new(),
            fix: None,
            address: None,
        }
    }

    /// A warning without a place.
    pub fn warning(code: Code, title: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(code, title)
        }
    }

    /// Says where, and what is wrong there.
    #[must_use]
    pub fn at(mut self, span: Span, text: impl Into<String>) -> Self {
        self.primary = Some(Label {
            span,
            text: text.into(),
        });
        self
    }

    /// Shows the other half.
    #[must_use]
    pub fn and(mut self, span: Span, text: impl Into<String>) -> Self {
        self.secondary.push(Label {
            span,
            text: text.into(),
        });
        self
    }

    /// Adds a line to the story.
    #[must_use]
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }

    /// Adds an order.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help.push(text.into());
        self
    }

    /// Adds an order where there is one.
    #[must_use]
    pub fn help_some(mut self, text: Option<String>) -> Self {
        self.help.extend(text);
        self
    }

    /// Names the edit that mends it.
    #[must_use]
    pub fn fix(mut self, span: Span, with: impl Into<String>) -> Self {
        self.fix = Some(Fix {
            span,
            with: with.into(),
        });
        self
    }

    /// Names the thing it is about.
    #[must_use]
    #[allow(
        clippy::needless_pass_by_value,
        reason = "an address or a reference to one, whatever is at hand"
    )]
    pub fn about(mut self, address: impl ToString) -> Self {
        self.address = Some(address.to_string());
        self
    }

    /// Whether it stops the work.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// All that is to be said about a piece of work; analysis returns `(T, Diagnostics)` and keeps going.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    /// Nothing to say.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.0.push(diagnostic);
    }

    /// Adds all of another piece of work.
    pub fn append(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Keeps the value of a piece of work and its messages here.
    pub fn take<T>(&mut self, (value, diagnostics): (T, Self)) -> T {
        self.append(diagnostics);
        value
    }

    /// Whether anything stops the work.
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(Diagnostic::is_error)
    }

    /// Whether there is nothing to say.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// One after the other.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.0.iter()
    }

    /// Sorted as they are shown: by file and place, those without a place last; equal ones once.
    #[must_use]
    pub fn sorted(mut self) -> Self {
        self.0.sort_by_key(|d| {
            (
                d.primary.is_none(),
                d.primary.as_ref().map(|l| l.span),
                d.severity,
                d.code,
            )
        });
        self.0.dedup();
        self
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(diagnostic: Diagnostic) -> Self {
        Self(vec![diagnostic])
    }
}

impl FromIterator<Diagnostic> for Diagnostics {
    fn from_iter<I: IntoIterator<Item = Diagnostic>>(iter: I) -> Self {
        Self(iter.into_iter().collect())
    }
}

impl Extend<Diagnostic> for Diagnostics {
    fn extend<I: IntoIterator<Item = Diagnostic>>(&mut self, iter: I) {
        self.0.extend(iter);
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// The nearest of `candidates` to a mistyped `word`, for `did you mean`; nothing where none is near.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (word.chars().count() / 3).clamp(1, 3);
    candidates
        .into_iter()
        .map(|c| {
            (
                strsim::damerau_levenshtein(&word.to_lowercase(), &c.to_lowercase()),
                other_start(word, c),
                c,
            )
        })
        .filter(|(distance, _, _)| *distance <= limit)
        .min()
        .map(|(_, _, c)| c)
}

/// Of two that are equally near, the one that starts the same is meant.
fn other_start(word: &str, candidate: &str) -> bool {
    word.chars().next() != candidate.chars().next()
}

/// ``did you mean `x`?`` for the nearest of `candidates`.
pub fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(word, candidates).map(|near| format!("did you mean `{near}`?"))
}
