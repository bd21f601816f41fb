//! Files, read through the port, and names of files. Paths are relative to the configuration's directory.

use base64::Engine as _;
use globset::{GlobBuilder, GlobMatcher};
use situs_value::Value;

use crate::base::ports::World;
use crate::lang::eval::scope::Scope;

use super::{Arity, Function, Param, text};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "abspath",
        params: &[Param::Text],
        arity: Arity::Exact,
        doc: "The path from the root.",
        example: ("abspath(\"/a/./b\")", "\"/a/b\""),
        run: |v, s| Ok(absolute(text(v, 0), s).into()),
    },
    Function {
        name: "basename",
        params: &[Param::Text],
        arity: Arity::Exact,
        doc: "The last part of a path.",
        example: ("basename(\"a/b.txt\")", "\"b.txt\""),
        run: |v, _| Ok(basename(text(v, 0)).into()),
    },
    Function {
        name: "dirname",
        params: &[Param::Text],
        arity: Arity::Exact,
        doc: "A path without its last part.",
        example: ("dirname(\"a/b.txt\")", "\"a\""),
        run: |v, _| {
            Ok(clean(
                text(v, 0)
                    .rsplit_once('/')
                    .map_or("", |(d, _)| if d.is_empty() { "/" } else { d }),
            )
            .into())
        },
    },
    Function {
        name: "file",
        params: &[Param::Text],
        arity: Arity::Exact,
        doc: "The text of a file.",
        example: ("file(\"hello.txt\")", "\"hello\""),
        run: |v, s| text_of(text(v, 0), s).map(Value::from),
    },
    Function {
        name: "filebase64",
        params: &[Param::Text],
        arity: Arity::Exact,
        doc: "The bytes of a file as Base64.",
        example: ("filebase64(\"hello.txt\")", "\"aGVsbG8=\""),
        run: |v, s| {
            let bytes = bytes_of(text(v, 0), s)?;
            Ok(base64::engine::general_purpose::STANDARD.encode(bytes).into())
        },
    },
    Function {
        name: "fileexists",
        params: &[Param::Text],
        arity: Arity::Exact,
        doc: "Whether there is such a file.",
        example: ("fileexists(\"/nowhere/at/all\")", "false"),
        run: |v, s| {
            Ok(Value::Bool(
                s.world().is_some_and(|w| w.read(&expanded(text(v, 0), s)).is_ok()),
            ))
        },
    },
    Function {
        name: "fileset",
        params: &[Param::Text, Param::Text],
        arity: Arity::Exact,
        doc: "The files below a directory whose path fits a pattern of `*`, `**`, `?`, `[…]` and `{a,b}`.",
        example: ("fileset(\".\", \"*.{txt,md}\")", "toset([\"hello.txt\"])"),
        run: |v, s| fileset(text(v, 0), text(v, 1), s),
    },
    Function {
        name: "pathexpand",
        params: &[Param::Text],
        arity: Arity::Exact,
        doc: "The path, a `~` at its start replaced by the home directory.",
        example: ("pathexpand(\"a/b\")", "\"a/b\""),
        run: |v, s| Ok(expanded(text(v, 0), s).into()),
    },
];

/// The bytes of a file.
pub(super) fn bytes_of(path: &str, scope: &Scope) -> Result<Vec<u8>, String> {
    let world = scope.world().ok_or("files cannot be read here")?;
    world
        .read(&expanded(path, scope))
        .map_err(|e| format!("the file {path:?} cannot be read: {e}"))
}

/// The text of a file.
pub(super) fn text_of(path: &str, scope: &Scope) -> Result<String, String> {
    String::from_utf8(bytes_of(path, scope)?).map_err(|_| format!("the file {path:?} is no UTF-8 text"))
}

fn expanded(path: &str, scope: &Scope) -> String {
    let rest = path
        .strip_prefix('~')
        .filter(|rest| rest.is_empty() || rest.starts_with('/'));
    let home = rest.and_then(|_| scope.world()?.env("HOME"));
    match (rest, home) {
        (Some(rest), Some(home)) => format!("{home}{rest}"),
        _ => path.to_owned(),
    }
}

fn absolute(path: &str, scope: &Scope) -> String {
    if path.starts_with('/') {
        return clean(path);
    }
    let root = scope.world().map(|w| w.root()).unwrap_or_default();
    clean(&format!("{root}/{path}"))
}

/// A path without `.`, without `//`, and without `..` where that can be told.
fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            _ => parts.push(part),
        }
    }
    match (rooted, parts.is_empty()) {
        (false, true) => ".".to_owned(),
        (false, false) => parts.join("/"),
        (true, _) => format!("/{}", parts.join("/")),
    }
}

fn basename(path: &str) -> &str {
    match path.trim_end_matches('/') {
        "" if path.is_empty() => ".",
        "" => "/",
        rest => rest.rsplit('/').next().unwrap_or(rest),
    }
}

/// So many names are looked at, and so deep; a link that leads back to itself ends somewhere.
const MOST_FILES: usize = 100_000;
const MOST_LEVELS: usize = 64;

struct Search<'a> {
    world: &'a dyn World,
    pattern: GlobMatcher,
    levels: usize,
    seen: usize,
    found: Vec<Value>,
}

fn fileset(directory: &str, pattern: &str, scope: &Scope) -> Result<Value, String> {
    let world = scope.world().ok_or("files cannot be read here")?;
    let directory = clean(&expanded(directory, scope));
    let matcher = GlobBuilder::new(pattern)
        .literal_separator(true)
        .build()
        .map_err(|e| format!("the pattern {pattern:?} cannot be read: {}", e.kind()))?;
    let levels = if pattern.contains("**") {
        MOST_LEVELS
    } else {
        pattern.matches('/').count().min(MOST_LEVELS)
    };
    let mut search = Search {
        world: &**world,
        pattern: matcher.compile_matcher(),
        levels,
        seen: 0,
        found: Vec::new(),
    };
    match search.world.list(&directory) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
        Err(e) => return Err(format!("the directory {directory:?} cannot be read: {e}")),
        Ok(names) => search.go(&directory, "", names, 0)?,
    }
    Ok(Value::set(search.found))
}

impl Search<'_> {
    fn go(&mut self, directory: &str, below: &str, names: Vec<String>, level: usize) -> Result<(), String> {
        for name in names {
            self.seen += 1;
            if self.seen > MOST_FILES {
                return Err(format!("more than {MOST_FILES} files would be looked at"));
            }
            let path = format!("{directory}/{name}");
            let shown = if below.is_empty() {
                name
            } else {
                format!("{below}/{name}")
            };
            match self.inside(&path) {
                Some(inner) if level < self.levels => self.go(&path, &shown, inner, level + 1)?,
                Some(_) => {}
                None if self.pattern.is_match(&shown) => self.found.push(shown.into()),
                None => {}
            }
        }
        Ok(())
    }

    /// What is in a directory; nothing where it is a file.
    fn inside(&self, path: &str) -> Option<Vec<String>> {
        let names = self.world.list(path).ok()?;
        (!names.is_empty() || self.world.read(path).is_err()).then_some(names)
    }
}
