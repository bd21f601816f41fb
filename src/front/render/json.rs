//! What happens, one JSON object a line, for programs. The stream starts with a `version` line; the `result` line holds the exit code, and a
//! stream with a verdict ends with it: a reader who sees neither knows that the stream was cut.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Map, Value as Json, json};
use situs_value::Value;

use crate::base::diagnostic::Label;
use crate::base::event::{Action, Event, Sink};
use crate::base::ports::Clock;
use crate::base::{Addr, Diagnostic, Diagnostics, Severity, Sources};
use crate::run::plan::change::{Counts, Operation, Plan};

use super::paint::Paint;
use super::time::moment;
use super::{human, native, progress, verdict};

/// The version of the stream's form.
const UI: &str = "1.2";

/// Writes the stream.
pub struct Stream {
    out: Mutex<Box<dyn Write + Send>>,
    clock: Arc<dyn Clock>,
    sources: Mutex<Sources>,
    lines: AtomicU64,
}

impl Stream {
    /// A stream that starts with its version line.
    pub fn new(out: Box<dyn Write + Send>, clock: Arc<dyn Clock>, version: &str) -> Self {
        let stream = Self {
            out: Mutex::new(out),
            clock,
            sources: Mutex::default(),
            lines: AtomicU64::new(0),
        };
        stream.line(
            "info",
            &format!("Situs {version}"),
            "version",
            json!({ "situs": version, "ui": UI }),
        );
        stream
    }

    /// Says which texts the places of diagnostics point into.
    pub fn knows(&self, sources: Sources) {
        *self.sources.lock().unwrap_or_else(PoisonError::into_inner) = sources;
    }

    /// One line.
    fn line(&self, level: &str, message: &str, kind: &str, more: Json) {
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        let mut line = Map::new();
        line.insert("@level".to_owned(), json!(level));
        line.insert("@message".to_owned(), json!(message));
        line.insert("@module".to_owned(), json!("situs.ui"));
        line.insert("@timestamp".to_owned(), json!(moment(self.clock.now_millis())));
        line.insert("seq".to_owned(), json!(self.lines.fetch_add(1, Ordering::Relaxed)));
        line.insert("type".to_owned(), json!(kind));
        if let Json::Object(more) = more {
            line.extend(more);
        }
        let _ = writeln!(out, "{}", Json::Object(line)).and_then(|()| out.flush());
    }

    /// What a plan says: what changed outside, what will change, how much, and the outputs.
    pub fn plan(&self, plan: &Plan) {
        for drift in &plan.drift {
            let action = if drift.after.is_null() {
                Action::Delete
            } else {
                Action::Update
            };
            let change = json!({ "resource": resource(&drift.addr), "action": word(action) });
            self.line(
                "info",
                &format!("{}: Drift detected ({})", drift.addr, word(action)),
                "resource_drift",
                json!({ "change": change }),
            );
        }
        for change in plan.changes.iter().filter(|c| c.does_something()) {
            let mut said = json!({ "resource": resource(&change.addr), "action": word(change.action) });
            if let (Some(reason), Json::Object(map)) = (native::action_reason(change), &mut said) {
                map.insert("reason".to_owned(), json!(reason));
            }
            let message = format!("{}: Plan to {}", change.addr, word(change.action));
            self.line("info", &message, "planned_change", json!({ "change": said }));
        }
        let counts = plan.counts();
        let message = format!(
            "Plan: {} to add, {} to change, {} to destroy.",
            counts.add, counts.change, counts.destroy
        );
        self.summary(counts, "plan", &message);
        let outputs = plan.outputs.iter().map(|(name, o)| {
            let json = json!({ "sensitive": o.sensitive == crate::run::plan::change::Sensitivity::Hidden, "action": word(o.action) });
            (name.clone(), json)
        });
        let outputs: Map<String, Json> = outputs.collect();
        if !outputs.is_empty() {
            self.line(
                "info",
                &format!("Outputs: {}", outputs.len()),
                "outputs",
                json!({ "outputs": outputs }),
            );
        }
    }

    /// What came of an apply.
    pub fn applied(&self, operation: Operation, counts: Counts, outputs: &BTreeMap<String, Value>) {
        let message = super::plan::done(operation, counts, Paint::Plain);
        let name = if operation == Operation::Destroy {
            "destroy"
        } else {
            "apply"
        };
        self.summary(counts, name, message.trim_end());
        let mut json = native::outputs(outputs.iter());
        let all = json.as_object_mut().into_iter().flat_map(|all| all.values_mut());
        for output in all
            .filter_map(Json::as_object_mut)
            .filter(|o| o.get("sensitive") == Some(&Json::Bool(true)))
        {
            output.remove("value");
        }
        self.line(
            "info",
            &format!("Outputs: {}", outputs.len()),
            "outputs",
            json!({ "outputs": json }),
        );
    }

