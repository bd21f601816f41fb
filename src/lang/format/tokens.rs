//! A text cut into pieces between which blanks may change, and in which nothing does.

use super::marks::Marks;

/// One piece.
#[derive(Clone, Copy)]
pub struct Token<'a> {
    /// What it is.
    pub kind: TokenKind,
    /// Its first byte.
    pub start: usize,
    /// Its bytes.
    pub text: &'a str,
}

/// What a piece is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// Letters, digits and signs that touch.
    Word,
    /// A string or a heredoc.
    Verbatim,
    /// A comment up to the end of its line.
    LineComment,
    /// A comment with an end of its own.
    BlockComment,
    /// `,`
    Comma,
    /// `(` or `[`
    Open,
    /// `{`
    OpenBrace,
    /// `)` or `]`
    Close,
    /// `}`
    CloseBrace,
}

impl TokenKind {
    /// Whether it is a comment.
    pub fn is_comment(self) -> bool {
        matches!(self, Self::LineComment | Self::BlockComment)
    }

    /// Whether it opens a bracket.
    pub fn opens(self) -> bool {
        matches!(self, Self::Open | Self::OpenBrace)
    }

    /// Whether it closes a bracket.
    pub fn closes(self) -> bool {
        matches!(self, Self::Close | Self::CloseBrace)
    }
}

impl Token<'_> {
    /// How many columns it takes.
    pub fn width(&self) -> usize {
        self.text.chars().count()
    }

    /// One past its last byte.
    pub fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

/// Cuts a text.
pub fn cut<'a>(text: &'a str, marks: &Marks) -> Vec<Token<'a>> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) {
        if is_blank(c) {
            at += c.len_utf8();
            continue;
        }
        let (kind, end) = piece(text, marks, at, c);
        let Some(own) = text.get(at..end) else { break };
        tokens.push(Token {
            kind,
            start: at,
            text: own,
        });
        at = end;
    }
    tokens
}

fn is_blank(c: char) -> bool {
    c.is_whitespace() || c == '\u{feff}'
}

fn piece(text: &str, marks: &Marks, at: usize, c: char) -> (TokenKind, usize) {
    if let Some(end) = marks.verbatim.get(&at) {
        return (TokenKind::Verbatim, *end);
    }
    if let Some(end) = marks.comments.get(&at) {
        let block = text.get(at..).is_some_and(|rest| rest.starts_with("/*"));
        let kind = if block {
            TokenKind::BlockComment
        } else {
            TokenKind::LineComment
        };
        return (kind, *end);
    }
    match single(c) {
        Some(kind) => (kind, at + 1),
        None => (TokenKind::Word, word_end(text, marks, at)),
    }
}

fn single(c: char) -> Option<TokenKind> {
    Some(match c {
        ',' => TokenKind::Comma,
        '(' | '[' => TokenKind::Open,
        ')' | ']' => TokenKind::Close,
        '{' => TokenKind::OpenBrace,
        '}' => TokenKind::CloseBrace,
        _ => return None,
    })
}

/// A word ends at a blank, at a sign of its own, and where the tree says that something starts.
fn word_end(text: &str, marks: &Marks, start: usize) -> usize {
    let rest = text.get(start..).unwrap_or("");
    let stops =
        |at: usize| marks.blanks.contains(&at) || marks.verbatim.contains_key(&at) || marks.comments.contains_key(&at);
    rest.char_indices()
        .skip(1)
        .map(|(i, c)| (start + i, c))
        .find(|(at, c)| is_blank(*c) || single(*c).is_some() || stops(*at))
        .map_or(text.len(), |(at, _)| at)
}
