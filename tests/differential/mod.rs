//! The differential corpus: configurations that Situs and Terraform plan alike. An entry is a text in `corpus/`:
//!
//! ```text
//! # What it shows.
//! === file main.tf
//! resource "terraform_data" "a" { input = var.x }
//! === apply -var x=1
//! === plan -var x=2
//! { "resources": { … }, "outputs": { … } }
//! ```
//!
//! Steps run in a fresh directory. Below `=== plan` stands what Terraform plans, in a normal form: for each address and each output the
//! actions, the values before and after, what is unknown and what is sensitive; or `"error"` where the configuration is refused. The
//! record is compared with what Situs plans, always; and with what Terraform plans, where there is a `terraform` on the PATH (its
//! provider `terraform_data` is part of it, so no network is needed). `UPDATE=1` records what Terraform says; `CASE=NAME` narrows.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Map, Value as Json, json};

const CORPUS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/differential/corpus");

enum Step {
    File(String, String),
    Apply(Vec<String>),
    Plan(Vec<String>, String),
}

struct Entry {
    path: PathBuf,
    head: String,
    steps: Vec<Step>,
}

fn words(line: &str) -> Vec<String> {
    line.split_whitespace().map(str::to_owned).collect()
}

fn entries() -> Vec<Entry> {
    let only = std::env::var("CASE").unwrap_or_default();
    let mut paths: Vec<PathBuf> = fs::read_dir(CORPUS).unwrap().map(|e| e.unwrap().path()).collect();
    paths.sort();
    let wanted = paths.into_iter().filter(|p| p.to_string_lossy().contains(&only));
    wanted.map(read).collect()
}

fn read(path: PathBuf) -> Entry {
    let text = fs::read_to_string(&path).unwrap();
    let (mut head, mut steps) = (String::new(), Vec::new());
    for line in text.lines() {
        let step = line
            .strip_prefix("=== ")
            .map(|rest| rest.split_once(' ').unwrap_or((rest, "")));
        match (step, steps.last_mut()) {
            (Some(("file", name)), _) => steps.push(Step::File(name.to_owned(), String::new())),
            (Some(("apply", args)), _) => steps.push(Step::Apply(words(args))),
            (Some(("plan", args)), _) => steps.push(Step::Plan(words(args), String::new())),
            (Some(other), _) => panic!("{}: no step `{}`", path.display(), other.0),
            (None, None) => head += &format!("{line}\n"),
            (None, Some(Step::File(_, text) | Step::Plan(_, text))) => *text += &format!("{line}\n"),
            (None, Some(Step::Apply(_))) => {}
        }
    }
    Entry { path, head, steps }
}

fn write(entry: &Entry, records: &[Json]) {
    let mut text = entry.head.clone();
    let mut records = records.iter();
    for step in &entry.steps {
        match step {
            Step::File(name, body) => text += &format!("=== file {name}\n{body}"),
            Step::Apply(args) => text += &format!("{}\n", format!("=== apply {}", args.join(" ")).trim_end()),
            Step::Plan(args, _) => {
                let record = serde_json::to_string_pretty(records.next().unwrap()).unwrap();
                text += &format!("{}\n{record}\n", format!("=== plan {}", args.join(" ")).trim_end());
            }
        }
    }
    fs::write(&entry.path, text).unwrap();
}

/// A program that plans and applies.
struct Tool {
    program: PathBuf,
    is_terraform: bool,
}

impl Tool {
    fn situs() -> Self {
        Self {
            program: env!("CARGO_BIN_EXE_situs").into(),
            is_terraform: false,
        }
    }

    fn terraform() -> Option<Self> {
        let path = std::env::var_os("PATH")?;
        let mut all = std::env::split_paths(&path).map(|d| d.join("terraform"));
        all.find(|p| p.is_file()).map(|program| Self {
            program,
            is_terraform: true,
        })
    }

    fn run(&self, directory: &Path, args: &[&str], more: &[String]) -> Output {
        let mut command = Command::new(&self.program);
        command.current_dir(directory).args(args).args(more);
        for (name, _) in std::env::vars().filter(|(n, _)| n.starts_with("TF_") || n.starts_with("SITUS_")) {
            command.env_remove(name);
        }
        command
            .env("TF_VAR_from_environment", "env")
            .env("CHECKPOINT_DISABLE", "1")
            .output()
            .unwrap()
    }

    /// What it plans at each `plan` of an entry.
    fn records(&self, entry: &Entry) -> Vec<Json> {
        let directory = tempfile::tempdir().unwrap();
        let at = directory.path();
        let mut records = Vec::new();
        for step in &entry.steps {
            match step {
                Step::File(name, text) => {
                    let file = at.join(name);
                    fs::create_dir_all(file.parent().unwrap()).unwrap();
                    fs::write(file, text).unwrap();
                }
                Step::Apply(args) => {
                    self.init(at);
                    let done = self.run(at, &["apply", "-auto-approve", "-input=false", "-no-color"], args);
                    if !done.status.success() {
                        records.push(json!(format!("no apply: {}", String::from_utf8_lossy(&done.stderr))));
                    }
                }
                Step::Plan(args, _) => records.push(self.plan(at, args)),
            }
        }
        records
    }

    fn init(&self, directory: &Path) -> bool {
        !self.is_terraform
            || self
                .run(directory, &["init", "-input=false", "-no-color"], &[])
                .status
                .success()
    }

    fn plan(&self, directory: &Path, args: &[String]) -> Json {
        let planned = || self.run(directory, &["plan", "-input=false", "-no-color", "-out=plan.out"], args);
        if !self.init(directory) || !planned().status.success() {
            return json!("error");
        }
        let shown = self.run(directory, &["show", "-json", "plan.out"], &[]);
        normal(&serde_json::from_slice(&shown.stdout).unwrap())
    }
}

