//! The terminal, or what stands in its place: where text goes, whether it is coloured, and whether anybody can be asked.

use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::base::{Diagnostics, Sources};
use crate::front::render::human;
use crate::front::render::paint::Paint;

/// When text is coloured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Colour {
    /// Always.
    Always,
    /// Never.
    Never,
    /// On a terminal that can, unless the user wishes none anywhere.
    #[default]
    Auto,
}

impl Colour {
    /// `always`, `never`, `auto`.
    pub fn parse(text: &str) -> Option<Self> {
        let known = [("always", Self::Always), ("never", Self::Never), ("auto", Self::Auto)];
        known
            .into_iter()
            .find(|(name, _)| *name == text)
            .map(|(_, colour)| colour)
    }

    /// `-color` and `-no-color`, then `NO_COLOR` where it holds anything, then `TERM=dumb`, then whether it is a terminal.
    pub fn paint(self, env: &dyn Fn(&str) -> Option<String>, terminal: bool) -> Paint {
        let wished = env("NO_COLOR").is_none_or(|v| v.is_empty()) && env("TERM").is_none_or(|t| t != "dumb");
        match self {
            Colour::Always => Paint::Colour,
            Colour::Auto if wished && terminal => Paint::Colour,
            Colour::Never | Colour::Auto => Paint::Plain,
        }
    }
}

/// Where text goes.
#[derive(Clone, Copy, Debug)]
pub struct Terminal {
    /// Whether standard output is coloured.
    pub out: Paint,
    /// Whether standard error is coloured.
    pub err: Paint,
}

impl Terminal {
    /// The terminal of this process.
    pub fn new(colour: Colour) -> Self {
        let env = |name: &str| std::env::var(name).ok();
        Self {
            out: colour.paint(&env, io::stdout().is_terminal()),
            err: colour.paint(&env, io::stderr().is_terminal()),
        }
    }

    /// Writes a result. A reader that went away is no reason to fail.
    pub fn say(&self, text: &str) {
        let _ = self.said(text);
    }

    /// Writes a result; an error says that nobody reads any more.
    pub fn said(&self, text: &str) -> io::Result<()> {
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes())?;
        out.flush()
    }

    /// Writes something that is not part of the result.
    pub fn warn(&self, text: &str) {
        let _ = io::stderr().lock().write_all(text.as_bytes());
    }

    /// Everything goes to standard error: where standard output is for what was asked, and nothing else.
    pub fn tell_aside(&self, diagnostics: &Diagnostics, sources: &Sources) {
        if !diagnostics.is_empty() {
            self.warn(&human::diagnostics(diagnostics, sources, self.err));
        }
    }

    /// Errors go to standard error, warnings to standard output.
    pub fn tell(&self, diagnostics: &Diagnostics, sources: &Sources) {
        let (errors, warnings): (Vec<_>, Vec<_>) = diagnostics.iter().cloned().partition(|d| d.is_error());
        let (errors, warnings): (Diagnostics, Diagnostics) =
            (errors.into_iter().collect(), warnings.into_iter().collect());
        if !warnings.is_empty() {
            self.say(&(human::diagnostics(&warnings, sources, self.out) + "\n"));
        }
        if !errors.is_empty() {
            self.warn(&human::diagnostics(&errors, sources, self.err));
            self.say_where_more_is(&errors);
        }
    }

    /// Once in a run, and only where a person looks on: how to read more about an error.
    fn say_where_more_is(&self, errors: &Diagnostics) {
        static SAID: AtomicBool = AtomicBool::new(false);
        if io::stderr().is_terminal() && !SAID.swap(true, Ordering::Relaxed) {
            let hint = errors.iter().next().map(|d| more(d.code.id)).unwrap_or_default();
            self.warn(&format!("\n{}\n", self.err.dim(hint)));
        }
    }
}

/// How to read more about a message.
pub fn more(code: &str) -> String {
    format!("`situs explain {code}` says more")
}

/// Writes to standard output without the lock of a line, for progress that comes from many threads.
pub fn stdout() -> Box<dyn Write + Send> {
    Box::new(io::stdout())
}

/// The same for standard error.
pub fn stderr() -> Box<dyn Write + Send> {
    Box::new(io::stderr())
}
