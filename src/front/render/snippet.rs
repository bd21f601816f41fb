//! A few lines of source with marks under them, drawn by miette. Spans that are close share a picture; each picture costs no more than
//! the lines that it shows, however long the file is.

use std::fmt;

use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, SourceCode, SourceSpan,
    SpanContents,
};

use crate::base::diagnostic::Label;
use crate::base::source::{Source, SourceId};
use crate::base::{Diagnostic, Severity, Sources};

use super::paint::{Paint, safe, same_width};

/// Spans with at most so many lines between them share a picture.
const NEAR: u32 = 3;
/// A span of more lines is shown by its first line.
const TALL: u32 = 8;
/// A line of more bytes is named and not shown.
const WIDE: usize = 400;

/// The pictures of a diagnostic: that of its primary label first.
pub fn snippets(diagnostic: &Diagnostic, sources: &Sources, paint: Paint) -> String {
    let secondary = diagnostic
        .secondary
        .iter()
        .map(|label| Mark::new(label, sources, false));
    let primary = diagnostic.primary.iter().map(|label| Mark::new(label, sources, true));
    let mut marks: Vec<Mark> = primary.chain(secondary).flatten().collect();
    marks.sort_by_key(|m| (m.source, m.start, m.end));
    let mut groups: Vec<Vec<Mark>> = Vec::new();
    for mark in marks {
        match groups.last_mut() {
            Some(group) if group.iter().any(|m| m.is_near(&mark)) => group.push(mark),
            _ => groups.push(vec![mark]),
        }
    }
    groups.sort_by_key(|group| !group.iter().any(|m| m.primary));
    groups
        .iter()
        .map(|group| picture(group, diagnostic.severity, sources, paint))
        .collect()
}

/// A label, cut to what can be shown.
struct Mark {
    source: SourceId,
    start: usize,
    end: usize,
    lines: (u32, u32),
    text: String,
    primary: bool,
    wide: bool,
}

impl Mark {
    fn new(label: &Label, sources: &Sources, primary: bool) -> Option<Self> {
        let source = sources.get(label.span.source)?;
        let text = &source.text;
        let (start, mut end) = shown(text, label.span.start as usize, label.span.end as usize);
        let from = source.position(at(start)).line;
        let mut to = source.position(at(end.saturating_sub(1).max(start))).line;
        if to.saturating_sub(from) >= TALL {
            end = start + text.get(start..line_end(text, start)).unwrap_or("").trim_end().len();
            to = from;
        }
        let shown = text
            .get(line_start(text, start)..line_end(text, end.saturating_sub(1).max(start)))
            .unwrap_or("");
        let wide = shown.lines().any(|line| line.len() > WIDE);
        let text = safe(&label.text).into_owned();
        Some(Self {
            source: label.span.source,
            start,
            end,
            lines: (from, to),
            text,
            primary,
            wide,
        })
    }

    /// The last byte that it covers.
    fn last(&self) -> usize {
        self.end.saturating_sub(1).max(self.start)
    }

    fn is_near(&self, other: &Self) -> bool {
        self.source == other.source && other.lines.0 <= self.lines.1 + NEAR && self.lines.0 <= other.lines.1 + NEAR
    }
}

/// One picture, ending with a line end.
fn picture(group: &[Mark], severity: Severity, sources: &Sources, paint: Paint) -> String {
    let Some(source) = group.first().and_then(|m| sources.get(m.source)) else {
        return String::new();
    };
    if group.iter().any(|m| m.wide) {
        return group.iter().map(|mark| named(mark, source)).collect();
    }
    let report = Report {
        text: Excerpt::new(group, source),
        group,
        severity,
    };
    let mut drawn = String::new();
    match handler(paint).render_report(&mut drawn, &report) {
        Ok(()) => {
            let lost = group
                .iter()
                .filter(|m| !drawn.contains(&m.text))
                .map(|mark| named(mark, source));
            let drawn = drawn
                .trim_start_matches('\n')
                .lines()
                .map(|line| line.trim_end().to_owned() + "\n");
            drawn.chain(lost).collect()
        }
        Err(fmt::Error) => group.iter().map(|mark| named(mark, source)).collect(),
    }
}

/// A label without a picture.
fn named(mark: &Mark, source: &Source) -> String {
    let position = source.position(at(mark.start));
    let colon = if mark.text.is_empty() { "" } else { ": " };
    format!(
        "   ─▶ {}:{}:{}{colon}{}\n",
        safe(&source.name),
        position.line,
        position.column,
        mark.text
    )
}