/// A plan as both sides can say it.
fn normal(plan: &Json) -> Json {
    let changes = plan["resource_changes"].as_array().into_iter().flatten();
    let resources: BTreeMap<String, Json> = changes
        .map(|c| {
            (
                c["address"].as_str().unwrap().to_owned(),
                with_move(c, change(&c["change"])),
            )
        })
        .collect();
    let outputs = plan["output_changes"].as_object().into_iter().flatten();
    let outputs: Map<String, Json> = outputs.map(|(name, c)| (name.clone(), change(c))).collect();
    json!({ "resources": resources, "outputs": outputs })
}

fn with_move(whole: &Json, mut change: Json) -> Json {
    if let Some(before) = whole.get("previous_address") {
        change["moved from"] = before.clone();
    }
    change
}

fn change(change: &Json) -> Json {
    let mut made = Map::new();
    made.insert("actions".into(), change["actions"].clone());
    for (side, secret, name) in [
        ("before", "before_sensitive", "before"),
        ("after", "after_sensitive", "after"),
    ] {
        let value = hidden(&change[side], &change[secret]);
        if !value.is_null() {
            made.insert(name.into(), value);
        }
    }
    for (from, name) in [
        ("after_unknown", "unknown"),
        ("after_sensitive", "sensitive"),
        ("replace_paths", "replaced by"),
    ] {
        if let Some(marks) = marks(&change[from]) {
            made.insert(name.into(), marks);
        }
    }
    Json::Object(made)
}

/// A value without what is sensitive, and without ids that are made up.
fn hidden(value: &Json, secret: &Json) -> Json {
    match (value, secret) {
        (_, Json::Bool(true)) => Json::Null,
        (Json::Object(m), _) => {
            let inner = m.iter().map(|(k, v)| (k.clone(), hidden(v, &secret[k])));
            Json::Object(inner.collect())
        }
        (Json::Array(e), _) => Json::Array(e.iter().enumerate().map(|(i, v)| hidden(v, &secret[i])).collect()),
        (Json::String(s), _) if is_made_up(s) => json!("[ID]"),
        // Situs writes a number that a double cannot hold as a text; Terraform loses its digits.
        (Json::String(s), _) if s.len() > 17 => s.parse().map_or_else(|_| value.clone(), number),
        (Json::Number(n), _) => number(n.as_f64().unwrap()),
        _ => value.clone(),
    }
}

/// A number to as many digits as both sides have.
fn number(n: f64) -> Json {
    json!(format!("{n:.13e}").parse::<f64>().unwrap())
}

fn is_made_up(text: &str) -> bool {
    text.len() == 36 && text.split('-').map(str::len).eq([8, 4, 4, 4, 12])
}

/// What is marked, without what is not.
fn marks(marked: &Json) -> Option<Json> {
    match marked {
        Json::Object(m) => {
            let inner: Map<String, Json> = m.iter().filter_map(|(k, v)| Some((k.clone(), marks(v)?))).collect();
            (!inner.is_empty()).then_some(Json::Object(inner))
        }
        Json::Array(e) => {
            let inner: Vec<Json> = e.iter().map(|v| marks(v).unwrap_or(Json::Null)).collect();
            inner.iter().any(|v| !v.is_null()).then_some(Json::Array(inner))
        }
        Json::Bool(false) | Json::Null => None,
        _ => Some(marked.clone()),
    }
}

fn recorded(entry: &Entry) -> Vec<Json> {
    let records = entry.steps.iter().filter_map(|step| match step {
        Step::Plan(_, text) => Some(serde_json::from_str(text).unwrap_or(Json::Null)),
        _ => None,
    });
    records.collect()
}

/// How the plans of a tool differ from what is recorded.
fn differences(tool: &Tool, entry: &Entry) -> Option<String> {
    let text = |records: &[Json]| serde_json::to_string_pretty(records).unwrap();
    let (record, planned) = (text(&recorded(entry)), text(&tool.records(entry)));
    let diff = similar::TextDiff::from_lines(&record, &planned);
    (record != planned).then(|| format!("{}\n{}", entry.path.display(), diff.unified_diff().context_radius(4)))
}

/// Two at a time, since most of a run is waiting for processes.
fn all_differences(tool: &Tool, entries: &[Entry]) -> Vec<String> {
    let halves = entries.chunks(entries.len().div_ceil(2).max(1));
    std::thread::scope(|scope| {
        let run = |half: &[Entry]| half.iter().filter_map(|e| differences(tool, e)).collect::<Vec<_>>();
        let threads: Vec<_> = halves.map(|half| scope.spawn(move || run(half))).collect();
        threads.into_iter().flat_map(|t| t.join().unwrap()).collect()
    })
}

fn assert_none(differences: &[String], of: usize) {
    assert!(
        differences.is_empty(),
        "{} of {of} differ:\n{}",
        differences.len(),
        differences.join("\n")
    );
}

#[test]
fn situs_plans_as_recorded() {
    let entries = entries();
    assert_none(&all_differences(&Tool::situs(), &entries), entries.len());
}

#[test]
fn terraform_plans_as_recorded() {
    let Some(terraform) = Tool::terraform() else {
        eprintln!("skipped: there is no `terraform` on the PATH");
        return;
    };
    let entries = entries();
    if std::env::var("UPDATE").is_ok() {
        entries.iter().for_each(|entry| write(entry, &terraform.records(entry)));
        return;
    }
    assert_none(&all_differences(&terraform, &entries), entries.len());
}

#[test]
fn the_corpus_is_large_enough() {
    let narrowed = std::env::var("CASE").is_ok();
    assert!(narrowed || entries().len() >= 60);
}
