//! Cuts a text into top-level items without a grammar: it knows strings, templates, heredocs, comments and brackets, and no more. An
//! item that is broken cannot spoil the next one, and comments are found on the way.

use crate::base::SourceId;
use crate::base::span::Span;

use super::ast::{Comment, CommentPlace};

/// Brackets may nest so deep; deeper text is refused before it can use up the stack.
pub const MAX_DEPTH: usize = 128;

/// A text cut into items.
pub struct Split {
    /// Byte ranges of top-level items.
    pub items: Vec<Piece>,
    /// Every comment.
    pub comments: Vec<Comment>,
}

/// One top-level item.
pub struct Piece {
    /// Its first byte.
    pub start: usize,
    /// One past its last byte.
    pub end: usize,
    /// How deep its brackets nest.
    pub depth: usize,
}

/// Cuts a text.
pub fn split(source: SourceId, text: &str) -> Split {
    let strict = Scanner::new(source, text, Headers::Ignored).run();
    if strict.balanced {
        strict.split
    } else {
        Scanner::new(source, text, Headers::Cut).run().split
    }
}

/// Whether a block header at the start of a line cuts an item that is still open: its closing brace must then be missing.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Headers {
    Ignored,
    Cut,
}

/// What is open, innermost last.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    /// `{`
    Brace,
    /// `[` or `(`
    Bracket,
    /// `${` or `%{` inside a quoted string.
    Template,
}

struct Scanned {
    split: Split,
    balanced: bool,
}

struct Scanner<'a> {
    source: SourceId,
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    headers: Headers,
    items: Vec<Piece>,
    comments: Vec<Comment>,
    start: Option<usize>,
    open: Vec<Open>,
    depth: usize,
    balanced: bool,
}

impl<'a> Scanner<'a> {
    fn new(source: SourceId, text: &'a str, headers: Headers) -> Self {
        Self {
            source,
            text,
            bytes: text.as_bytes(),
            at: 0,
            headers,
            items: Vec::new(),
            comments: Vec::new(),
            start: None,
            open: Vec::new(),
            depth: 0,
            balanced: true,
        }
    }

    fn run(mut self) -> Scanned {
        while self.at < self.bytes.len() {
            self.token();
        }
        self.balanced &= self.open.is_empty();
        self.cut(self.bytes.len());
        Scanned {
            split: Split {
                items: self.items,
                comments: self.comments,
            },
            balanced: self.balanced,
        }
    }

    fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or(&[])
    }

    fn token(&mut self) {
        let rest = self.rest();
        match rest {
            [b'\n', ..] => self.newline(),
            [b' ' | b'\t' | b'\r', ..] => self.at += 1,
            [b'#', ..] | [b'/', b'/', ..] => self.comment(self.line_end()),
            [b'/', b'*', ..] => {
                let length = find(rest, b"*/").map_or(rest.len(), |n| n + 2);
                self.comment(self.at + length);
            }
            [0xef, 0xbb, 0xbf, ..] if self.at == 0 => self.at += 3,
            _ => self.content(rest),
        }
    }

    fn content(&mut self, rest: &[u8]) {
        self.start.get_or_insert(self.at);
        match rest {
            [b'"', ..] => {
                self.at += 1;
                self.quoted();
            }
            [b'<', b'<', ..] if self.heredoc() => {}
            [open @ (b'{' | b'[' | b'('), ..] => self.push(if *open == b'{' { Open::Brace } else { Open::Bracket }, 1),
            [b'}', ..] => {
                self.give_up_brackets();
                self.close();
            }
            [b']' | b')', ..] => self.close(),
            _ => self.at += 1,
        }
    }

    fn push(&mut self, open: Open, length: usize) {
        self.open.push(open);
        self.depth = self.depth.max(self.open.len());
        self.at += length;
    }

    /// A `}` ends what its `{` began, also where a `[` or `(` in between was not closed.
    fn give_up_brackets(&mut self) {
        let brace = self.open.iter().rposition(|o| *o != Open::Bracket);
        if let Some(brace) = brace
            && brace + 1 < self.open.len()
        {
            self.open.truncate(brace + 1);
        }
    }

    /// A closing bracket: of a bracket, or of a template inside a string, which goes on behind it.
    fn close(&mut self) {
        self.at += 1;
        match self.open.pop() {
            Some(Open::Template) => self.quoted(),
            Some(Open::Bracket | Open::Brace) => {}
            None => self.balanced = false,
        }
    }

    /// The rest of a quoted string, up to its end, to a template in it, or to the end of the line where it is not closed.
    fn quoted(&mut self) {
        loop {
            match self.rest() {
                [] | [b'\n', ..] => return,
                [b'"', ..] => {
                    self.at += 1;
                    return;
                }
                [b'\\', b'\n', ..] => return,
                [b'\\', _, ..] => self.at += 2,
                [b'$', b'$', b'{', ..] | [b'%', b'%', b'{', ..] => self.at += 3,
                [b'$' | b'%', b'{', ..] => return self.push(Open::Template, 2),
                _ => self.at += 1,
            }
        }
    }

    /// A heredoc, whole. Templates in it are not looked into: its end is a line of its own.
    fn heredoc(&mut self) -> bool {
        let rest = self.text.get(self.at..).unwrap_or("");
        let Some(after) = rest.strip_prefix("<<-").or_else(|| rest.strip_prefix("<<")) else {
            return false;
        };
        let tag: String = after
            .chars()
            .take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
            .collect();
        let first = rest.lines().next().unwrap_or("");
        if tag.is_empty()
            || after
                .get(tag.len()..)
                .is_none_or(|t| !t.lines().next().unwrap_or("").trim().is_empty())
        {
            return false;
        }
        let mut length = first.len();
        for line in rest.get(first.len()..).unwrap_or("").split_inclusive('\n').skip(1) {
            length += line.len();
            let word = line.trim_start().strip_prefix(tag.as_str());
            if word.is_some_and(|w| {
                w.chars()
                    .next()
                    .is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != '-')
            }) {
                let indent = line.len() - line.trim_start().len();
                self.at += 1 + length - line.len() + indent + tag.len();
                return true;
            }
        }
        self.at = self.bytes.len();
        true
    }

    fn newline(&mut self) {
        let line = self.at + 1;
        self.at = line;
        let cut = self.open.is_empty() || (self.headers == Headers::Cut && self.header_follows());
        if self.start.is_some() && cut && !(self.open.is_empty() && self.continues()) {
            self.balanced &= self.open.is_empty();
            self.cut(line - 1);
            self.open.clear();
        }
    }

    /// Whether the line that starts here looks like the head of a block, and stands at the margin.
    fn header_follows(&self) -> bool {
        let line = self.text.get(self.at..).and_then(|t| t.lines().next()).unwrap_or("");
        let first = line.chars().next();
        let word: String = line.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        let rest = line.get(word.len()..).unwrap_or("").trim_start();
        first.is_some_and(char::is_alphabetic) && !rest.starts_with('=') && line.contains('{')
    }

    /// Whether the lines that follow continue a clause.
    fn continues(&self) -> bool {
        let rest = self.text.get(self.at..).unwrap_or("");
        for line in rest.lines() {
            let line = line.trim();
            if line.starts_with('#') || line.starts_with("//") {
                continue;
            }
            return starts_continuation(line);
        }
        false
    }

    fn comment(&mut self, end: usize) {
        let line_start = self
            .text
            .get(..self.at)
            .and_then(|t| t.rfind('\n'))
            .map_or(0, |n| n + 1);
        let before = self.text.get(line_start..self.at).unwrap_or("");
        let place = if before.trim().is_empty() {
            CommentPlace::OwnLine
        } else {
            CommentPlace::Trailing
        };
        let text_end = self
            .text
            .get(self.at..end)
            .map_or(end, |t| self.at + t.trim_end().len());
        self.comments.push(Comment {
            span: span(self.source, self.at, text_end),
            place,
        });
        self.at = end;
    }

    fn line_end(&self) -> usize {
        self.at + find(self.rest(), b"\n").unwrap_or(self.rest().len())
    }

    fn cut(&mut self, end: usize) {
        if let Some(start) = self.start.take() {
            self.items.push(Piece {
                start,
                end,
                depth: self.depth,
            });
        }
        self.depth = 0;
    }
}

/// Whether a line that starts like this goes on with the clause before it.
fn starts_continuation(line: &str) -> bool {
    let mut words = line.split_whitespace();
    let (first, second) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
    match first {
        "unless" | "because" | "until" => !second.starts_with('=') || second.starts_with("=="),
        "asserted" | "approved" => second == "by",
        _ => first.starts_with(['|', '&']),
    }
}

/// How deep brackets and strings nest inside the `${…}` and `%{…}` of a text.
pub fn depth_of_holes(text: &str) -> usize {
    let mut rest = text.as_bytes();
    let mut deepest = 0;
    // What is open: a bracket, or a string.
    let mut open: Vec<u8> = Vec::new();
    while !rest.is_empty() {
        let quoted = open.last() == Some(&b'"');
        let length = if open.is_empty() || quoted {
            match rest {
                [b'$' | b'%', second, b'{', ..] if rest.first() == Some(second) => 3,
                [b'$' | b'%', b'{', ..] => {
                    open.push(b'{');
                    2
                }
                [b'\\', _, ..] if quoted => 2,
                [b'"' | b'\n', ..] if quoted => {
                    open.pop();
                    1
                }
                _ => 1,
            }
        } else {
            match rest {
                [b'#', ..] | [b'/', b'/', ..] => find(rest, b"\n").unwrap_or(rest.len()),
                [b'/', b'*', ..] => find(rest, b"*/").map_or(rest.len(), |n| n + 2),
                [sign @ (b'"' | b'(' | b'[' | b'{'), ..] => {
                    open.push(*sign);
                    1
                }
                [b')' | b']' | b'}', ..] => {
                    open.pop();
                    1
                }
                _ => 1,
            }
        };
        deepest = deepest.max(open.len());
        rest = rest.get(length..).unwrap_or(&[]);
    }
    deepest
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|w| w == what)
}

/// A span of a source.
pub fn span(source: SourceId, start: usize, end: usize) -> Span {
    let narrow = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Span::new(source, narrow(start), narrow(end))
}