fn handler(paint: Paint) -> GraphicalReportHandler {
    let theme = match paint {
        Paint::Colour => GraphicalTheme::unicode(),
        Paint::Plain => GraphicalTheme::unicode_nocolor(),
    };
    GraphicalReportHandler::new_themed(theme)
        .with_links(false)
        .with_wrap_lines(false)
        .with_context_lines(1)
        .without_cause_chain()
        .without_syntax_highlighting()
}

/// What miette is asked to draw: no title, only places.
struct Report<'a> {
    text: Excerpt,
    group: &'a [Mark],
    severity: Severity,
}

impl fmt::Debug for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Report")
    }
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

impl std::error::Error for Report<'_> {}

impl miette::Diagnostic for Report<'_> {
    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
        })
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.text)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.group.iter().map(|mark| {
            let text = (!mark.text.is_empty()).then(|| mark.text.clone());
            let span = SourceSpan::from(mark.start - self.text.start..mark.end - self.text.start);
            if mark.primary {
                LabeledSpan::new_primary_with_span(text, span)
            } else {
                LabeledSpan::new_with_span(text, span)
            }
        })))
    }
}

/// The lines around a group of marks, made safe; miette's offsets count from its start.
struct Excerpt {
    text: String,
    start: usize,
    /// Lines before it.
    lines: usize,
    name: String,
}

impl Excerpt {
    fn new(group: &[Mark], source: &Source) -> Self {
        let text = &source.text;
        let from = group.iter().map(|m| m.start).min().unwrap_or(0);
        let to = group.iter().map(|m| m.last()).max().unwrap_or(from);
        let start = line_before(text, line_start(text, from));
        let end = line_after(text, line_end(text, to));
        Self {
            text: same_width(text.get(start..end).unwrap_or("")).into_owned(),
            start,
            lines: source.position(at(start)).line as usize - 1,
            name: safe(&source.name).into_owned(),
        }
    }
}

impl SourceCode for Excerpt {
    /// miette asks without context for the place that it prints, and with context for the lines that it shows.
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let text = self.text.as_str();
        let (from, to) = (span.offset(), span.offset() + span.len());
        let start = if before == 0 {
            from
        } else {
            line_before(text, line_start(text, from))
        };
        let end = if after == 0 {
            to
        } else {
            line_after(text, line_end(text, to.saturating_sub(1).max(from)))
        };
        let shown = text.get(start..end).ok_or(MietteError::OutOfBounds)?;
        let above = text.get(..start).unwrap_or("");
        let column = text
            .get(line_start(text, start)..start)
            .map_or(0, |t| t.chars().count());
        let contents = MietteSpanContents::new_named(
            self.name.clone(),
            shown.as_bytes(),
            SourceSpan::from(start..end),
            self.lines + above.matches('\n').count(),
            column,
            shown.lines().count(),
        );
        Ok(Box::new(contents))
    }
}

/// Offsets in spans are 32 bits wide.
fn at(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

/// The range that is marked for a span: on characters, and at the end of a text behind the last of them that can be seen.
fn shown(text: &str, start: usize, end: usize) -> (usize, usize) {
    let start = floor(text, start);
    let seen = text.trim_end().len();
    match (start >= text.len(), seen < text.len()) {
        (false, _) => (start, floor(text, end).max(start)),
        (true, true) => (seen, seen),
        (true, false) => (floor(text, seen.saturating_sub(1)), seen),
    }
}

/// The nearest character boundary at or before an offset.
fn floor(text: &str, offset: usize) -> usize {
    let offset = offset.min(text.len());
    (0..=offset).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0)
}

/// The start of the line that an offset is on.
fn line_start(text: &str, offset: usize) -> usize {
    text.get(..offset).and_then(|t| t.rfind('\n')).map_or(0, |i| i + 1)
}

/// The end of the line that an offset is on, with its line end.
fn line_end(text: &str, offset: usize) -> usize {
    text.get(offset..)
        .and_then(|t| t.find('\n'))
        .map_or(text.len(), |i| offset + i + 1)
}

/// The start of the line before the one that starts here.
fn line_before(text: &str, start: usize) -> usize {
    if start == 0 { 0 } else { line_start(text, start - 1) }
}

/// The end of the line after the one that ends here.
fn line_after(text: &str, end: usize) -> usize {
    if end >= text.len() { end } else { line_end(text, end) }
}
