//! The rules of the house that a machine can check: floors, fences, codes, sizes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// From the ground up; a floor uses those before it.
const FLOORS: [&str; 6] = ["base", "lang", "model", "run", "engine", "front"];

/// A crate, and the only rooms that may name it.
const FENCES: [(&str, &[&str]); 16] = [
    ("pest", &["src/lang/syntax/"]),
    ("prost", &["src/run/provider/plugin/"]),
    ("tonic", &["src/run/provider/plugin/"]),
    ("tokio_rustls", &["src/run/provider/plugin/"]),
    ("tower", &["src/run/provider/plugin/"]),
    ("hyper_util", &["src/run/provider/plugin/"]),
    ("miette", &["src/front/render/"]),
    ("reqwest", &["src/run/fetch/"]),
    ("pgp", &["src/run/fetch/"]),
    ("tar", &["src/run/fetch/"]),
    ("zip", &["src/run/fetch/"]),
    ("petgraph", &["src/model/graph/", "src/run/plan/exec/"]),
    ("clap", &["src/front/cli/"]),
    ("rusqlite", &["src/run/state/backend/"]),
    ("similar", &["src/front/render/"]),
    ("rustyline", &["src/front/cli/editor.rs"]),
];

/// What does IO; not to be named on the lower three floors.
const IO: [&str; 6] = [
    "std::fs",
    "std::env",
    "std::net",
    "std::process",
    "std::time",
    "tokio::",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources(below: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut open = vec![root().join(below)];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(&directory).unwrap().map(Result::unwrap) {
            let path: PathBuf = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let name = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
                found.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

/// The lines of a text that are code, with their numbers.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .map(|(i, l)| (i + 1, l))
        .filter(|(_, l)| !l.trim_start().starts_with("//"))
}

#[test]
fn a_floor_uses_only_the_floors_before_it() {
    let mut broken = Vec::new();
    for (name, text) in sources("src") {
        let Some(own) = FLOORS.iter().position(|f| name.starts_with(&format!("src/{f}/"))) else {
            continue;
        };
        for (line, code) in code(&text) {
            for later in &FLOORS[own + 1..] {
                if code.contains(&format!("crate::{later}")) {
                    broken.push(format!("{name}:{line}: floor `{}` uses `{later}`", FLOORS[own]));
                }
            }
        }
    }
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

#[test]
fn crates_stay_behind_their_fences() {
    let mut broken = Vec::new();
    for (name, text) in sources("src") {
        for (krate, rooms) in FENCES {
            if rooms.iter().any(|room| name.starts_with(room)) {
                continue;
            }
            for (line, code) in code(&text) {
                if code.contains(&format!("{krate}::")) || code.contains(&format!("use {krate}")) {
                    broken.push(format!("{name}:{line}: `{krate}` belongs to {}", rooms.join(", ")));
                }
            }
        }
    }
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

#[test]
fn the_lower_three_floors_do_no_io() {
    let mut broken = Vec::new();
    for floor in &FLOORS[..3] {
        for (name, text) in sources(&format!("src/{floor}")) {
            for (line, code) in code(&text) {
                for io in IO.iter().filter(|io| code.contains(**io)) {
                    broken.push(format!("{name}:{line}: `{io}`"));
                }
            }
        }
    }
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

#[test]
fn every_code_is_declared_once_and_shown_by_a_case() {
    let mut declared: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, text) in sources("src") {
        for (line, code) in code(&text) {
            if let Some(at) = code.find("Code::new(\"") {
                let id = code[at + 11..].split('"').next().unwrap().to_owned();
                declared.entry(id).or_default().push(format!("{name}:{line}"));
            }
        }
    }
    let twice: Vec<_> = declared.iter().filter(|(_, places)| places.len() > 1).collect();
    assert!(twice.is_empty(), "declared twice: {twice:?}");
    let shown = shown_codes();
    let hidden: Vec<_> = declared.keys().filter(|id| !shown.contains(*id)).collect();
    assert!(hidden.is_empty(), "no case shows what a user reads of: {hidden:?}");
}

/// Every `E123`-like word in the cases and in the tests' expectations.
fn shown_codes() -> BTreeSet<String> {
    let mut shown = BTreeSet::new();
    let mut open = vec![root().join("tests")];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(&directory).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if let Ok(text) = fs::read_to_string(&path) {
                shown.extend(
                    text.split(|c: char| !c.is_ascii_alphanumeric())
                        .filter(|w| w.len() == 4 && w.starts_with(['E', 'R', 'W']))
                        .filter(|w| w[1..].bytes().all(|b| b.is_ascii_digit()))
                        .map(str::to_owned),
                );
            }
        }
    }
    shown
}

#[test]
fn files_stay_readable() {
    let tables = [
        "src/base/geo/subdivisions.rs",
        "src/base/geo/countries.rs",
        "providers/protocol/src/wire/tfplugin6.rs",
    ];
    let long: Vec<String> = sources("src")
        .into_iter()
        .chain(sources("providers"))
        .filter(|(name, _)| !name.contains("/tests/") && !tables.contains(&name.as_str()))
        .filter(|(_, text)| text.lines().count() > 700)
        .map(|(name, text)| format!("{name}: {} lines", text.lines().count()))
        .collect();
    assert!(long.is_empty(), "\n{}", long.join("\n"));
}
