//! Tokens in lines, indented and spaced. A line that starts inside a bracket stands two blanks deeper than the line that opened it; one
//! that closes a bracket stands where the line that opened it stands; one that continues a clause stands two deeper than the clause.

use super::marks::Marks;
use super::tokens::{Token, TokenKind};

/// How much deeper a level stands.
const STEP: usize = 2;

/// One line of the layout.
pub struct Line<'a> {
    /// On which line of the text it starts.
    pub number: usize,
    /// On which line of the text it ends; more than `number` where a token has several lines.
    pub last: usize,
    /// Whether a blank line stands before it.
    pub after_blank: bool,
    /// How many blanks it starts with.
    pub indent: usize,
    /// How many it started with.
    pub written_indent: usize,
    /// What stands on it.
    pub pieces: Vec<Piece<'a>>,
}

/// A token on its line.
pub struct Piece<'a> {
    /// What it is.
    pub token: Token<'a>,
    /// How many blanks stand before it; the first of a line has none but the indent.
    pub gap: usize,
    /// Whether the author set more than one blank before it.
    pub wide: bool,
    /// The column that it stood in, in characters from 0.
    pub column: usize,
}

impl Piece<'_> {
    /// Closes a gap to one blank.
    pub fn close(&mut self) {
        self.gap = self.gap.min(1);
    }
}

impl Line<'_> {
    /// How wide the line is before a piece of it and the gap before that, without the indent.
    pub fn width_before(&self, piece: usize) -> usize {
        let before = self.pieces.iter().take(piece);
        before.map(|p| p.gap + p.token.width()).sum()
    }

    /// Where the piece that starts at a byte stands.
    pub fn find(&self, start: usize) -> Option<usize> {
        self.pieces.iter().position(|p| p.token.start == start)
    }

    /// Whether every token of it stands on one line of the text.
    pub fn is_single(&self) -> bool {
        self.number == self.last
    }
}

/// What is open where a line starts.
#[derive(Clone, Copy)]
enum Open {
    /// A bracket; the indent of the line to which it belongs.
    Bracket(usize),
    /// The head of a statement that ends at that byte.
    Head { indent: usize, end: usize },
}

impl Open {
    fn indent(self) -> usize {
        match self {
            Self::Bracket(indent) | Self::Head { indent, .. } => indent,
        }
    }
}

/// Lays tokens out.
pub fn lay_out<'a>(text: &str, tokens: Vec<Token<'a>>, marks: &Marks) -> Vec<Line<'a>> {
    let mut lines = broken(text, tokens, marks);
    indent(&mut lines, marks);
    lines
}

/// The lines as the author broke them.
fn broken<'a>(text: &str, tokens: Vec<Token<'a>>, marks: &Marks) -> Vec<Line<'a>> {
    let mut lines: Vec<Line<'a>> = Vec::new();
    let (mut number, mut line_start, mut end) = (1, 0, 0);
    let mut before: Option<Token<'a>> = None;
    for token in tokens {
        let between = text.get(end..token.start).unwrap_or("");
        let breaks = between.matches('\n').count();
        if let Some(newline) = between.rfind('\n') {
            line_start = end + newline + 1;
        }
        number += breaks;
        let column = text
            .get(line_start..token.start)
            .map_or(0, |t| t.trim_start_matches('\u{feff}').chars().count());
        let mut piece = Piece {
            token,
            gap: 0,
            wide: between.chars().count() > 1 || between.contains('\t'),
            column,
        };
        match (lines.last_mut(), before) {
            (Some(line), Some(before)) if breaks == 0 => {
                piece.gap = gap(before, token, between, marks);
                line.pieces.push(piece);
            }
            _ => lines.push(Line {
                number,
                last: number,
                after_blank: breaks > 1 && before.is_some_and(|b| !b.kind.opens()) && !token.kind.closes(),
                indent: 0,
                written_indent: column,
                pieces: vec![piece],
            }),
        }
        number += token.text.matches('\n').count();
        if let Some(newline) = token.text.rfind('\n') {
            line_start = token.start + newline + 1;
        }
        if let Some(line) = lines.last_mut() {
            line.last = number;
        }
        end = token.end();
        before = Some(token);
    }
    lines
}

