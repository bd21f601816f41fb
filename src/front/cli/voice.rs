//! How an operation speaks: to people in lines of text, to programs in lines of JSON. Commands say the same things to either.

use std::collections::BTreeMap;
use std::sync::Arc;

use situs_value::Value;

use crate::base::event::Sink;
use crate::base::{Diagnostics, Sources};
use crate::front::render::json::Stream;
use crate::front::render::progress::Progress;
use crate::front::render::verdict::{self, View};
use crate::front::render::{plan as plans, state};
use crate::run::plan::change::{Counts, Operation, Plan};

use super::VERSION;
use super::exit::Exit;
use super::session::Session;
use super::terminal::{Terminal, stderr, stdout};

/// How an operation speaks.
pub enum Voice {
    /// To people.
    Text {
        /// Where results go.
        terminal: Terminal,
        /// What happens while it works.
        progress: Arc<Progress>,
    },
    /// To programs.
    Json(Arc<Stream>),
}

impl Voice {
    /// The voice that the flags ask for.
    pub fn new(session: &Session) -> Self {
        if session.json() {
            return Voice::Json(Arc::new(Stream::new(stdout(), session.clock.clone(), VERSION)));
        }
        let progress = Progress::new(stdout(), stderr(), session.terminal.out);
        Voice::Text {
            terminal: session.terminal,
            progress: Arc::new(progress),
        }
    }

    /// Who hears what happens.
    pub fn sink(&self) -> Arc<dyn Sink> {
        match self {
            Voice::Text { progress, .. } => progress.clone(),
            Voice::Json(stream) => stream.clone(),
        }
    }

    /// Says which texts the places of diagnostics point into.
    pub fn knows(&self, sources: &Sources) {
        match self {
            Voice::Text { progress, .. } => progress.knows(sources.clone()),
            Voice::Json(stream) => stream.knows(sources.clone()),
        }
    }

    /// What is wrong.
    pub fn diagnostics(&self, diagnostics: &Diagnostics, sources: &Sources) {
        match self {
            Voice::Text { terminal, .. } => terminal.tell(diagnostics, sources),
            Voice::Json(stream) => stream.diagnostics(diagnostics),
        }
    }

    /// What will be done.
    pub fn plan(&self, plan: &Plan, view: &View) {
        match self {
            Voice::Text { terminal, .. } => terminal.say(&plans::text(plan, view, terminal.out)),
            Voice::Json(stream) => stream.plan(plan),
        }
    }

    /// A verdict that ends the work.
    pub fn refused(&self, view: &View, sources: &Sources) {
        self.diagnostics(&view.findings, sources);
        if let Voice::Text { terminal, .. } = self {
            terminal.say(&format!("\n{}", verdict::text(view, terminal.out)));
        }
    }

    /// What was done.
    pub fn applied(&self, operation: Operation, counts: Counts, outputs: &BTreeMap<String, Value>) {
        match self {
            Voice::Text { terminal, .. } => {
                terminal.say(&format!("\n{}", plans::done(operation, counts, terminal.out)));
                if !outputs.is_empty() {
                    let outputs = state::outputs(outputs);
                    terminal.say(&format!("\n{}\n\n{outputs}", terminal.out.bold("Outputs:")));
                }
            }
            Voice::Json(stream) => stream.applied(operation, counts, outputs),
        }
    }

    /// Something that only people are told.
    pub fn hint(&self, text: &str) {
        if let Voice::Text { terminal, .. } = self {
            terminal.say(text);
        }
    }

    /// The end.
    pub fn end(&self, session: &Session, exit: Exit, view: Option<&View>) -> Exit {
        if let Voice::Json(stream) = self {
            stream.end(exit.code(session.given.switch("detailed-exitcode", false)), view);
        }
        exit
    }
}
