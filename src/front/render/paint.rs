//! Colour, and the one door through which foreign text reaches a terminal.

use std::borrow::Cow;

/// Whether text is coloured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Paint {
    /// It is.
    Colour,
    /// It is not.
    #[default]
    Plain,
}

/// How a piece of text looks; what it looks like is for the terminal's own palette to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Headings.
    Bold,
    /// What is less important than what stands around it.
    Dim,
    /// Errors and what is destroyed.
    Red,
    /// What is made.
    Green,
    /// Warnings and what is changed.
    Yellow,
    /// What is read, and places.
    Cyan,
    /// The head of an error.
    BoldRed,
    /// The head of a warning.
    BoldYellow,
    /// The head of a success.
    BoldGreen,
}

impl Style {
    fn code(self) -> &'static str {
        match self {
            Style::Bold => "1",
            Style::Dim => "2",
            Style::Red => "31",
            Style::Green => "32",
            Style::Yellow => "33",
            Style::Cyan => "36",
            Style::BoldRed => "1;31",
            Style::BoldYellow => "1;33",
            Style::BoldGreen => "1;32",
        }
    }
}

impl Paint {
    /// The text in that style.
    pub fn paint(self, style: Style, text: impl AsRef<str>) -> String {
        let text = text.as_ref();
        match self {
            Paint::Plain => text.to_owned(),
            Paint::Colour => format!("\u{1b}[{}m{text}\u{1b}[0m", style.code()),
        }
    }

    /// A heading.
    pub fn bold(self, text: impl AsRef<str>) -> String {
        self.paint(Style::Bold, text)
    }

    /// Something less important.
    pub fn dim(self, text: impl AsRef<str>) -> String {
        self.paint(Style::Dim, text)
    }
}

/// Text of unknown origin, on one line: what could move the cursor, hide text or turn it around is written as an escape.
pub fn safe(text: &str) -> Cow<'_, str> {
    escape(text, is_harmful)
}

/// The same for text of several lines: line ends and tabs stay.
pub fn safe_lines(text: &str) -> Cow<'_, str> {
    escape(text, |c| is_harmful(c) && !matches!(c, '\n' | '\t'))
}

fn escape(text: &str, harmful: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.chars().any(&harmful) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            c if !harmful(c) => safe.push(c),
            '\n' => safe.push_str("\\n"),
            '\r' => safe.push_str("\\r"),
            '\t' => safe.push_str("\\t"),
            c => safe.push_str(&format!("\\u{:04x}", u32::from(c))),
        }
    }
    Cow::Owned(safe)
}

/// Source text for a snippet: the same number of bytes, so that places stay right, with harmful characters shown as a stand-in.
pub fn same_width(text: &str) -> Cow<'_, str> {
    let harmful = |c: char| is_harmful(c) && !matches!(c, '\n' | '\t');
    if !text.chars().any(harmful) {
        return Cow::Borrowed(text);
    }
    let next = text.chars().skip(1).map(Some).chain([None]);
    let stand_in = |(c, next): (char, Option<char>)| match c.len_utf8() {
        _ if !harmful(c) || (c == '\r' && next == Some('\n')) => c,
        1 => '?',
        2 => '¿',
        _ => '\u{fffd}',
    };
    Cow::Owned(text.chars().zip(next).map(stand_in).collect())
}

/// Controls, and the marks that turn the direction of text around.
fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2028}' | '\u{2029}' | '\u{2066}'..='\u{2069}')
}
