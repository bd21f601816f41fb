//! Lines that a person types: with history, completion, and lines that go on while something is open. `rustyline` is used here only.

use std::io;
use std::path::PathBuf;

use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::FileHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{CompletionType, Config, Context, Editor, Helper};

/// How a text could go on: where its last word begins, and what could stand there.
pub type Complete = Box<dyn Fn(&str) -> (usize, Vec<String>)>;
/// Whether a text is not at its end.
pub type IsOpen = fn(&str) -> bool;

/// Reads what is typed.
pub struct Lines {
    editor: Editor<Typing, FileHistory>,
    history: Option<PathBuf>,
}

impl Lines {
    /// With the history of a file, where one is named: it is read now and written at the end.
    pub fn new(complete: Complete, is_open: IsOpen, history: Option<PathBuf>) -> io::Result<Self> {
        let config = Config::builder().completion_type(CompletionType::List).build();
        let mut editor = Editor::with_history(config, FileHistory::new()).map_err(plain)?;
        editor.set_helper(Some(Typing { complete, is_open }));
        if let Some(path) = history.as_ref().filter(|p| p.exists()) {
            editor.load_history(path).map_err(plain)?;
        }
        Ok(Self { editor, history })
    }

    /// The next text; nothing at the end. What is interrupted is an empty text.
    pub fn next(&mut self, prompt: &str) -> io::Result<Option<String>> {
        match self.editor.readline(prompt) {
            Ok(line) => {
                self.editor.add_history_entry(&line).map_err(plain)?;
                Ok(Some(line))
            }
            Err(ReadlineError::Interrupted) => Ok(Some(String::new())),
            Err(ReadlineError::Eof) => Ok(None),
            Err(error) => Err(plain(error)),
        }
    }

    /// Keeps the history, where it is kept.
    pub fn close(mut self) -> io::Result<()> {
        let Some(path) = &self.history else { return Ok(()) };
        if let Some(directory) = path.parent() {
            std::fs::create_dir_all(directory)?;
        }
        self.editor.save_history(path).map_err(plain)
    }
}

fn plain(error: ReadlineError) -> io::Error {
    match error {
        ReadlineError::Io(error) => error,
        other => io::Error::other(other.to_string()),
    }
}

struct Typing {
    complete: Complete,
    is_open: IsOpen,
}

impl Helper for Typing {}

impl Hinter for Typing {
    type Hint = String;
}

impl Highlighter for Typing {}

impl Completer for Typing {
    type Candidate = String;

    fn complete(&self, line: &str, at: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<String>)> {
        let before = line.split_at_checked(at).map_or(line, |(before, _)| before);
        Ok((self.complete)(before))
    }
}

impl Validator for Typing {
    fn validate(&self, typed: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        Ok(if (self.is_open)(typed.input()) {
            ValidationResult::Incomplete
        } else {
            ValidationResult::Valid(None)
        })
    }
}
