//! `.situs.lock.hcl`: which modules from elsewhere a configuration was made with. Written by `situs init`, kept under version control: with
//! it everybody gets the same ones, or is told.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::base::ports::World;
use crate::base::source::Sources;
use crate::base::{Code, Diagnostic, Diagnostics};
use crate::lang::eval::expand::attribute;
use crate::lang::syntax::ast::{Body, Item, Statement};
use crate::lang::syntax::parse;

use super::declared::{head, label};
use super::load::text_of;

/// The file.
pub const FILE: &str = ".situs.lock.hcl";
/// Where modules from elsewhere are on this machine.
pub const MODULES: &str = ".situs/modules";
/// A lock file that cannot be read.
pub const BAD_LOCK: Code = Code::new("E138", "a lock file that cannot be read");

/// A package of modules, as it is asked for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Package {
    /// Where it comes from, without the directory in it.
    pub source: String,
    /// Which versions will do, where it comes from a registry.
    pub constraint: Option<String>,
}

/// A package of modules, as it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locked {
    /// Its version, where it has one.
    pub version: Option<String>,
    /// Its commit, where it comes from a repository.
    pub commit: Option<String>,
    /// The name of its directory below [`MODULES`].
    pub directory: String,
    /// The digest of all that is in it.
    pub digest: String,
}

/// All of them.
pub type Lock = BTreeMap<Package, Locked>;

impl Locked {
    /// Whether this is what is on this machine.
    pub fn is_here(&self, world: &dyn World) -> bool {
        let said = world.read(&format!("{MODULES}/{}.digest", self.directory));
        said.is_ok_and(|bytes| bytes == self.digest.as_bytes())
    }
}

/// Reads the file; an empty lock where there is none.
pub fn read(world: &dyn World, sources: &mut Sources) -> (Lock, Diagnostics) {
    if world.read(FILE).is_err() {
        return (Lock::new(), Diagnostics::new());
    }
    let text = match text_of(world, FILE) {
        Ok(text) => text,
        Err(why) => {
            let said = Diagnostic::error(BAD_LOCK, format!("`{FILE}` cannot be read: {why}"));
            return (Lock::new(), said.into());
        }
    };
    let id = sources.add(FILE, text.as_str());
    let (file, mut said) = parse(id, &text);
    let mut lock = Lock::new();
    for item in &file.body.items {
        match item {
            Item::Statement(s) if &*s.word.name == "module" => lock.extend(said.take(entry(s))),
            Item::Statement(s) => said.push(strange(head(s))),
            Item::Attribute(a) => said.push(strange(a.span)),
            Item::Error(_) => {}
        }
    }
    (lock, said)
}

fn entry(statement: &Statement) -> (Option<(Package, Locked)>, Diagnostics) {
    let body = statement.body.as_ref();
    let text = |body: &Body, name: &str| attribute(body, name).and_then(|e| e.as_text()).map(str::to_owned);
    let found = body.zip(label(statement, 0)).and_then(|(body, source)| {
        let package = Package {
            source: source.to_string(),
            constraint: text(body, "constraint"),
        };
        let locked = Locked {
            version: text(body, "version"),
            commit: text(body, "commit"),
            directory: text(body, "directory").filter(|d| is_name(d))?,
            digest: text(body, "digest")?,
        };
        Some((package, locked))
    });
    let wrong = found.is_none().then(|| strange(head(statement)));
    (found, wrong.into_iter().collect())
}

/// Whether a text is the name of a directory and of nothing else.
fn is_name(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    !text.is_empty() && !text.starts_with('.') && text.chars().all(fits)
}

fn strange(span: crate::base::span::Span) -> Diagnostic {
    Diagnostic::error(BAD_LOCK, format!("`{FILE}` holds something that no `situs init` wrote"))
        .at(span, "not understood")
        .help("take the file back from version control, or take it away and run `situs init`")
}

/// The text of the file.
pub fn written(lock: &Lock) -> String {
    let mut text = String::from(
        "# Written by `situs init`: the modules from elsewhere that this configuration was made with.\n\
         # Keep this file under version control.\n",
    );
    for (package, locked) in lock {
        let lines = [
            ("constraint", &package.constraint),
            ("version", &locked.version),
            ("commit", &locked.commit),
            ("directory", &Some(locked.directory.clone())),
            ("digest", &Some(locked.digest.clone())),
        ];
        let lines: Vec<(&str, &String)> = lines.iter().filter_map(|(n, v)| Some((*n, v.as_ref()?))).collect();
        let width = lines.iter().map(|(n, _)| n.len()).max().unwrap_or(0);
        let _ = write!(text, "\nmodule {} {{\n", quoted(&package.source));
        for (name, value) in lines {
            let _ = writeln!(text, "  {name:width$} = {}", quoted(value));
        }
        text.push_str("}\n");
    }
    text
}

fn quoted(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{}\"", text.replace("${", "$${").replace("%{", "%%{"))
}

/// A name for the directory of a package that is not among these.
pub fn directory_for<'a>(package: &Package, taken: &(impl Iterator<Item = &'a String> + Clone)) -> String {
    let source = package.source.split('?').next().unwrap_or("");
    let source = source.rsplit("::").next().unwrap_or(source);
    let source = source.split_once("://").map_or(source, |(_, rest)| rest);
    let fit = |c: char| {
        if c.is_ascii_alphanumeric() || matches!(c, '.' | '_') {
            c
        } else {
            '-'
        }
    };
    let plain: String = source.trim_end_matches(".git").chars().map(fit).collect();
    let parts: Vec<&str> = plain.split('-').filter(|p| !p.trim_matches('.').is_empty()).collect();
    let plain = parts.join("-").trim_start_matches('.').to_owned();
    let plain = if plain.is_empty() { "module".to_owned() } else { plain };
    let is_taken = |name: &String| taken.clone().any(|t| t == name);
    let numbered = (2..).map(|n: u32| format!("{plain}-{n}"));
    std::iter::once(plain.clone())
        .chain(numbered)
        .find(|name| !is_taken(name))
        .unwrap_or(plain)
}