    fn summary(&self, counts: Counts, operation: &str, message: &str) {
        let changes = json!({
            "add": counts.add, "change": counts.change, "import": 0, "remove": counts.destroy, "forget": counts.forget,
            "operation": operation,
        });
        self.line("info", message, "change_summary", json!({ "changes": changes }));
    }

    /// Diagnostics, in the order of their places.
    pub fn diagnostics(&self, diagnostics: &Diagnostics) {
        diagnostics.clone().sorted().iter().for_each(|d| self.diagnostic(d));
    }

    fn diagnostic(&self, diagnostic: &Diagnostic) {
        let json = self::diagnostic(diagnostic, &self.sources.lock().unwrap_or_else(PoisonError::into_inner));
        let (level, word) = match diagnostic.severity {
            Severity::Error => ("error", "Error"),
            Severity::Warning => ("warn", "Warning"),
        };
        self.line(
            level,
            &format!("{word}: {}", diagnostic.title),
            "diagnostic",
            json!({ "diagnostic": json }),
        );
    }

    /// The end: the exit code, and the verdict where there is one.
    pub fn end(&self, exit_code: u8, verdict: Option<&verdict::View>) {
        let level = if exit_code == 0 { "info" } else { "error" };
        self.line(
            level,
            &format!("Exit code {exit_code}"),
            "result",
            json!({ "exit_code": exit_code }),
        );
        if let Some(view) = verdict {
            self.line(
                "info",
                &format!("Residency: {}", view.verdict),
                "verdict",
                verdict::json(view),
            );
        }
    }
}

impl Sink for Stream {
    fn emit(&self, event: Event) {
        if let Event::Diagnostic { diagnostic } = &event {
            return self.diagnostic(diagnostic);
        }
        let message = progress::line(&event, Paint::Plain).unwrap_or_else(|| silent(&event));
        let Ok(Json::Object(mut map)) = serde_json::to_value(&event) else {
            return;
        };
        let kind = map
            .remove("type")
            .and_then(|k| k.as_str().map(str::to_owned))
            .unwrap_or_default();
        let more = match map.remove("addr") {
            None => Json::Object(map),
            Some(_) => json!({ "hook": hook(&event, map) }),
        };
        self.line("info", message.trim(), &kind, more);
    }
}

/// What is said of events that people are not told one by one.
fn silent(event: &Event) -> String {
    match event {
        Event::RefreshStart { addr } => format!("{addr}: Refreshing state..."),
        Event::RefreshComplete { addr } => format!("{addr}: Refresh complete"),
        Event::ProvisionComplete { addr, provisioner } => format!("{addr}: ({provisioner}) Provisioning complete"),
        Event::ProvisionErrored { addr, provisioner } => format!("{addr}: ({provisioner}) Provisioning errored"),
        Event::Skipped { addr, reason } => format!("{addr}: Skipped: {reason}"),
        _ => String::new(),
    }
}

/// The resource of an event, and what else it says.
fn hook(event: &Event, mut map: Map<String, Json>) -> Json {
    let addr = match event {
        Event::RefreshStart { addr }
        | Event::RefreshComplete { addr }
        | Event::ApplyStart { addr, .. }
        | Event::ApplyProgress { addr, .. }
        | Event::ApplyComplete { addr, .. }
        | Event::ApplyErrored { addr, .. }
        | Event::Retry { addr, .. }
        | Event::Skipped { addr, .. }
        | Event::ProvisionStart { addr, .. }
        | Event::ProvisionProgress { addr, .. }
        | Event::ProvisionComplete { addr, .. }
        | Event::ProvisionErrored { addr, .. }
        | Event::Recovered { addr, .. } => Some(addr),
        Event::LockWait { .. } | Event::Interrupted | Event::Diagnostic { .. } => None,
    };
    let mut hook = Map::new();
    hook.insert("resource".to_owned(), addr.map_or(Json::Null, resource));
    if let Some(millis) = map.remove("elapsed_millis").and_then(|m| m.as_u64()) {
        hook.insert("elapsed_seconds".to_owned(), json!(millis / 1000));
    }
    if let Some(id) = map.remove("id").filter(|id| !id.is_null()) {
        hook.insert("id_key".to_owned(), json!("id"));
        hook.insert("id_value".to_owned(), id);
    }
    hook.extend(map);
    Json::Object(hook)
}

