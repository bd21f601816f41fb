//! What stands one below the other. The `=` signs of consecutive lines always do. Clauses and one-line blocks do where the author set
//! more than one blank: among attributes what follows the gap stands below the `=` signs, else below its neighbours. A comment behind
//! something keeps its column while there is room.

use super::lines::{Line, Piece};
use super::marks::{Marks, Row, RowKind};
use super::tokens::TokenKind;

/// Aligns lines that were laid out.
pub fn align(lines: &mut [Line<'_>], marks: &Marks) {
    lines.iter_mut().flat_map(|l| &mut l.pieces).for_each(Piece::close);
    let runs = runs(lines, marks);
    for run in &runs {
        if let Some(lines) = lines.get_mut(run.clone()) {
            align_run(lines, marks);
        }
    }
    align_comments(lines);
}

/// The row that a line is, if it is nothing else.
fn row<'m>(line: &Line<'_>, marks: &'m Marks) -> Option<&'m Row> {
    let first = line.pieces.first()?;
    let row = marks.rows.get(&first.token.start)?;
    let mut rest = line.pieces.iter().filter(|p| p.token.start >= row.end);
    let alone = rest.all(|p| p.token.kind.is_comment() || p.token.kind == TokenKind::Comma);
    let whole = line.pieces.iter().any(|p| p.token.end() >= row.end);
    (alone && whole && line.is_single()).then_some(row)
}

/// Ranges of lines that follow each other and are rows.
fn runs(lines: &[Line<'_>], marks: &Marks) -> Vec<std::ops::Range<usize>> {
    let mut runs: Vec<std::ops::Range<usize>> = Vec::new();
    let mut before: Option<usize> = None;
    for (i, line) in lines.iter().enumerate() {
        if row(line, marks).is_none() {
            before = None;
            continue;
        }
        match runs.last_mut() {
            Some(run) if before.is_some_and(|number| number + 1 == line.number) => run.end = i + 1,
            _ => runs.push(i..i + 1),
        }
        before = Some(line.number);
    }
    runs
}

fn align_run(lines: &mut [Line<'_>], marks: &Marks) {
    let signs: Vec<Option<usize>> = lines.iter().map(|line| sign(line, marks)).collect();
    let widths = lines
        .iter()
        .zip(&signs)
        .filter_map(|(line, sign)| sign.map(|s| line.width_before(s)));
    let Some(widest) = widths.max() else {
        align_clauses(lines, marks);
        return;
    };
    for (line, sign) in lines.iter_mut().zip(signs) {
        if let Some(at) = sign.or_else(|| wide(line, marks)) {
            put(line, at, widest + 1);
        }
    }
}

/// Where the `=` of an attribute stands on its line.
fn sign(line: &Line<'_>, marks: &Marks) -> Option<usize> {
    match row(line, marks)?.kind {
        RowKind::Attribute { assign } => line.find(assign),
        RowKind::Statement { .. } => None,
    }
}

/// Where the brace of a one-line block stands on its line.
fn brace(line: &Line<'_>, marks: &Marks) -> Option<usize> {
    match row(line, marks)?.kind {
        RowKind::Statement { brace } => line.find(brace?),
        RowKind::Attribute { .. } => None,
    }
}

/// The parts of a statement's head on its line: what can follow a wide gap.
fn head<'l>(line: &'l Line<'_>, marks: &Marks) -> &'l [Piece<'l>] {
    let end = brace(line, marks).map_or(line.pieces.len(), |b| b + 1);
    line.pieces.get(..end).unwrap_or(&[])
}

/// The first part of a head before which the author set more than one blank.
fn wide(line: &Line<'_>, marks: &Marks) -> Option<usize> {
    let found = head(line, marks).iter().skip(1).position(|p| p.wide && p.gap > 0);
    found
        .map(|i| i + 1)
        .filter(|i| line.pieces.get(*i).is_some_and(|p| !p.token.kind.is_comment()))
}

/// Puts a piece into a column, where the line has not come so far yet.
fn put(line: &mut Line<'_>, at: usize, column: usize) {
    let width = line.width_before(at);
    if let Some(piece) = line.pieces.get_mut(at) {
        piece.gap = column.saturating_sub(width).max(1);
    }
}

/// Lines without attributes: braces where the author lined one up, else what stood in one column.
fn align_clauses(lines: &mut [Line<'_>], marks: &Marks) {
    let mut clauses: Vec<Clause> = lines.iter().map(|line| Clause::of(line, marks)).collect();
    let mut at = 0;
    while at < clauses.len() {
        let rest = clauses.get(at..).unwrap_or(&[]);
        let braces: Vec<(usize, usize)> = rest
            .iter()
            .zip(at..)
            .map_while(|(c, i)| Some((i, c.brace()?)))
            .collect();
        let end = at + braces.len().max(1);
        if rest.iter().take(braces.len()).any(|c| c.wide.is_some()) {
            line_up(lines, &braces);
            for done in clauses.iter_mut().take(end).skip(at) {
                done.settled = true;
            }
        }
        at = end;
    }
    align_columns(lines, &clauses);
}

/// Groups of lines one of which has a wide gap before a column that the others have too.
fn align_columns(lines: &mut [Line<'_>], clauses: &[Clause]) {
    let mut at = 0;
    while at < clauses.len() {
        let Some(column) = clauses.get(at).and_then(Clause::anchor) else {
            at += 1;
            continue;
        };
        let part = |i: usize| clauses.get(i).and_then(|c| c.part_in(column));
        let start = (0..at).rev().take_while(|i| part(*i).is_some()).last().unwrap_or(at);
        let members: Vec<(usize, usize)> = (start..).map_while(|i| Some((i, part(i)?))).collect();
        line_up(lines, &members);
        at = (start + members.len()).max(at + 1);
    }
}

/// A statement on a line of its own.
struct Clause {
    /// The first part of its head before which the author set more than one blank.
    wide: Option<usize>,
    /// The brace of its body.
    brace: Option<usize>,
    /// The columns in which the parts of its head stood, where a blank stands before them.
    columns: Vec<Option<usize>>,
    /// Whether it is aligned already.
    settled: bool,
}

impl Clause {
    fn of(line: &Line<'_>, marks: &Marks) -> Self {
        Self {
            wide: wide(line, marks),
            brace: brace(line, marks),
            columns: head(line, marks)
                .iter()
                .map(|p| (p.gap > 0).then_some(p.column))
                .collect(),
            settled: false,
        }
    }

    /// Its brace, where no other part is set apart.
    fn brace(&self) -> Option<usize> {
        self.brace.filter(|brace| self.wide.is_none_or(|wide| wide == *brace))
    }

    /// The column of its wide gap.
    fn anchor(&self) -> Option<usize> {
        let wide = self.wide.filter(|_| !self.settled)?;
        self.columns.get(wide).copied().flatten()
    }

    /// The part of its head that stood in a column.
    fn part_in(&self, column: usize) -> Option<usize> {
        let found = self.columns.iter().position(|c| *c == Some(column))?;
        (!self.settled && self.wide.is_none_or(|wide| wide == found)).then_some(found)
    }
}

/// Puts one part of each line into one column.
fn line_up(lines: &mut [Line<'_>], members: &[(usize, usize)]) {
    let widths = members
        .iter()
        .filter_map(|(i, at)| lines.get(*i).map(|l| l.width_before(*at)));
    let column = widths.max().unwrap_or(0) + 1;
    for (i, at) in members {
        if let Some(line) = lines.get_mut(*i) {
            put(line, *at, column);
        }
    }
}

/// Comments behind something keep their column where there is room, neighbours in one column together.
fn align_comments(lines: &mut [Line<'_>]) {
    let mut start = 0;
    while start < lines.len() {
        let Some(column) = lines.get(start).and_then(trailing) else {
            start += 1;
            continue;
        };
        let mut end = start + 1;
        while follows(lines, end, column) {
            end += 1;
        }
        if let Some(group) = lines.get_mut(start..end) {
            align_comment_group(group, column);
        }
        start = end;
    }
}

/// The column that a comment behind something stood in.
fn trailing(line: &Line<'_>) -> Option<usize> {
    let last = line.pieces.last()?;
    let behind = line.pieces.len() > 1 && last.token.kind.is_comment() && line.is_single();
    behind.then_some(last.column)
}

/// Whether a line goes on with the comments of the line before it.
fn follows(lines: &[Line<'_>], at: usize, column: usize) -> bool {
    let (Some(line), Some(before)) = (lines.get(at), at.checked_sub(1).and_then(|b| lines.get(b))) else {
        return false;
    };
    let own_line = matches!(line.pieces.as_slice(), [only] if only.token.kind == TokenKind::LineComment);
    let same = trailing(line) == Some(column) || (own_line && line.written_indent == column);
    same && line.number == before.last + 1
}

/// The column that a group of comments keeps while there is room; one comment behind a single blank keeps that blank.
fn kept_column(group: &[Line<'_>], column: usize) -> usize {
    match group {
        [only] if only.pieces.last().is_some_and(|p| !p.wide) => 0,
        [first, ..] => (column + first.indent).saturating_sub(first.written_indent),
        [] => column,
    }
}

fn align_comment_group(group: &mut [Line<'_>], column: usize) {
    let kept = kept_column(group, column);
    let ends = group
        .iter()
        .filter(|l| l.pieces.len() > 1)
        .map(|l| l.indent + l.width_before(l.pieces.len() - 1));
    let target = ends.max().map_or(kept, |end| kept.max(end + 1));
    for line in group {
        match line.pieces.len() {
            1 => line.indent = target,
            count => {
                let end = line.indent + line.width_before(count - 1);
                if let Some(comment) = line.pieces.last_mut() {
                    comment.gap = target.saturating_sub(end).max(1);
                }
            }
        }
    }
}
