//! Diagnostics as text:
//!
//! ```text
//! error[E051]: `kin` is no attribute of `site`
//!    ╭─[clinic.situs:12:3]
//! 12 │   kin = region
//!    ·   ─┬─
//!    ·    ╰── not known here
//!    ╰────
//!    help: did you mean `kind`?
//! ```

use std::fmt::Write as _;

use crate::base::{Diagnostic, Diagnostics, Severity, Sources};

use super::paint::{Paint, Style, safe};
use super::snippet::snippets;

/// One diagnostic, ending with a line end.
pub fn diagnostic(diagnostic: &Diagnostic, sources: &Sources, paint: Paint) -> String {
    let mut text = head(diagnostic, paint);
    text.push_str(&snippets(diagnostic, sources, paint));
    if let Some(address) = diagnostic.address.as_deref().filter(|a| !diagnostic.title.contains(*a)) {
        line(&mut text, &format!("{} {}", paint.dim("in"), safe(address)));
    }
    for note in &diagnostic.notes {
        note.lines().for_each(|note| line(&mut text, &safe(note)));
    }
    for help in &diagnostic.help {
        let mut lines = help.lines();
        line(
            &mut text,
            &format!(
                "{} {}",
                paint.paint(Style::Cyan, "help:"),
                safe(lines.next().unwrap_or(""))
            ),
        );
        lines.for_each(|more| line(&mut text, &format!("      {}", safe(more))));
    }
    text
}

fn line(text: &mut String, content: &str) {
    let _ = writeln!(text, "   {}", content.trim_end());
}

fn head(diagnostic: &Diagnostic, paint: Paint) -> String {
    let (word, style) = match diagnostic.severity {
        Severity::Error => ("error", Style::BoldRed),
        Severity::Warning => ("warning", Style::BoldYellow),
    };
    let kind = paint.paint(style, format!("{word}[{}]", diagnostic.code.id));
    format!("{kind}{}\n", paint.bold(format!(": {}", safe(&diagnostic.title))))
}

/// All of them, in the order of their places, an empty line between two, and how many there are where that is not plain to see.
pub fn diagnostics(diagnostics: &Diagnostics, sources: &Sources, paint: Paint) -> String {
    let sorted = diagnostics.clone().sorted();
    let drawn: Vec<String> = sorted.iter().map(|d| diagnostic(d, sources, paint)).collect();
    let mut text = drawn.join("\n");
    if sorted.len() > 3 {
        let _ = writeln!(text, "\n{}", paint.bold(count(&sorted)));
    }
    text
}

/// `3 errors and 1 warning`
pub fn count(diagnostics: &Diagnostics) -> String {
    let errors = diagnostics.iter().filter(|d| d.is_error()).count();
    let parts: Vec<String> = [(errors, "error"), (diagnostics.len() - errors, "warning")]
        .into_iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, word)| plural(n, word))
        .collect();
    parts.join(" and ")
}

/// `1 error`, `2 errors`
pub fn plural(n: usize, word: &str) -> String {
    format!("{n} {word}{}", if n == 1 { "" } else { "s" })
}