/// What names a resource in the stream.
fn resource(addr: &Addr) -> Json {
    let parts = addr.parts();
    let (type_name, name, key) = match &parts.resource {
        Some(r) => (
            r.type_name.as_ref(),
            r.name.as_ref(),
            r.key.as_ref().map_or(Json::Null, native::index),
        ),
        None => ("", "", Json::Null),
    };
    let whole = addr.to_string();
    let own = crate::base::addr::Parts {
        resource: parts.resource.clone(),
        ..Default::default()
    };
    let own = Addr::new(own).to_string();
    let before = whole.strip_suffix(&own).unwrap_or("").trim_end_matches('.');
    json!({
        "addr": whole, "module": before, "resource": own, "implied_provider": type_name.split('_').next().unwrap_or(""),
        "resource_type": type_name, "resource_name": name, "resource_key": key, "site": addr.site(),
    })
}

fn word(action: Action) -> &'static str {
    match action {
        Action::NoOp => "noop",
        Action::Create => "create",
        Action::Read => "read",
        Action::Open => "open",
        Action::Update => "update",
        Action::DeleteCreate | Action::CreateDelete => "replace",
        Action::Delete => "delete",
        Action::Forget => "remove",
    }
}

/// A diagnostic with its place and the line that it stands on.
pub fn diagnostic(diagnostic: &Diagnostic, sources: &Sources) -> Json {
    let detail: Vec<&str> = diagnostic
        .notes
        .iter()
        .chain(&diagnostic.help)
        .map(String::as_str)
        .collect();
    let mut json = json!({
        "severity": diagnostic.severity, "code": diagnostic.code, "summary": diagnostic.title, "detail": detail.join("\n"),
        "notes": diagnostic.notes, "help": diagnostic.help,
    });
    let Json::Object(map) = &mut json else { return json };
    if let Some(address) = &diagnostic.address {
        map.insert("address".to_owned(), json!(address));
    }
    if let Some(primary) = &diagnostic.primary {
        map.insert("range".to_owned(), range(primary, sources));
        map.insert("label".to_owned(), json!(primary.text));
        map.insert("snippet".to_owned(), snippet(primary, sources));
    }
    if !diagnostic.secondary.is_empty() {
        let related = diagnostic
            .secondary
            .iter()
            .map(|l| json!({ "range": range(l, sources), "label": l.text }));
        map.insert("related".to_owned(), related.collect());
    }
    if let Some(fix) = &diagnostic.fix {
        let label = Label {
            span: fix.span,
            text: String::new(),
        };
        map.insert(
            "fix".to_owned(),
            json!({ "range": range(&label, sources), "with": fix.with }),
        );
    }
    json
}

fn range(label: &Label, sources: &Sources) -> Json {
    let (start, end) = (sources.position(label.span), sources.position(label.span.end_point()));
    json!({
        "filename": sources.get(label.span.source).map_or("", |s| s.name.as_str()),
        "start": { "line": start.line, "column": start.column, "byte": label.span.start },
        "end": { "line": end.line, "column": end.column, "byte": label.span.end },
    })
}

fn snippet(label: &Label, sources: &Sources) -> Json {
    let Some(source) = sources.get(label.span.source) else {
        return Json::Null;
    };
    let start = source.position(label.span.start);
    let code = source.line(start.line);
    let from = (start.column - 1) as usize;
    let width = (label.span.end.saturating_sub(label.span.start)) as usize;
    json!({
        "context": context(&source.text, start.line), "code": code, "start_line": start.line,
        "highlight_start_offset": from, "highlight_end_offset": (from + width).min(code.len().max(from)), "values": [],
    })
}

/// The head of the block that a line is in: the last one before it that begins at the left edge.
fn context(text: &str, line: u32) -> Option<String> {
    let before = text.lines().take(line as usize);
    let heads = before.filter(|l| l.starts_with(|c: char| c.is_alphabetic()));
    let (head, _) = heads.last()?.split_once('{')?;
    Some(head.trim_end().to_owned())
}

/// What `validate -json` gives.
pub fn validated(diagnostics: &Diagnostics, sources: &Sources) -> Json {
    let errors = diagnostics.iter().filter(|d| d.is_error()).count();
    let sorted = diagnostics.clone().sorted();
    json!({
        "format_version": native::FORMAT,
        "valid": errors == 0,
        "error_count": errors,
        "warning_count": diagnostics.len() - errors,
        "summary": human::count(diagnostics),
        "diagnostics": sorted.iter().map(|d| diagnostic(d, sources)).collect::<Vec<_>>(),
    })
}
