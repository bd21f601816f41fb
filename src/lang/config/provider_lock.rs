//! `.terraform.lock.hcl`: which plug-ins a configuration was made with, in the form that Terraform and OpenTofu write and read
//! (developer.hashicorp.com/terraform/language/files/dependency-lock, as of 2026-11).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::base::ports::World;
use crate::base::source::Sources;
use crate::base::span::Span;
use crate::base::{Code, Diagnostic, Diagnostics};
use crate::lang::eval::expand::attribute;
use crate::lang::syntax::ast::{Body, ExprKind, Item, Statement};
use crate::lang::syntax::parse;

use super::declared::{head, label};
use super::load::text_of;
use super::plugin::PluginSource;

/// The file.
pub const FILE: &str = ".terraform.lock.hcl";
/// A lock file of providers that cannot be read.
pub const BAD_PROVIDER_LOCK: Code = Code::new("E175", "a lock file of providers that cannot be read");

/// A plug-in as it was installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locked {
    /// Its version.
    pub version: String,
    /// Which versions would have done.
    pub constraint: String,
    /// The hashes that its packages may have: `h1:` of what is in one, `zh:` of an archive.
    pub hashes: BTreeSet<String>,
}

/// The plug-ins by source, each with its host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lock(pub BTreeMap<String, Locked>);

impl Lock {
    /// What is locked of a source, by the first of its hosts of which something is.
    pub fn get(&self, source: &PluginSource) -> Option<(String, &Locked)> {
        let mut full = source.full().into_iter();
        full.find_map(|full| self.0.get(&full).map(|locked| (full, locked)))
    }

    /// The text of the file.
    pub fn written(&self) -> String {
        let mut text = String::from(
            "# This file is maintained automatically by \"situs init\".\n# Manual edits may be lost in future updates.\n",
        );
        for (source, locked) in &self.0 {
            let _ = write!(text, "\nprovider \"{source}\" {{\n  version");
            let wide = !locked.constraint.is_empty();
            let _ = writeln!(text, "{} = \"{}\"", if wide { "    " } else { "" }, locked.version);
            if wide {
                let _ = writeln!(text, "  constraints = \"{}\"", locked.constraint);
            }
            text.push_str("  hashes = [\n");
            for hash in &locked.hashes {
                let _ = writeln!(text, "    \"{hash}\",");
            }
            text.push_str("  ]\n}\n");
        }
        text
    }
}

/// Reads the file; an empty lock where there is none.
pub fn read(world: &dyn World, sources: &mut Sources) -> (Lock, Diagnostics) {
    if world.read(FILE).is_err() {
        return (Lock::default(), Diagnostics::new());
    }
    let text = match text_of(world, FILE) {
        Ok(text) => text,
        Err(why) => {
            let said = Diagnostic::error(BAD_PROVIDER_LOCK, format!("`{FILE}` cannot be read: {why}"));
            return (Lock::default(), said.into());
        }
    };
    let (file, mut said) = parse(sources.add(FILE, text.as_str()), &text);
    let mut lock = Lock::default();
    for item in &file.body.items {
        let read = match item {
            Item::Statement(s) if &*s.word.name == "provider" => entry(s).ok_or(head(s)),
            Item::Statement(s) => Err(head(s)),
            Item::Attribute(a) => Err(a.span),
            Item::Error(_) => continue,
        };
        match read {
            Ok((source, locked)) => drop(lock.0.insert(source, locked)),
            Err(span) => said.push(strange(span)),
        }
    }
    (lock, said)
}

fn entry(statement: &Statement) -> Option<(String, Locked)> {
    let source = PluginSource::parse(&label(statement, 0)?).ok()?;
    let body = statement.body.as_ref()?;
    let text = |name: &str| attribute(body, name).and_then(|e| e.as_text()).map(str::to_owned);
    let locked = Locked {
        version: text("version").filter(|v| is_version(v))?,
        constraint: text("constraints").unwrap_or_default(),
        hashes: hashes(body)?,
    };
    Some((source.full().into_iter().next()?, locked))
}

fn hashes(body: &Body) -> Option<BTreeSet<String>> {
    let Some(written) = attribute(body, "hashes") else {
        return Some(BTreeSet::new());
    };
    let ExprKind::Tuple(elements) = &written.kind else {
        return None;
    };
    elements.iter().map(|e| e.as_text().map(str::to_owned)).collect()
}

/// Whether a text is a version and no path.
pub fn is_version(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+');
    text.starts_with(|c: char| c.is_ascii_digit()) && text.chars().all(fits)
}

fn strange(span: Span) -> Diagnostic {
    Diagnostic::error(
        BAD_PROVIDER_LOCK,
        format!("`{FILE}` holds something that no `init` wrote"),
    )
    .at(span, "not understood")
    .help("take the file back from version control, or take it away and run `situs init`")
}
