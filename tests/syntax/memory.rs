//! Items that did not change are the same tree as if they were read.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use situs::base::Sources;
use situs::base::ports::{Memory, MemoryKey};
use situs::front::memory::Kept;
use situs::lang::syntax::{parse, parse_again};

/// Counts what is asked and what is new.
#[derive(Default)]
struct Counting {
    kept: Mutex<HashMap<MemoryKey, &'static [u8]>>,
    recalled: AtomicUsize,
    new: AtomicUsize,
}

impl Memory for Counting {
    fn recall(&self, key: &MemoryKey) -> Option<&[u8]> {
        let found = self.kept.lock().unwrap().get(key).copied()?;
        self.recalled.fetch_add(1, Ordering::Relaxed);
        Some(found)
    }

    fn keep(&self, key: MemoryKey, bytes: Vec<u8>) {
        self.new.fetch_add(1, Ordering::Relaxed);
        self.kept.lock().unwrap().insert(key, bytes.leak());
    }
}

/// The texts of a case, those that are whole.
fn texts_of(case: &str) -> impl Iterator<Item = &str> {
    let files = case.split("\n=== ").filter(|part| part.starts_with("file "));
    let bodies = files.filter_map(|part| part.split_once('\n')).map(|(_, body)| body);
    // What is broken would swallow what follows it.
    bodies.filter(|body| !parse(Sources::new().add("x", *body), body).1.has_errors())
}

/// All texts of the cases, one behind the other.
fn long_text() -> String {
    let mut text = include_str!("language.situs").to_owned();
    let mut open = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases")];
    while let Some(directory) = open.pop() {
        let entries = fs::read_dir(directory).unwrap().flatten().map(|e| e.path());
        let (directories, files): (Vec<_>, Vec<_>) = entries.partition(|p| p.is_dir());
        open.extend(directories);
        for path in files {
            let case = fs::read_to_string(path).unwrap();
            texts_of(&case).for_each(|body| text.push_str(&format!("\n{body}\n")));
        }
    }
    let text = text.repeat(4);
    assert!(text.len() > 64 * 1024);
    text
}

#[test]
fn what_is_remembered_is_what_would_be_read() {
    let memory = Counting::default();
    let text = long_text();
    let id = Sources::new().add("a", text.as_str());
    assert_eq!(parse_again(id, &text, Some(&memory)), parse(id, &text));
    let all = memory.new.swap(0, Ordering::Relaxed);
    assert!(all > 200, "{all}");
    // Elsewhere in another text, with one item that is new.
    let moved = format!("# further down\n\nresource \"new\" \"one\" {{}}\n{text}");
    let mut sources = Sources::new();
    sources.add("other", "");
    let id = sources.add("b", moved.as_str());
    assert_eq!(parse_again(id, &moved, Some(&memory)), parse(id, &moved));
    assert_eq!(memory.new.load(Ordering::Relaxed), 1);
    assert!(memory.recalled.load(Ordering::Relaxed) >= all);
}

#[test]
fn deep_items_are_no_danger() {
    let memory = Counting::default();
    let chain = format!("locals {{\n  x = {}\n}}\n", vec!["1"; 500].join("+"));
    let path = format!("locals {{\n  y = a{}\n}}\n", ".b".repeat(500));
    let filling = "locals {\n  z = 1\n}\n".repeat(4000);
    let text = format!("{chain}{path}{filling}");
    let id = Sources::new().add("a", text.as_str());
    for _ in 0..2 {
        assert_eq!(parse_again(id, &text, Some(&memory)), parse(id, &text));
    }
}

#[test]
fn a_file_that_is_broken_is_forgotten() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("cache/items-x");
    let (a, b) = ([1; 16], [2; 16]);
    let first = Kept::at(path.clone());
    first.keep(a, b"one".to_vec());
    first.keep(b, b"two".to_vec());
    first.write();
    let second = Kept::at(path.clone());
    assert_eq!(second.recall(&b), Some(&b"two"[..]));
    // What was not asked for goes when something new comes.
    second.keep([3; 16], b"three".to_vec());
    second.write();
    let third = Kept::at(path.clone());
    assert_eq!((third.recall(&a), third.recall(&b)), (None, Some(&b"two"[..])));
    let whole = fs::read(&path).unwrap();
    for at in 0..whole.len() {
        let mut broken = whole.clone();
        broken[at] ^= 1;
        fs::write(&path, &broken).unwrap();
        assert_eq!(Kept::at(path.clone()).recall(&b), None, "byte {at}");
        fs::write(&path, &whole[..at]).unwrap();
        assert_eq!(Kept::at(path.clone()).recall(&b), None, "cut at {at}");
    }
}
