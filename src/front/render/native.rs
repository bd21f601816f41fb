//! Plans and states as JSON: what `show -json` gives. The parts that policies read (`resource_changes`, `output_changes`, `change` with
//! `actions`, `before`, `after`, `after_unknown`, …) have the names and forms that the field knows; sensitive values are null.

use serde_json::{Map, Value as Json, json};
use situs_value::{Path, Step, Value, to_json};

use crate::base::Addr;
use crate::base::addr::{Key, Mode};
use crate::base::event::Action;
use crate::model::assignment::Assignment;
use crate::run::plan::change::{Change, Drift, Operation, OutputChange, Plan, Reason, Sensitivity};
use crate::run::state::{Record, Snapshot, Status};

use super::verdict;

/// The format of these objects: the second number counts additions, the first counts breaks.
pub const FORMAT: &str = "1.0";

/// A plan.
pub fn plan(plan: &Plan, verdict: &verdict::View) -> Json {
    let counts = plan.counts();
    json!({
        "format_version": FORMAT,
        "situs_version": plan.version,
        "operation": operation(plan.operation),
        "applyable": !plan.is_empty() && verdict.verdict == "proved",
        "verdict": verdict::json(verdict),
        "placement": placement(&plan.placement),
        "moves": plan.moves,
        "summary": { "add": counts.add, "change": counts.change, "remove": counts.destroy, "forget": counts.forget },
        "resource_drift": plan.drift.iter().map(drift).collect::<Vec<_>>(),
        "resource_changes": plan.changes.iter().filter(|c| !is_read_already(c) && c.action != Action::Open).map(|c| change(c, plan)).collect::<Vec<_>>(),
        "output_changes": plan.outputs.iter().map(|(name, o)| (name.clone(), output_change(o))).collect::<Map<_, _>>(),
    })
}

/// `service.triage` to the site of each replica.
fn placement(assignment: &Assignment) -> Json {
    assignment
        .things()
        .map(|(thing, sites)| (thing.to_string(), json!(sites)))
        .collect::<Map<_, _>>()
        .into()
}

/// `apply`, `destroy`, `refresh-only`
pub fn operation(operation: Operation) -> &'static str {
    match operation {
        Operation::Apply => "apply",
        Operation::Destroy => "destroy",
        Operation::RefreshOnly => "refresh-only",
    }
}

/// What names a resource.
fn named(addr: &Addr, site: Option<&str>) -> Map<String, Json> {
    let mut map = Map::new();
    map.insert("address".to_owned(), json!(addr));
    if let Some(site) = site {
        map.insert("site".to_owned(), json!(site));
    }
    if let Some(placed) = &addr.parts().placed {
        map.insert("of".to_owned(), json!(format!("{}.{}", placed.kind, placed.thing())));
    }
    if let Some(resource) = &addr.parts().resource {
        map.insert(
            "mode".to_owned(),
            json!(match resource.mode {
                Mode::Managed => "managed",
                mode => mode.word(),
            }),
        );
        map.insert("type".to_owned(), json!(resource.type_name));
        map.insert("name".to_owned(), json!(resource.name));
        if let Some(key) = &resource.key {
            map.insert("index".to_owned(), index(key));
        }
    }
    map
}

/// A key as JSON.
pub fn index(key: &Key) -> Json {
    match key {
        Key::Index(i) => json!(i),
        Key::Name(name) => json!(name),
    }
}

fn change(change: &Change, plan: &Plan) -> Json {
    let mut map = named(&change.addr, change.site.as_deref());
    map.insert("provider_name".to_owned(), json!(change.provider));
    let mut what = values(change.action, &change.before, &change.after, &change.replace);
    if let (Some(import), Json::Object(what)) = (plan.imported.get(&change.addr), &mut what) {
        what.insert("importing".to_owned(), json!({ "id": import.id }));
    }
    map.insert("change".to_owned(), what);
    if let Some(previous) = plan.previous(&change.addr) {
        map.insert("previous_address".to_owned(), json!(previous.to_string()));
    }
    if let Some(reason) = action_reason(change) {
        map.insert("action_reason".to_owned(), json!(reason));
    }
    if !change.deposed.is_empty() {
        map.insert("deposed".to_owned(), json!(change.deposed));
    }
    Json::Object(map)
}

/// A data source that was read while planning: nothing will happen to it.
fn is_read_already(change: &Change) -> bool {
    let data = change
        .addr
        .parts()
        .resource
        .as_ref()
        .is_some_and(|r| r.mode == Mode::Data);
    data && change.action == Action::NoOp
}

fn drift(drift: &Drift) -> Json {
    let action = if drift.after.is_null() {
        Action::Delete
    } else {
        Action::Update
    };
    let mut map = named(&drift.addr, drift.addr.site());
    map.insert("change".to_owned(), values(action, &drift.before, &drift.after, &[]));
    Json::Object(map)
}

fn output_change(output: &OutputChange) -> Json {
    let hide = |value: &Value| match output.sensitive {
        Sensitivity::Hidden if !value.is_null() => value.clone().mark(),
        _ => value.clone(),
    };
    values(output.action, &hide(&output.before), &hide(&output.after), &[])
}

