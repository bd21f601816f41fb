//! `situs test`

use std::path::PathBuf;

use crate::base::ports::World;
use crate::base::{Diagnostic, Diagnostics};
use crate::engine::{self, Test, Tested, Went};
use crate::front::cli::args::{Spec, WRONG_ARGUMENT, value, values};
use crate::front::cli::exit::Exit;
use crate::front::cli::operate::VARIABLES;
use crate::front::cli::session::{Session, block_on};
use crate::front::render::paint::{Paint, Style, safe};
use crate::lang::config::{Request, UNREADABLE};
use crate::lang::testfile::is_test;

/// The command.
pub static SPEC: Spec = Spec {
    name: "test",
    about: "Run the tests of the configuration",
    more: "Runs every `*.situstest.situs` and `*.tftest.hcl` of this directory and of `tests`: each `run` plans or applies the configuration \
           in a state of its own, and what must hold then is looked at: assertions, failures, the verdict of the law and its findings. What \
           was made is taken away at the end.",
    operands: &[],
    flags: &[
        &[
            values("filter", "FILE", "Only this file."),
            value("test-directory", "DIR", "Where else tests are (default `tests`)."),
        ],
        VARIABLES,
    ],
    run,
};

fn run(session: &Session) -> Exit {
    let (tests, request) = match tests(session).and_then(|tests| Ok((tests, session.request()?))) {
        Ok(found) => found,
        Err(said) => return session.fail(&(*said).into()),
    };
    let mut counts = Counts::default();
    for test in &tests {
        if one(session, &request, test, &mut counts).is_none() {
            return Exit::Error;
        }
    }
    let paint = session.terminal.out;
    session.terminal.say(&format!("{}\n", counts.text(paint)));
    if counts.whole() { Exit::Done } else { Exit::Error }
}

/// How the runs went.
#[derive(Default)]
struct Counts {
    passed: usize,
    failed: usize,
    skipped: usize,
    broken: bool,
}

impl Counts {
    fn whole(&self) -> bool {
        self.failed == 0 && !self.broken
    }

    fn text(&self, paint: Paint) -> String {
        let word = if self.whole() {
            paint.paint(Style::BoldGreen, "Success!")
        } else {
            paint.paint(Style::BoldRed, "Failure!")
        };
        let skipped = match self.skipped {
            0 => String::new(),
            n => format!(", {n} skipped"),
        };
        format!("{word} {} passed, {} failed{skipped}.", self.passed, self.failed)
    }
}

/// Runs one file. Nothing: the runtime for it could not be had.
fn one(session: &Session, request: &Request, test: &Test, counts: &mut Counts) -> Option<()> {
    let terminal = session.terminal;
    terminal.say(&format!("{}... in progress\n", safe(&test.path)));
    let scratch = scratch(counts.passed + counts.failed + counts.skipped);
    let mut tell = |tested: Tested| {
        let (word, style) = match tested.went {
            Went::Pass => ("pass", Style::Green),
            Went::Fail => ("fail", Style::Red),
            Went::Skip => ("skip", Style::Yellow),
        };
        match (tested.name.as_str(), tested.went) {
            ("", _) => counts.broken = true,
            (_, Went::Pass) => counts.passed += 1,
            (_, Went::Fail) => counts.failed += 1,
            (_, Went::Skip) => counts.skipped += 1,
        }
        if !tested.name.is_empty() {
            let word = terminal.out.paint(style, word);
            terminal.say(&format!("  run \"{}\"... {word}\n", safe(&tested.name)));
        }
        let errors: Diagnostics = tested.said.into_iter().filter(Diagnostic::is_error).collect();
        terminal.tell(&errors, &tested.sources);
    };
    let ports = session.quiet();
    let whole = block_on(engine::test(&ports, request, test, scratch.join("state.db"), &mut tell)).ok()?;
    if whole || !counts.broken {
        // What cannot be removed lies in the directory for such things.
        let _ = std::fs::remove_dir_all(&scratch);
    }
    let word = if whole {
        terminal.out.paint(Style::Green, "pass")
    } else {
        terminal.out.paint(Style::Red, "fail")
    };
    terminal.say(&format!("{}... {word}\n\n", safe(&test.path)));
    Some(())
}

/// A directory for the state of one test file.
fn scratch(number: usize) -> PathBuf {
    std::env::temp_dir().join(format!("situs-test-{}-{number}", std::process::id()))
}

/// The tests of this directory and of that for tests, by path.
fn tests(session: &Session) -> Result<Vec<Test>, Box<Diagnostic>> {
    let directory = session
        .given
        .value("test-directory")
        .unwrap_or("tests")
        .trim_end_matches('/');
    let below = session.world.list(directory).unwrap_or_default();
    let below = below.into_iter().map(|name| format!("{directory}/{name}"));
    let here = session.world.list("").unwrap_or_default();
    let name = |path: &str| path.rsplit('/').next().is_some_and(is_test);
    let mut paths: Vec<String> = here.into_iter().chain(below).filter(|p| name(p)).collect();
    let wanted = session.given.values("filter");
    if let Some(missing) = wanted.iter().find(|w| !paths.iter().any(|p| p == *w)) {
        let said = Diagnostic::error(
            WRONG_ARGUMENT,
            format!("`-filter` names `{missing}`, and there is no such test"),
        );
        return Err(Box::new(
            said.help("a test is a `*.situstest.situs` or `*.tftest.hcl` here or in `tests`"),
        ));
    }
    paths.retain(|p| wanted.is_empty() || wanted.contains(&p.as_str()));
    paths.sort();
    paths.into_iter().map(|path| text(session, path)).collect()
}

fn text(session: &Session, path: String) -> Result<Test, Box<Diagnostic>> {
    let bytes = session.world.read(&path).map_err(|e| e.to_string());
    let text = bytes.and_then(|b| String::from_utf8(b).map_err(|_| "it is no UTF-8 text".to_owned()));
    match text {
        Ok(text) => Ok(Test { path, text }),
        Err(why) => Err(Box::new(Diagnostic::error(
            UNREADABLE,
            format!("`{path}` cannot be read: {why}"),
        ))),
    }
}
