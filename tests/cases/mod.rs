//! The `.case` runner. A case is a text: a comment that says what it shows, files, and commands with what they print.
//!
//! ```text
//! # Unknown attributes are named, with the nearest known one.
//! === file main.situs
//! site fra1 { kin = edge }
//! === run situs validate
//! error[E051]: …
//! exit 1
//! ```
//!
//! `=== file PATH` holds a file's text; `=== run COMMAND` runs in a fresh directory of its own that all steps of the case share, with
//! `situs` as the built binary; what stands below it is its standard output, then its standard error, then `exit N` where N is not 0.
//! `=== run` lines go through `sh -c`. Run with `UPDATE=1` to write what was printed into the case: the diff is the review.
//! What differs from run to run is replaced: the directory by `[DIR]`, process ids by `[PID]`, durations by `[TIME]`,
//! digests by `[DIGEST]`.
//!
//! Cases in `plugins/` have the providers of `tests/plugins`, built with Go, in the directory of packages `$PLUGINS`; without a Go toolchain
//! they are left out, but for those whose names begin with `own`: these need only the provider of `providers/local`, in `$OWN`.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

struct Case {
    head: String,
    steps: Vec<Step>,
}

enum Step {
    File { path: String, text: String },
    Run { command: String, expected: String },
}

fn cases() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases")];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(&directory).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "case") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The directory of the providers that are built for the cases; nothing where there is no Go toolchain.
pub fn plugins() -> Option<&'static Path> {
    static BUILT: OnceLock<Option<PathBuf>> = OnceLock::new();
    let built = BUILT.get_or_init(|| {
        Command::new("go").arg("version").output().ok()?;
        let into = Path::new(env!("CARGO_TARGET_TMPDIR")).join("plugins");
        for name in ["fixture", "legacy"] {
            let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/plugins").join(name);
            let package = into.join(format!(
                "registry.opentofu.org/test/{name}/1.0.0/{}",
                situs::run::provider::plugin::system()
            ));
            let program = package.join(format!("terraform-provider-{name}_v1.0.0"));
            // Their modules are fetched once; where nobody can, the cases are left out as well.
            let mut fetch = Command::new("go");
            let fetched = fetch.args(["mod", "download"]).current_dir(&from).output().ok()?;
            if !fetched.status.success() {
                eprintln!("the modules of tests/plugins/{name} cannot be fetched: the cases in plugins/ are left out");
                return None;
            }
            let built = Command::new("go")
                .args(["build", "-trimpath", "-ldflags=-s -w", "-o"])
                .arg(program)
                .arg(".")
                .current_dir(from)
                .env("CGO_ENABLED", "0")
                .status();
            assert!(
                built.unwrap().success(),
                "the provider `{name}` of tests/plugins cannot be built"
            );
        }
        Some(into)
    });
    built.as_deref()
}

/// The directory of our own provider as a program: where `cargo` puts it, which is told to if it has not.
fn own() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let into = Path::new(env!("CARGO_BIN_EXE_situs")).parent().unwrap().to_path_buf();
        let release = into.ends_with("release").then_some("--release");
        let built = Command::new(env!("CARGO"))
            .args([
                "build",
                "--quiet",
                "--locked",
                "--offline",
                "-p",
                "situs-local",
                "--bins",
            ])
            .args(release)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .status();
        assert!(
            built.unwrap().success(),
            "the provider of providers/local cannot be built"
        );
        into
    })
}

fn parse(text: &str) -> Case {
    let mut head = String::new();
    let mut steps: Vec<Step> = Vec::new();
    for line in text.lines() {
        if let Some(path) = line.strip_prefix("=== file ") {
            steps.push(Step::File {
                path: path.to_owned(),
                text: String::new(),
            });
        } else if let Some(command) = line.strip_prefix("=== run ") {
            steps.push(Step::Run {
                command: command.to_owned(),
                expected: String::new(),
            });
        } else {
            let target = match steps.last_mut() {
                None => &mut head,
                Some(Step::File { text, .. }) => text,
                Some(Step::Run { expected, .. }) => expected,
            };
            target.push_str(line);
            target.push('\n');
        }
    }
    Case { head, steps }
}

