//! Whatever a user writes: no panic, no endless work, no overflowing stack, the same answer twice, and messages that can be drawn. Texts
//! that are right are broken in ways in which people and merges break them, and go through everything that needs no provider's help and
//! on to the plan.
//!
//! ```console
//! $ FUZZ_CASES=20000 FUZZ_SEED=7 cargo test --test main fuzz::
//! ```
//!
//! What breaks is printed after it was made small. Where the process dies of it (a stack overflows), the text is in
//! `target/tmp/fuzz-last.txt`.

mod look;
mod mutate;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use proptest::collection::vec;
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestRunner};

use mutate::{Corpus, Mutation};

/// The files of a configuration, by path.
pub type Files = BTreeMap<String, String>;

/// As the threads of a small service have.
const STACK: usize = 2 << 20;
/// A case takes milliseconds.
const ENDLESS: Duration = Duration::from_secs(60);

fn from_env<T: std::str::FromStr>(name: &str, otherwise: T) -> T {
    std::env::var(name)
        .ok()
        .and_then(|v| v.parse().ok())
        .unwrap_or(otherwise)
}

/// What is broken: the texts that show the language, and the files of every case.
fn bases() -> Vec<Files> {
    let one = |text: &str| Files::from([("main.situs".to_owned(), text.to_owned())]);
    let mut bases = vec![
        one(include_str!("../syntax/language.situs")),
        one(include_str!("../../examples/quickstart/clinic.situs")),
        one(include_str!("../story/clinic.situs")),
    ];
    let mut cases = Vec::new();
    find_cases(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases"), &mut cases);
    cases.sort();
    let texts = cases.iter().map(|path| fs::read_to_string(path).unwrap());
    bases.extend(texts.map(|text| files_of(&text)).filter(|files| !files.is_empty()));
    bases
}

fn find_cases(directory: &Path, found: &mut Vec<PathBuf>) {
    for path in fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            find_cases(&path, found);
        } else if path.extension().is_some_and(|e| e == "case") {
            found.push(path);
        }
    }
}

/// The files inside of a case.
fn files_of(case: &str) -> Files {
    let mut files = Files::new();
    for part in case.split("\n=== ").skip(1) {
        if let Some((path, text)) = part.strip_prefix("file ").and_then(|p| p.split_once('\n')) {
            files.insert(path.to_owned(), format!("{text}\n"));
        }
    }
    files
}

/// As it can be written into a case.
fn as_case(files: &Files) -> String {
    files
        .iter()
        .map(|(path, text)| format!("=== file {path}\n{text}\n"))
        .collect()
}

/// Looks at a world from a thread of its own, so that whatever becomes of it can be told.
fn holds(files: &Files) -> Result<(), String> {
    let case = as_case(files);
    fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join("fuzz-last.txt"), &case).unwrap();
    let (send, receive) = mpsc::channel();
    let files = files.clone();
    let work = move || send.send(look::twice(&files)).unwrap();
    let worker = std::thread::Builder::new().stack_size(STACK).spawn(work).unwrap();
    let why = match receive.recv_timeout(ENDLESS) {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(why)) => why,
        Err(mpsc::RecvTimeoutError::Timeout) => "it does not end".to_owned(),
        Err(mpsc::RecvTimeoutError::Disconnected) => {
            let panic = worker.join().unwrap_err();
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or(panic.downcast_ref::<&str>().copied());
            format!("it panics: {}", text.unwrap_or("?"))
        }
    };
    Err(format!("{why}\n{case}"))
}

#[test]
fn broken_configurations_are_answered() {
    let bases = bases();
    let corpus = Corpus::of(&bases);
    let config = Config {
        cases: from_env("FUZZ_CASES", 100),
        rng_seed: RngSeed::Fixed(from_env("FUZZ_SEED", 1)),
        failure_persistence: None,
        max_shrink_iters: 4_000,
        max_shrink_time: 120_000,
        ..Config::default()
    };
    let input = (0..bases.len(), vec(mutate::mutation(), 1..8));
    let run = TestRunner::new(config).run(&input, |(base, mutations): (usize, Vec<Mutation>)| {
        let mut files = bases[base].clone();
        mutations.iter().for_each(|m| mutate::apply(&mut files, m, &corpus));
        holds(&files).map_err(TestCaseError::fail)
    });
    if let Err(proptest::test_runner::TestError::Fail(why, (base, mutations))) = run {
        panic!("base {base}, {mutations:?}: {why}");
    }
    run.unwrap();
}

#[test]
fn what_is_right_is_answered() {
    for files in bases() {
        holds(&files).unwrap();
    }
}
