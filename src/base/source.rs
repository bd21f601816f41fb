//! The texts that spans point into.

use serde::{Deserialize, Serialize};

use super::span::Span;

/// Names one text of a [`Sources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SourceId(pub u32);

/// One text: a file as the user names it, or a text that the engine ships (`builtin/local/runtime.situs`).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Source {
    /// The path, relative to the configuration's directory, as messages show it.
    pub name: String,
    /// The whole text.
    pub text: String,
    line_starts: Vec<u32>,
}

/// A line and a column, both counted from 1; columns count characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
}

/// All texts of a session, in the order in which they were added.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Sources {
    files: Vec<Source>,
}

impl Sources {
    /// No texts.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a text and names it.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> SourceId {
        let text = text.into();
        let line_starts = std::iter::once(0)
            .chain(
                text.bytes()
                    .enumerate()
                    .filter(|(_, b)| *b == b'\n')
                    .map(|(i, _)| offset(i + 1)),
            )
            .collect();
        self.files.push(Source {
            name: name.into(),
            text,
            line_starts,
        });
        SourceId(offset(self.files.len() - 1))
    }

    /// The text of that name, where it is one of these.
    pub fn get(&self, id: SourceId) -> Option<&Source> {
        self.files.get(id.0 as usize)
    }

    /// All texts with their names.
    pub fn iter(&self) -> impl Iterator<Item = (SourceId, &Source)> {
        self.files.iter().enumerate().map(|(i, s)| (SourceId(offset(i)), s))
    }

    /// The text that a span covers; empty where the span points at nothing.
    pub fn slice(&self, span: Span) -> &str {
        self.get(span.source)
            .and_then(|s| s.text.get(span.start as usize..span.end as usize))
            .unwrap_or("")
    }

    /// Where a span starts.
    pub fn position(&self, span: Span) -> Position {
        self.get(span.source)
            .map_or(Position { line: 1, column: 1 }, |s| s.position(span.start))
    }

    /// `file:line:column` of a span's start, as messages write it.
    pub fn place(&self, span: Span) -> String {
        let name = self.get(span.source).map_or("?", |s| s.name.as_str());
        let at = self.position(span);
        format!("{name}:{}:{}", at.line, at.column)
    }
}

impl Source {
    /// The line and column of a byte offset.
    pub fn position(&self, at: u32) -> Position {
        let line = self.line_starts.partition_point(|start| *start <= at).max(1);
        let start = self.line_starts.get(line - 1).copied().unwrap_or(0);
        let before = self
            .text
            .get(start as usize..(at as usize).min(self.text.len()))
            .unwrap_or("");
        Position {
            line: offset(line),
            column: offset(before.chars().count() + 1),
        }
    }

    /// The text of a line, counted from 1, without its line end.
    pub fn line(&self, line: u32) -> &str {
        let start = self
            .line_starts
            .get(line.saturating_sub(1) as usize)
            .copied()
            .unwrap_or(0) as usize;
        self.text
            .get(start..)
            .and_then(|rest| rest.lines().next())
            .unwrap_or("")
    }
}

/// Offsets are 32 bits wide: a larger text is refused where files are read.
fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
