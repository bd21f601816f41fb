//! Help pages, drawn from the tables.

use std::fmt::Write as _;

use crate::front::render::fill::{filled, table};
use crate::front::render::paint::Paint;

use super::args::{COMMON, Flag, Spec, Takes};
use super::commands::{COMMANDS, GROUPS};

/// What `situs` and `situs -help` say.
pub fn main(paint: Paint) -> String {
    let mut text = format!(
        "Infrastructure as code for distributed clouds: sites, services, data, and where the law lets the data be.\n\n{} situs [-chdir=DIR] COMMAND [FLAGS] …\n",
        paint.bold("Usage:")
    );
    let width = COMMANDS.iter().map(|c| c.name.len()).max().unwrap_or(0);
    for (title, names) in GROUPS {
        let _ = writeln!(text, "\n{}", paint.bold(format!("{title}:")));
        for spec in names
            .iter()
            .filter_map(|name| COMMANDS.iter().find(|c| c.name == *name))
        {
            let _ = writeln!(text, "  {:width$}  {}", spec.name, spec.about);
        }
    }
    let _ = writeln!(text, "\n{}", paint.bold("Before the command:"));
    text.push_str(&table(&[
        ("-chdir=DIR".to_owned(), "Work in another directory."),
        ("-help".to_owned(), "Show this page, or that of the command behind it."),
        ("-version".to_owned(), "Say which version this is."),
    ]));
    text
}

/// What `situs COMMAND -help` says.
pub fn command(spec: &Spec, paint: Paint) -> String {
    let operands: String = spec
        .operands
        .iter()
        .map(|o| format!(" {}", shown(o.name, o.count)))
        .collect();
    let mut text = format!("{} situs {} [FLAGS]{operands}\n\n", paint.bold("Usage:"), spec.name);
    text.push_str(&filled(spec.more, 0));
    if !spec.operands.is_empty() {
        let rows: Vec<(String, &str)> = spec.operands.iter().map(|o| (o.name.to_owned(), o.about)).collect();
        let _ = write!(text, "\n{}\n{}", paint.bold("Arguments:"), table(&rows));
    }
    let own: Vec<&Flag> = spec.flags.iter().copied().flatten().collect();
    for (title, flags) in [("Flags:", own), ("Flags of every command:", COMMON.iter().collect())] {
        let rows: Vec<(String, &str)> = flags.iter().map(|f| (written(f), f.about)).collect();
        if !rows.is_empty() {
            let _ = write!(text, "\n{}\n{}", paint.bold(title), table(&rows));
        }
    }
    text
}

fn shown(name: &str, (least, most): (usize, usize)) -> String {
    let name = if most > 1 {
        format!("{name} …")
    } else {
        name.to_owned()
    };
    if least == 0 { format!("[{name}]") } else { name }
}

fn written(flag: &Flag) -> String {
    match flag.takes {
        Takes::Off => format!("-{}", flag.name),
        Takes::On => format!("-{}=false", flag.name),
        Takes::One(of) => format!("-{}={of}", flag.name),
        Takes::Many(of) => format!("-{}={of} …", flag.name),
    }
}
