//! Plan files: a line that says what it is, of which format, and the digest of the rest; then the plan. Both lines are JSON. A plan
//! file holds what the configuration and the state hold, secrets too, so nobody else may read it; and it may have been touched, so it is
//! believed only as far as it adds up.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::base::digest::Digest;
use crate::base::{Addr, Code, Diagnostic};
use crate::run::state::Snapshot;

use super::change::{FORMAT, Plan};

/// A plan file that cannot be read or written.
pub const UNREADABLE: Code = Code::new("E410", "a plan file that cannot be read or written");
/// A file that is no plan.
pub const NO_PLAN: Code = Code::new("E411", "a file that is no plan");
/// A plan file of another format.
pub const OTHER_FORMAT: Code = Code::new("E412", "a plan file of another format");
/// A plan file that is damaged.
pub const DAMAGED: Code = Code::new("E413", "a plan file that is damaged");
/// A plan that no longer fits the state.
pub const STALE: Code = Code::new("E414", "a plan that no longer fits the state");

const KIND: &str = "situs plan";

#[derive(Serialize, Deserialize)]
struct Head {
    kind: String,
    format: u32,
    digest: Digest,
}

/// Writes a plan, whole or not at all.
pub fn write(path: &Path, plan: &Plan) -> Result<(), Box<Diagnostic>> {
    text(plan).and_then(|text| put(path, &text)).map_err(|error| {
        let said = format!("the plan file `{}` cannot be written: {error}", path.display());
        Box::new(Diagnostic::error(UNREADABLE, said).help("name a file in a directory that you may write to"))
    })
}

/// Reads a plan.
pub fn read(path: &Path) -> Result<Plan, Box<Diagnostic>> {
    let name = path.display().to_string();
    let text = fs::read(path).map_err(|error| {
        Box::new(
            Diagnostic::error(UNREADABLE, format!("the plan file `{name}` cannot be read: {error}"))
                .help("name a file that `situs plan -out=FILE` wrote"),
        )
    })?;
    parse(&name, &text)
}

/// The text of a plan file.
pub fn text(plan: &Plan) -> io::Result<String> {
    let body = serde_json::to_string(plan)?;
    let head = Head {
        kind: KIND.to_owned(),
        format: FORMAT,
        digest: Digest::of(&body),
    };
    Ok(format!("{}\n{body}\n", serde_json::to_string(&head)?))
}

fn put(path: &Path, text: &str) -> io::Result<()> {
    let mut name = path.file_name().map(ToOwned::to_owned).unwrap_or_default();
    name.push(".situs.tmp");
    let beside = path.with_file_name(name);
    let mut options = fs::OpenOptions::new();
    options.create(true).write(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&beside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&beside, path)
}

fn parse(name: &str, bytes: &[u8]) -> Result<Plan, Box<Diagnostic>> {
    let no_plan = || {
        Diagnostic::error(NO_PLAN, format!("`{name}` is no plan file"))
            .help("name a file that `situs plan -out=FILE` wrote")
    };
    let text = std::str::from_utf8(bytes).map_err(|_| no_plan())?;
    let (head, body) = text.split_once('\n').ok_or_else(no_plan)?;
    let head: Head = serde_json::from_str(head).map_err(|_| no_plan())?;
    if head.kind != KIND {
        return Err(no_plan().into());
    }
    if head.format != FORMAT {
        return Err(other_format(name, head.format).into());
    }
    let body = body.trim_end_matches('\n');
    if Digest::of(body) != head.digest {
        return Err(damaged(name, "its digest does not fit").into());
    }
    let plan: Plan = serde_json::from_str(body).map_err(|e| damaged(name, &e.to_string()))?;
    if !adds_up(&plan) {
        return Err(damaged(name, "its parts do not fit together").into());
    }
    Ok(plan)
}

/// Whether there is one change for each address, and every operation can be reached and names a change that is there.
fn adds_up(plan: &Plan) -> bool {
    let addresses: BTreeSet<&Addr> = plan.changes.iter().map(|c| &c.addr).collect();
    plan.format == FORMAT
        && addresses.len() == plan.changes.len()
        && plan
            .exec
            .ops
            .iter()
            .filter_map(|op| op.kind.change())
            .all(|c| c < plan.changes.len())
        && plan.exec.is_sound()
}

fn other_format(name: &str, format: u32) -> Diagnostic {
    Diagnostic::error(
        OTHER_FORMAT,
        format!("the plan file `{name}` has format {format}, and this engine reads {FORMAT}"),
    )
    .help("make the plan again with this version of `situs`")
}

fn damaged(name: &str, why: &str) -> Diagnostic {
    Diagnostic::error(DAMAGED, format!("the plan file `{name}` is damaged: {why}")).help("make the plan again")
}

/// What has moved since the plan was made: nothing where it may be applied. Only objects that the plan speaks of count.
pub fn stale(plan: &Plan, now: &Snapshot) -> Option<Diagnostic> {
    let base = &plan.base;
    let said = |what: String| {
        Diagnostic::error(STALE, "the plan no longer fits the state")
            .note(what)
            .help("make the plan again: `situs plan`")
    };
    if !base.lineage.is_empty() && base.lineage != now.lineage {
        return Some(said(format!(
            "it was made for the state {}, and this is {}",
            base.lineage, now.lineage
        )));
    }
    let changed = plan.changes.iter().filter(|c| c.does_something()).map(|c| &c.addr);
    let spoken_of = changed.chain(plan.drift.iter().map(|d| &d.addr));
    let moved: Vec<&Addr> = spoken_of.filter(|addr| has_moved(plan, now, addr)).collect();
    let first = moved.first()?;
    let more = if moved.len() > 1 {
        format!(", and {} more", moved.len() - 1)
    } else {
        String::new()
    };
    Some(said(format!("`{first}` was changed by another run since then{more}")))
}

fn has_moved(plan: &Plan, now: &Snapshot, addr: &Addr) -> bool {
    let was = plan.previous(addr).unwrap_or(addr);
    now.objects.get(was).map(|record| record.digest()) != plan.base.objects.get(addr).copied()
}
