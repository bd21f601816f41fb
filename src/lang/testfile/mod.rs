//! Test files (`*.situstest.situs`, `*.tftest.hcl`): what is given, what is mocked, and for every `run` what is done and what must hold
//! then. [`schema`] describes the blocks; here they are read. Nothing is worked out yet.

pub mod schema;

use std::sync::Arc;

use crate::base::source::SourceId;
use crate::base::span::Span;
use crate::base::{Code, Diagnostic, Diagnostics};
use crate::lang::config::check;
use crate::lang::eval::shape::Name;
use crate::lang::syntax::ast::{Body, Expr, ExprKind, Item, Operand, Statement};
use crate::lang::syntax::parse;

/// A part of a test file that holds something else than it must.
pub const BAD_TEST: Code = Code::new("E224", "a part of a test that cannot be read");

/// A test file.
#[derive(Debug, Default)]
pub struct TestFile {
    /// Values of variables for all runs.
    pub variables: Vec<(Name, Arc<Expr>)>,
    /// Providers that only pretend.
    pub mocks: Vec<Mock>,
    /// What is done, in order.
    pub runs: Vec<Run>,
}

/// A provider that only pretends.
#[derive(Debug)]
pub struct Mock {
    /// Its name in `required_providers`, or of a provider that ships with the engine.
    pub provider: Name,
    /// What it gives for attributes that only a provider sets, by resource type.
    pub resources: Vec<(Name, Arc<Expr>)>,
    /// The same for data sources.
    pub data: Vec<(Name, Arc<Expr>)>,
    /// Its head.
    pub span: Span,
}

/// One step of a test.
#[derive(Debug)]
pub struct Run {
    /// Its name.
    pub name: Name,
    /// Whether it applies what it plans.
    pub command: Command,
    /// Values of variables for this run.
    pub variables: Vec<(Name, Arc<Expr>)>,
    /// What must hold afterwards.
    pub asserts: Vec<Assert>,
    /// What must fail: `var.size`.
    pub failures: Vec<(String, Span)>,
    /// The verdict that must come out; proved where none is named.
    pub verdict: Option<(Name, Span)>,
    /// The codes that its findings must have, all of them and no others.
    pub findings: Option<(Vec<Name>, Span)>,
    /// Its head.
    pub span: Span,
}

/// What a run does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Command {
    /// `plan`
    Plan,
    /// `apply`
    #[default]
    Apply,
}

/// `assert { … }`
#[derive(Debug)]
pub struct Assert {
    /// What must hold.
    pub condition: Arc<Expr>,
    /// What is said where it does not.
    pub message: Option<Arc<Expr>>,
}

/// Whether a file of that name is a test.
pub fn is_test(name: &str) -> bool {
    !name.starts_with('.') && (name.ends_with(".situstest.situs") || name.ends_with(".tftest.hcl"))
}

/// Reads a test file.
pub fn read(source: SourceId, text: &str) -> (TestFile, Diagnostics) {
    let (file, mut said) = parse(source, text);
    said.append(check::check_against(&file, schema::BLOCKS));
    let mut test = TestFile::default();
    for item in &file.body.items {
        let Item::Statement(statement) = item else { continue };
        match &*statement.word.name {
            "variables" => test.variables.extend(attributes(statement)),
            "mock_provider" => test.mocks.extend(mock(statement)),
            "run" => test.runs.extend(said.take(run(statement))),
            _ => {}
        }
    }
    (test, said.sorted())
}

fn mock(statement: &Statement) -> Option<Mock> {
    let defaults = |word| {
        let blocks = blocks(statement.body.as_ref(), word);
        let one = |s: &Statement| Some((label(s)?, value(s.body.as_ref(), "defaults")?));
        blocks.filter_map(one).collect()
    };
    Some(Mock {
        provider: label(statement)?,
        resources: defaults("mock_resource"),
        data: defaults("mock_data"),
        span: head(statement),
    })
}