fn values(action: Action, before: &Value, after: &Value, replace: &[Path]) -> Json {
    let mut json = json!({
        "actions": actions(action),
        "before": open(before),
        "after": open(after),
        "after_unknown": places(after, &|v| matches!(v, Value::Unknown(_))),
        "before_sensitive": places(before, &Value::is_sensitive),
        "after_sensitive": places(after, &Value::is_sensitive),
    });
    if let (false, Json::Object(map)) = (replace.is_empty(), &mut json) {
        map.insert("replace_paths".to_owned(), replace.iter().map(steps).collect());
    }
    json
}

fn steps(path: &Path) -> Json {
    let step = |step: &Step| match step {
        Step::Attr(name) | Step::Key(name) => json!(name),
        Step::Index(at) => json!(at),
    };
    path.0.iter().map(step).collect()
}

/// A replacement is two actions, in their order.
fn actions(action: Action) -> &'static [&'static str] {
    match action {
        Action::NoOp => &["no-op"],
        Action::Create => &["create"],
        Action::Read => &["read"],
        Action::Open => &["open"],
        Action::Update => &["update"],
        Action::Delete => &["delete"],
        Action::Forget => &["forget"],
        Action::DeleteCreate => &["delete", "create"],
        Action::CreateDelete => &["create", "delete"],
    }
}

/// Why, in the words of the field where it has one.
pub fn action_reason(change: &Change) -> Option<&'static str> {
    Some(match change.reason.as_ref()? {
        Reason::CannotUpdate => "replace_because_cannot_update",
        Reason::Tainted => "replace_because_tainted",
        Reason::Requested => "replace_by_request",
        Reason::Triggered => "replace_by_triggers",
        Reason::NotConfigured => "delete_because_no_resource_config",
        Reason::NoModule { .. } => "delete_because_no_module",
        Reason::Repetition => "delete_because_wrong_repetition",
        Reason::CountIndex => "delete_because_count_index",
        Reason::EachKey => "delete_because_each_key",
        Reason::NotPlaced { .. } => "delete_because_not_placed",
        Reason::NoSite { .. } => "delete_because_no_site",
        Reason::CheckNested => "read_because_check_nested",
        Reason::Gone => "create_because_gone",
    })
}

/// A value without what is sensitive (null) or unknown (left out of objects, null elsewhere).
pub fn open(value: &Value) -> Json {
    match value {
        Value::Marked(..) => Json::Null,
        Value::List(e) | Value::Set(e) | Value::Tuple(e) => e.iter().map(open).collect(),
        Value::Map(m) | Value::Object(m) => m
            .iter()
            .filter(|(_, v)| v.is_known())
            .map(|(k, v)| (k.to_string(), open(v)))
            .collect::<Map<_, _>>()
            .into(),
        other => to_json(other),
    }
}

/// `true` where the test holds, in the shape of the value; what holds nowhere is left out of objects.
fn places(value: &Value, test: &dyn Fn(&Value) -> bool) -> Json {
    if test(value) {
        return Json::Bool(true);
    }
    match value {
        Value::List(e) | Value::Set(e) | Value::Tuple(e) => e.iter().map(|v| places(v, test)).collect(),
        Value::Map(m) | Value::Object(m) => m
            .iter()
            .filter(|(_, v)| v.any(test))
            .map(|(k, v)| (k.to_string(), places(v, test)))
            .collect::<Map<_, _>>()
            .into(),
        _ => Json::Bool(false),
    }
}

/// A state.
pub fn state(snapshot: &Snapshot) -> Json {
    json!({
        "format_version": FORMAT,
        "lineage": snapshot.lineage,
        "serial": snapshot.serial,
        "placement": placement(&snapshot.placement),
        "outputs": outputs(snapshot.outputs.iter().map(|(name, o)| (name, &o.value))),
        "resources": snapshot.objects.iter().map(|(addr, record)| object(addr, record)).collect::<Vec<_>>(),
    })
}

/// One kept object.
pub fn object(addr: &Addr, record: &Record) -> Json {
    let mut map = named(addr, record.site.as_deref());
    map.insert("provider_name".to_owned(), json!(record.provider));
    map.insert("schema_version".to_owned(), json!(record.schema_version));
    map.insert("values".to_owned(), open(&record.value));
    map.insert(
        "sensitive_values".to_owned(),
        places(&record.value, &Value::is_sensitive),
    );
    map.insert("depends_on".to_owned(), json!(record.dependencies));
    if record.status == Status::Tainted {
        map.insert("tainted".to_owned(), json!(true));
    }
    Json::Object(map)
}

/// Outputs by name, as `output -json` gives them.
pub fn outputs<'a>(outputs: impl Iterator<Item = (&'a String, &'a Value)>) -> Json {
    let one = |value: &Value| json!({ "sensitive": value.contains_sensitive(), "type": value.type_of().to_string(), "value": open(value) });
    outputs
        .map(|(name, value)| (name.clone(), one(value)))
        .collect::<Map<_, _>>()
        .into()
}
