//! The last that a plug-in said, for the message that tells of its end: never more than a little of it, however much it says.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// So many lines are kept before the end comes.
const LAST: usize = 12;
/// So many lines are kept from where a crash begins.
const CRASH: usize = 40;
/// A line is kept up to so many bytes.
const LONGEST: usize = 2048;

/// The last lines.
#[derive(Default)]
pub(super) struct Tail(Mutex<Lines>);

#[derive(Default)]
struct Lines {
    kept: VecDeque<String>,
    open: Vec<u8>,
    crashed: bool,
}

impl Tail {
    /// Takes in what was printed.
    pub fn take(&self, bytes: &[u8]) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for piece in bytes.split_inclusive(|b| *b == b'\n') {
            let room = LONGEST.saturating_sub(lines.open.len());
            lines.open.extend(piece.iter().take(room));
            if piece.ends_with(b"\n") {
                lines.end();
            }
        }
    }

    /// The lines, from where the crash began if there was one.
    pub fn told(&self) -> Vec<String> {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !lines.open.is_empty() {
            lines.end();
        }
        lines.kept.iter().cloned().collect()
    }
}

impl Lines {
    fn end(&mut self) {
        let bytes = std::mem::take(&mut self.open);
        let line = String::from_utf8_lossy(&bytes);
        let line = message(line.trim_end());
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

/// What is said in a line of a log, where it is one.
fn message(line: &str) -> String {
    let logged: Option<serde_json::Value> = line.starts_with('{').then(|| serde_json::from_str(line).ok()).flatten();
    let text = logged.as_ref().and_then(|l| l.get("@message")?.as_str());
    let plain = |c: char| !c.is_control() || c == '\t';
    text.unwrap_or(line).chars().filter(|c| plain(*c)).collect()
}
