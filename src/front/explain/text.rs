//! Topics as text for a terminal.

use std::fmt::Write as _;
use std::sync::Arc;

use situs_provider::ProviderSchema;
use situs_provider::schema as provided;

use crate::front::render::fill::{filled, table};
use crate::front::render::paint::Paint;
use crate::lang::config::blocks;
use crate::lang::eval::functions;
use crate::lang::eval::functions::signature::{self, Signature};
use crate::lang::schema::{Attribute, Block, Braces, Default as Absent, Support};
use crate::lang::testfile;

use super::Topic;
use super::pages::{self, Page};

/// A topic.
pub fn topic(topic: &Topic, paint: Paint) -> String {
    match topic {
        Topic::Code(page) => code(page, paint),
        Topic::Function(function) => self::function(function, paint),
        Topic::Block(around, block) => self::block(around, block, paint),
        Topic::Attribute(block, attribute) => self::attribute(block, attribute, paint),
        Topic::Resource(name, source, schema) => resource(name, source, schema, paint),
    }
}

fn code(page: &Page, paint: Paint) -> String {
    let mut text = format!("{}\n\n", paint.bold(format!("{}: {}", page.code, page.about)));
    for line in page.body.lines() {
        match line.starts_with("    ") {
            true => text.push_str(&format!("{line}\n")),
            false => text.push_str(&filled(line, 0)),
        }
    }
    text
}

fn function(signature: &Signature, paint: Paint) -> String {
    let name = signature.name;
    let doc = filled(functions::doc(name).unwrap_or_default(), 0);
    let function = functions::all().find(|f| f.name == name);
    let example = function.map_or_else(String::new, |f| {
        let (call, value) = f.example;
        format!("\n    {} is {}\n", indented(call), indented(value))
    });
    format!("{}\n\n{doc}{example}", paint.bold(signature.usage()))
}

fn indented(text: &str) -> String {
    text.replace('\n', "\n    ")
}

fn block(around: &[&str], block: &Block, paint: Paint) -> String {
    let inside = match around {
        [] => String::new(),
        around => format!(" (in `{}`)", around.join(".")),
    };
    let mut text = format!("{}{inside}\n\n", paint.bold(block.usage));
    text.push_str(&filled(&format!("{}.", block.about), 0));
    if block.support == Support::Later {
        text.push_str("\nThis version does not carry it out yet.\n");
    }
    let attributes: Vec<_> = block.body.attributes.iter().map(|a| row(a.name, &meaning(a))).collect();
    let (inner, clauses): (Vec<&Block>, Vec<&Block>) =
        block.body.blocks.iter().partition(|b| b.body.braces == Braces::Must);
    let rows = |blocks: Vec<&Block>| -> Vec<_> { blocks.into_iter().map(below).collect() };
    for (title, rows) in [
        ("Attributes:", attributes),
        ("Clauses:", rows(clauses)),
        ("Blocks:", rows(inner)),
    ] {
        if !rows.is_empty() {
            let rows: Vec<_> = rows
                .iter()
                .map(|(name, about)| (name.clone(), about.as_str()))
                .collect();
            let _ = write!(text, "\n{}\n{}", paint.bold(title), table(&rows));
        }
    }
    text
}

/// A block inside of another, in a row.
fn below(block: &Block) -> (String, String) {
    let later = if block.support == Support::Later {
        "; not supported yet"
    } else {
        ""
    };
    row(block.usage, &format!("{}{later}", block.about))
}

fn row(name: &str, about: &str) -> (String, String) {
    (name.to_owned(), about.to_owned())
}

fn resource(name: &str, source: &str, schema: &ProviderSchema, paint: Paint) -> String {
    let mut text = format!("{}\n\n", paint.bold(format!("resource \"{name}\" \"NAME\" {{ … }}")));
    let Some(schema) = schema.resources.get(name) else {
        return text;
    };
    if !schema.block.description.is_empty() {
        text.push_str(&filled(&schema.block.description, 0));
    }
    text.push_str(&format!("It is of the provider {source}.\n"));
    let (set, read): (Vec<_>, Vec<_>) = schema
        .block
        .attributes
        .iter()
        .partition(|(_, a)| a.mode.is_configurable());
    let row = |(name, a): &(&Arc<str>, &provided::Attribute)| {
        let required = if a.mode == provided::Mode::Required {
            "; required"
        } else {
            ""
        };
        row(name, &format!("{}: {}{required}", a.ty(), a.description))
    };
    for (title, rows) in [("Attributes:", set), ("What the provider sets:", read)] {
        let rows: Vec<_> = rows.iter().map(row).collect();
        let rows: Vec<_> = rows
            .iter()
            .map(|(name, about)| (name.clone(), about.as_str()))
            .collect();
        if !rows.is_empty() {
            let _ = write!(text, "\n{}\n{}", paint.bold(title), table(&rows));
        }
    }
    text
}

fn attribute(block: &Block, attribute: &Attribute, paint: Paint) -> String {
    let title = format!("{} = {}", attribute.name, attribute.ty.noun());
    format!(
        "{} (in `{}`)\n\n{}",
        paint.bold(title),
        block.word,
        filled(&format!("{}.", meaning(attribute)), 0)
    )
}

/// What it means, and what holds where it is absent.
fn meaning(attribute: &Attribute) -> String {
    let absent = match (attribute.default, attribute.support) {
        (_, Support::Later) => "; not supported yet".to_owned(),
        (Absent::Is(text), _) => format!("; `{text}` where it is absent"),
        (Absent::Required, _) => "; required".to_owned(),
        _ => String::new(),
    };
    format!("{}{absent}", attribute.about)
}

/// All that can be asked for.
pub fn list(paint: Paint) -> String {
    let mut text = String::from("`situs explain WORD` says more about each of these.\n");
    let words = blocks::KINDS.iter().map(|k| k.block.word);
    let _ = write!(text, "\n{}\n{}", paint.bold("Blocks:"), indent(words));
    let of_tests = testfile::schema::BLOCKS.iter().filter(|b| b.support == Support::Now);
    let _ = write!(
        text,
        "\n{}\n{}",
        paint.bold("Blocks of tests:"),
        indent(of_tests.map(|b| b.word))
    );
    let mut names: Vec<&str> = signature::all().map(|f| f.name).collect();
    names.sort_unstable();
    let _ = write!(text, "\n{}\n{}", paint.bold("Functions:"), indent(names));
    let mut group = "";
    for page in pages::all() {
        if page.file != group {
            group = page.file;
            let _ = writeln!(
                text,
                "\n{}",
                paint.bold(format!("Codes of {}:", pages::group(page.code)))
            );
        }
        let _ = writeln!(text, "  {}  {}", page.code, page.about);
    }
    text
}

fn indent<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let words: Vec<&str> = words.into_iter().collect();
    filled(&words.join(" "), 2)
}