/// How many blanks stand between two tokens of a line.
fn gap(left: Token<'_>, right: Token<'_>, between: &str, marks: &Marks) -> usize {
    use TokenKind::{BlockComment, Close, CloseBrace, Comma, LineComment, Open, OpenBrace};
    match (left.kind, right.kind) {
        (_, LineComment) => 1,
        (OpenBrace, CloseBrace) | (Open, _) | (_, Close | Comma) => 0,
        (OpenBrace | Comma | BlockComment, _) | (_, CloseBrace | BlockComment) => 1,
        _ if marks.blanks.contains(&right.start) => 1,
        _ => usize::from(!between.is_empty()),
    }
}

fn indent(lines: &mut [Line<'_>], marks: &Marks) {
    let mut open: Vec<Open> = Vec::new();
    for line in lines {
        line.indent = indent_of(line, &open);
        for piece in &line.pieces {
            follow(&mut open, &piece.token, line.indent, marks);
        }
    }
}

fn indent_of(line: &Line<'_>, open: &[Open]) -> usize {
    let start = line.pieces.first().map_or(0, |p| p.token.start);
    let live: Vec<Open> = open
        .iter()
        .copied()
        .filter(|o| !matches!(o, Open::Head { end, .. } if *end <= start))
        .collect();
    let closing = line.pieces.iter().take_while(|p| p.token.kind.closes()).count();
    if closing == 0 {
        return live.last().map_or(0, |o| o.indent() + STEP);
    }
    let mut brackets = live.iter().rev().filter(|o| matches!(o, Open::Bracket(_)));
    brackets.nth(closing - 1).map_or(0, |o| o.indent())
}

/// What is open behind a token.
fn follow(open: &mut Vec<Open>, token: &Token<'_>, indent: usize, marks: &Marks) {
    let mut owner = indent;
    while let Some(Open::Head { indent, end }) = open.last().copied() {
        if end > token.start {
            break;
        }
        // The body of a statement belongs to the line of its first word, however long its head is.
        if end == token.start && token.kind == TokenKind::OpenBrace {
            owner = indent;
        }
        open.pop();
    }
    if let Some(end) = marks.heads.get(&token.start) {
        open.push(Open::Head { indent, end: *end });
    }
    if token.kind.opens() {
        open.push(Open::Bracket(owner));
    }
    if token.kind.closes() {
        while let Some(Open::Head { .. }) = open.pop() {}
    }
}

/// Takes the lines as if they had been printed and read again, for another alignment. Says whether anything stands elsewhere now.
pub fn read_again(lines: &mut [Line<'_>]) -> bool {
    let mut moved = false;
    let mut next = 1;
    for line in lines {
        next += usize::from(line.after_blank);
        let height = line.last - line.number;
        moved |= line.written_indent != line.indent || line.number != next;
        (line.number, line.last, line.written_indent) = (next, next + height, line.indent);
        next += height + 1;
        let mut column = line.indent;
        for piece in &mut line.pieces {
            column += piece.gap;
            let wide = piece.gap > 1;
            moved |= piece.column != column || piece.wide != wide;
            (piece.column, piece.wide) = (column, wide);
            column += piece.token.width();
        }
    }
    moved
}

/// The text of the lines.
pub fn print(lines: &[Line<'_>]) -> String {
    let mut text = String::new();
    for line in lines {
        if line.after_blank {
            text.push('\n');
        }
        text.extend(std::iter::repeat_n(' ', line.indent));
        for piece in &line.pieces {
            text.extend(std::iter::repeat_n(' ', piece.gap));
            text.push_str(piece.token.text);
        }
        text.push('\n');
    }
    text
}