fn run(statement: &Statement) -> (Option<Run>, Diagnostics) {
    let mut said = Diagnostics::new();
    let body = statement.body.as_ref();
    let Some(name) = label(statement) else {
        return (None, said);
    };
    let asserts = blocks(body, "assert").filter_map(|s| {
        Some(Assert {
            condition: value(s.body.as_ref(), "condition")?,
            message: value(s.body.as_ref(), "error_message"),
        })
    });
    let verdict = value(body, "expect_verdict").and_then(|e| said.take(word(&e, &schema::VERDICTS)));
    let command = value(body, "command").and_then(|e| said.take(word(&e, &["plan", "apply"])));
    let findings = value(body, "expect_findings").map(|e| (said.take(codes(&e)), e.span));
    let failures = value(body, "expect_failures").map(|e| said.take(addresses(&e)));
    let run = Run {
        name,
        command: match command {
            Some((word, _)) if &*word == "plan" => Command::Plan,
            _ => Command::Apply,
        },
        variables: blocks(body, "variables").flat_map(attributes).collect(),
        asserts: asserts.collect(),
        failures: failures.unwrap_or_default(),
        verdict,
        findings,
        span: head(statement),
    };
    (Some(run), said)
}

/// One of a few words, bare or as a text.
fn word(expr: &Expr, words: &[&str]) -> (Option<(Name, Span)>, Diagnostics) {
    let name = text(expr).filter(|name| words.contains(&&**name));
    match name {
        Some(name) => (Some((name, expr.span)), Diagnostics::new()),
        None => (
            None,
            wrong(expr.span, &format!("one of `{}` is expected", words.join("`, `"))),
        ),
    }
}

fn codes(expr: &Expr) -> (Vec<Name>, Diagnostics) {
    several(expr, "codes of findings are expected, such as `[R014]`", text)
}

fn addresses(expr: &Expr) -> (Vec<(String, Span)>, Diagnostics) {
    let what = "what is to fail is named without quotes, such as `[var.size]`";
    several(expr, what, |e| {
        let path = e.as_path()?;
        let words: Vec<&str> = path.iter().map(|word| &*word.name).collect();
        (words.len() > 1).then(|| (words.join("."), e.span))
    })
}

fn several<T>(expr: &Expr, what: &str, one: impl Fn(&Expr) -> Option<T>) -> (Vec<T>, Diagnostics) {
    let ExprKind::Tuple(elements) = &expr.kind else {
        return (Vec::new(), wrong(expr.span, what));
    };
    let mut said = Diagnostics::new();
    let mut found = Vec::new();
    for element in elements {
        match one(element) {
            Some(one) => found.push(one),
            None => said.append(wrong(element.span, what)),
        }
    }
    (found, said)
}

fn wrong(span: Span, what: &str) -> Diagnostics {
    Diagnostic::error(BAD_TEST, what)
        .at(span, "this is something else")
        .into()
}

fn text(expr: &Expr) -> Option<Name> {
    expr.as_text()
        .map(Name::from)
        .or_else(|| expr.as_name().map(|n| n.name.clone()))
}

fn label(statement: &Statement) -> Option<Name> {
    match statement.operands.first()? {
        Operand::Expr(e) => text(e),
        _ => None,
    }
}

fn head(statement: &Statement) -> Span {
    match statement.operands.last() {
        Some(last) => statement.word.span.to(last.span()),
        None => statement.word.span,
    }
}

fn attributes(statement: &Statement) -> Vec<(Name, Arc<Expr>)> {
    let items = statement.body.iter().flat_map(|b| &b.items);
    let one = |item: &Item| match item {
        Item::Attribute(a) => Some((a.name.name.clone(), a.value.clone())),
        _ => None,
    };
    items.filter_map(one).collect()
}

fn value(body: Option<&Body>, name: &str) -> Option<Arc<Expr>> {
    crate::lang::eval::expand::attribute(body?, name).cloned()
}

fn blocks<'a>(body: Option<&'a Body>, word: &'a str) -> impl Iterator<Item = &'a Statement> {
    let items = body.into_iter().flat_map(|b| &b.items);
    items.filter_map(move |item| match item {
        Item::Statement(s) if &*s.word.name == word => Some(s),
        _ => None,
    })
}