/// Runs a case and gives its text with what was really printed.
fn run(case: &Case) -> String {
    let directory = tempfile::tempdir().unwrap();
    let mut text = case.head.clone();
    for step in &case.steps {
        match step {
            Step::File { path, text: content } => {
                let target = directory.path().join(path);
                fs::create_dir_all(target.parent().unwrap()).unwrap();
                fs::write(target, content).unwrap();
                write!(text, "=== file {path}\n{content}").unwrap();
            }
            Step::Run { command, .. } => {
                let printed = execute(command, directory.path());
                write!(text, "=== run {command}\n{printed}").unwrap();
            }
        }
    }
    stop_everything(directory.path());
    text
}

fn execute(command: &str, directory: &Path) -> String {
    let binary = Path::new(env!("CARGO_BIN_EXE_situs"));
    let path = format!(
        "{}:{}",
        binary.parent().unwrap().display(),
        std::env::var("PATH").unwrap()
    );
    let output = Command::new("sh")
        .args(["-c", command])
        .current_dir(directory)
        .env_clear()
        .envs([
            ("PATH", path.as_str()),
            ("HOME", "/nonexistent"),
            ("TERM", "dumb"),
            ("USER", "tester"),
            ("PLUGINS", &plugins().unwrap_or(Path::new("")).to_string_lossy()),
        ])
        .envs(command.contains("$OWN").then(|| ("OWN", own())))
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    let mut text = normal(&String::from_utf8_lossy(&output.stdout), directory);
    text.push_str(&normal(&String::from_utf8_lossy(&output.stderr), directory));
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    match output.status.code() {
        Some(0) => {}
        Some(code) => writeln!(text, "exit {code}").unwrap(),
        None => text.push_str("killed\n"),
    }
    text
}

/// A case that fails in the middle must not leave services behind.
fn stop_everything(directory: &Path) {
    if directory.join(".situs").exists() {
        execute("situs destroy -auto-approve >/dev/null 2>&1", directory);
    }
}

fn normal(text: &str, directory: &Path) -> String {
    let text = text.replace(&*directory.to_string_lossy(), "[DIR]");
    let text = text.replace(
        &*Path::new(env!("CARGO_BIN_EXE_situs"))
            .parent()
            .unwrap()
            .to_string_lossy(),
        "[OWN]",
    );
    let text = match plugins() {
        Some(directory) => text.replace(&*directory.to_string_lossy(), "[PLUGINS]"),
        None => text,
    };
    let patterns = [
        (r"\b\d+m\d\ds elapsed", "[TIME] elapsed"),
        (r"after \d+(\.\d+)?s\b", "after [TIME]"),
        (r"(pid|process) \d+", "$1 [PID]"),
        (r"h1:[A-Za-z0-9+/]{43}=", "[HASH]"),
        (r"linux_(amd64|arm64)", "[SYSTEM]"),
        (r"blake3:[0-9a-f]{64}", "[DIGEST]"),
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "[WHEN]"),
    ];
    patterns.iter().fold(text, |text, (pattern, with)| {
        regex::Regex::new(pattern)
            .unwrap()
            .replace_all(&text, *with)
            .into_owned()
    })
}

fn needs_go(path: &str) -> bool {
    path.contains("/plugins/") && !path.contains("/plugins/own")
}

#[test]
fn cases_print_what_they_say() {
    let only = std::env::var("CASE").unwrap_or_default();
    let update = std::env::var("UPDATE").is_ok();
    let mut failed = Vec::new();
    let wanted: Vec<_> = cases()
        .into_iter()
        .filter(|p| p.to_string_lossy().contains(&only))
        .filter(|p| plugins().is_some() || !needs_go(&p.to_string_lossy()))
        .collect();
    for path in &wanted {
        let before = fs::read_to_string(path).unwrap();
        let after = run(&parse(&before));
        if before == after {
            continue;
        }
        if update {
            fs::write(path, &after).unwrap();
        } else {
            let diff = similar::TextDiff::from_lines(&before, &after);
            failed.push(format!("{}\n{}", path.display(), diff.unified_diff().context_radius(3)));
        }
    }
    assert!(
        failed.is_empty(),
        "{} of {} cases differ:\n{}",
        failed.len(),
        wanted.len(),
        failed.join("\n")
    );
}
