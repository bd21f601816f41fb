//! Text in lines of a bounded width, and tables of two columns.

use std::fmt::Write as _;

/// So many columns for text.
const WIDTH: usize = 92;

/// Two columns; the right one is filled.
pub fn table(rows: &[(String, &str)]) -> String {
    let width = rows.iter().map(|(left, _)| left.chars().count()).max().unwrap_or(0);
    let width = width.min(WIDTH / 2);
    let row = |(left, right): &(String, &str)| {
        let right = filled(right, width + 4);
        if left.chars().count() > width {
            return format!("  {left}\n{right}");
        }
        format!("  {left:width$}  {}", right.trim_start())
    };
    rows.iter().map(row).collect()
}

/// Text in lines of at most `WIDTH` columns, each set in by so many; empty lines stay.
pub fn filled(text: &str, indent: usize) -> String {
    let mut lines = String::new();
    for paragraph in text.split('\n') {
        let mut line = String::new();
        for word in paragraph.split(' ') {
            if !line.is_empty() && indent + line.chars().count() + 1 + word.chars().count() > WIDTH {
                let _ = writeln!(lines, "{:indent$}{line}", "");
                line.clear();
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        let _ = writeln!(lines, "{}", format!("{:indent$}{line}", "").trim_end());
    }
    lines
}
