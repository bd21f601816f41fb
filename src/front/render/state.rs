//! What is kept, as text.

use situs_value::Value;

use crate::base::Addr;
use crate::base::addr::Mode;
use crate::run::state::{Record, Snapshot, Status};

use super::paint::{Paint, safe};
use super::values::{Layout, key, keys, quote, text};

/// One object as `state show` shows it.
pub fn object(addr: &Addr, record: &Record, paint: Paint) -> String {
    let mode = addr.parts().resource.as_ref().map(|r| r.mode);
    let word = mode.unwrap_or(Mode::Managed).word();
    let name = addr.parts().resource.as_ref().map_or("", |r| &r.name);
    let notes: Vec<String> = [
        record.site.as_deref().map(|site| format!("site {site}")),
        (record.status == Status::Tainted).then(|| "tainted".to_owned()),
    ]
    .into_iter()
    .flatten()
    .collect();
    let notes = if notes.is_empty() {
        String::new()
    } else {
        format!(" ({})", notes.join(", "))
    };
    let head = paint.bold(format!("# {}{}:", safe(&addr.to_string()), safe(&notes)));
    let head = format!("{head}\n{word} {} {} {{\n", quote(&record.type_name), quote(name));
    head + &attributes(&record.value) + "}\n"
}

fn attributes(value: &Value) -> String {
    let layout = Layout { indent: 4, step: 4 };
    let shown = Value::object(
        value
            .attributes()
            .into_iter()
            .flatten()
            .filter(|(_, v)| !v.is_null())
            .map(|(k, v)| (k.clone(), v.clone())),
    );
    let values = shown.attributes().into_iter().flat_map(|m| m.values());
    keys(&shown)
        .iter()
        .zip(values)
        .map(|(key, value)| format!("    {key} = {}\n", text(value, layout)))
        .collect()
}

/// Everything that is kept, as `show` shows it.
pub fn everything(snapshot: &Snapshot, paint: Paint) -> String {
    let objects: Vec<String> = snapshot
        .objects
        .iter()
        .map(|(addr, record)| object(addr, record, paint))
        .collect();
    let deposed = snapshot
        .deposed
        .iter()
        .flat_map(|(addr, kept)| kept.keys().map(move |key| (addr, key)));
    let deposed = deposed.map(|(addr, key)| {
        format!(
            "# {} (deposed object {}) is still to be destroyed\n",
            safe(&addr.to_string()),
            safe(key)
        )
    });
    let mut sections: Vec<String> = objects.into_iter().chain(deposed).collect();
    if !snapshot.outputs.is_empty() {
        sections.push(format!(
            "{}\n\n{}",
            paint.bold("Outputs:"),
            outputs(snapshot.outputs.iter().map(|(name, o)| (name, &o.value)))
        ));
    }
    if sections.is_empty() {
        return "The state is empty: nothing is managed yet.\n".to_owned();
    }
    sections.join("\n")
}

/// `name = value`, a line or more each.
pub fn outputs<'a>(outputs: impl IntoIterator<Item = (&'a String, &'a Value)>) -> String {
    let shown = |value: &Value| match value {
        Value::Marked(..) => "<sensitive>".to_owned(),
        other => text(other, Layout { indent: 0, step: 2 }),
    };
    outputs
        .into_iter()
        .map(|(name, value)| format!("{} = {}\n", key(name, false), shown(value)))
        .collect()
}
