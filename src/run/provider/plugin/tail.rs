//! The last that a plug-in said, for the message that tells of its end: never more than a little of it, however much it says.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use super::log::{self, Level, Logs};

/// So many lines are kept before the end comes.
const LAST: usize = 12;
/// So many lines are kept from where a crash begins.
const CRASH: usize = 40;
/// A line is kept up to so many bytes.
const LONGEST: usize = 16 * 1024;

/// The last lines; all of them are passed on to who wants them.
pub(super) struct Tail {
    lines: Mutex<Lines>,
    plugin: String,
    logs: Option<Logs>,
}

#[derive(Default)]
struct Lines {
    kept: VecDeque<String>,
    open: Vec<u8>,
    crashed: bool,
}

impl Tail {
    /// The last lines of a plug-in, and who wants its logs.
    pub fn new(plugin: &str, logs: Option<Logs>) -> Self {
        Self {
            lines: Mutex::default(),
            plugin: plugin.to_owned(),
            logs,
        }
    }

    /// Takes in what was printed.
    pub fn take(&self, bytes: &[u8]) {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        for piece in bytes.split_inclusive(|b| *b == b'\n') {
            let room = LONGEST.saturating_sub(lines.open.len());
            lines.open.extend(piece.iter().take(room));
            if piece.ends_with(b"\n") {
                self.end(&mut lines);
            }
        }
    }

    /// The lines, from where the crash began if there was one.
    pub fn told(&self) -> Vec<String> {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if !lines.open.is_empty() {
            self.end(&mut lines);
        }
        lines.kept.iter().cloned().collect()
    }

    fn end(&self, lines: &mut Lines) {
        let bytes = std::mem::take(&mut lines.open);
        let line = String::from_utf8_lossy(&bytes);
        if let Some(logs) = &self.logs {
            logs.line(&self.plugin, &plain(line.trim_end()));
        }
        lines.keep(said(line.trim_end()));
    }
}

impl Lines {
    fn keep(&mut self, line: String) {
        if line.is_empty() {
            return;
        }
        if !self.crashed && (line.starts_with("panic: ") || line.starts_with("fatal error: ")) {
            self.crashed = true;
            self.kept.clear();
        }
        match self.crashed {
            true if self.kept.len() >= CRASH => return,
            false if self.kept.len() >= LAST => drop(self.kept.pop_front()),
            _ => {}
        }
        self.kept.push_back(line);
    }
}

/// What is said in a line. One of a log counts where it tells of something that is wrong.
fn said(line: &str) -> String {
    match log::read(line) {
        Some(logged) if log::level(&logged) < Level::Warn => String::new(),
        Some(logged) => plain(log::message(&logged)),
        None => plain(line),
    }
}

/// A text without what a terminal would obey.
fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() || *c == '\t').collect()
}
