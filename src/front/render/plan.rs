//! A plan as text: whether the law holds and where everything is, what changed outside, what will change, and how much of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use situs_value::{Path, Value};

use crate::base::Addr;
use crate::base::addr::Key;
use crate::base::event::Action;
use crate::lang::eval::shape::Name;
use crate::run::plan::change::{Change, Counts, Drift, Import, Operation, OutputChange, Plan, Reason, Sensitivity};

use crate::run::plan::blocks::{self, Blocks, Shapes};

use super::diff::{ALWAYS, Rows};
use super::paint::{Paint, Style, safe};
use super::values::quote;
use super::verdict;

/// So many things are listed with their sites; of more, only those that move.
const PLACED: usize = 24;

/// How an action is marked, in which colour, and what the legend says of it.
struct Kind {
    action: Action,
    symbol: &'static str,
    style: Style,
    legend: &'static str,
}

const KINDS: [Kind; 7] = [
    Kind {
        action: Action::Create,
        symbol: "+",
        style: Style::Green,
        legend: "create",
    },
    Kind {
        action: Action::Update,
        symbol: "~",
        style: Style::Yellow,
        legend: "update in-place",
    },
    Kind {
        action: Action::Delete,
        symbol: "-",
        style: Style::Red,
        legend: "destroy",
    },
    Kind {
        action: Action::DeleteCreate,
        symbol: "-/+",
        style: Style::Red,
        legend: "destroy and then create replacement",
    },
    Kind {
        action: Action::CreateDelete,
        symbol: "+/-",
        style: Style::Green,
        legend: "create replacement and then destroy",
    },
    Kind {
        action: Action::Read,
        symbol: "<=",
        style: Style::Cyan,
        legend: "read (data resources)",
    },
    Kind {
        action: Action::Forget,
        symbol: ".",
        style: Style::Red,
        legend: "forget",
    },
];

fn kind(action: Action) -> Option<&'static Kind> {
    KINDS.iter().find(|k| k.action == action)
}

impl Kind {
    /// The symbol in three columns.
    fn mark(&self, paint: Paint) -> String {
        format!(
            "{}{}",
            " ".repeat(3 - self.symbol.len()),
            paint.paint(self.style, self.symbol)
        )
    }
}

/// A whole plan.
pub fn text(plan: &Plan, verdict: &verdict::View, paint: Paint) -> String {
    let mut sections = Vec::new();
    if !(verdict.is_plain() && plan.placement.things().next().is_none()) {
        sections.push(verdict::text(verdict, paint));
    }
    if plan.operation != Operation::Destroy {
        sections.extend(placement(plan, paint));
    }
    sections.extend(drift(plan, paint));
    if plan.is_empty() {
        sections.push(nothing(plan, paint));
    } else {
        sections.extend(legend(plan, paint));
        sections.extend(moved(plan, paint));
        sections.extend(imported(plan, paint));
        sections.extend(by_site(&plan.changes, &plan.blocks, paint));
        sections.push(summary(plan, paint));
        sections.extend(outputs(&plan.outputs, paint));
    }
    sections.join("\n")
}

fn nothing(plan: &Plan, paint: Paint) -> String {
    let (head, more) = match plan.operation {
        Operation::RefreshOnly => (
            "No changes. Your infrastructure still matches the configuration.",
            "Nothing was changed outside of Situs.",
        ),
        Operation::Destroy => (
            "No changes. No objects need to be destroyed.",
            "The state holds nothing.",
        ),
        Operation::Apply => (
            "No changes. Your infrastructure matches the configuration.",
            "What is configured is what is there: there is nothing to do.",
        ),
    };
    format!("{}\n\n{more}\n", paint.paint(Style::BoldGreen, head))
}

fn placement(plan: &Plan, paint: Paint) -> Option<String> {
    let moved: BTreeMap<&str, BTreeSet<&str>> = plan
        .moves
        .iter()
        .filter(|m| m.to.is_some())
        .filter_map(|m| Some((m.thing.as_str(), m.from.as_deref()?)))
        .fold(BTreeMap::new(), |mut moved, (thing, from)| {
            moved.entry(thing).or_default().insert(from);
            moved
        });
    let placed: Vec<(String, &[Name])> = plan
        .placement
        .things()
        .map(|(thing, sites)| (thing.to_string(), sites))
        .collect();
    let all = placed.len() <= PLACED;
    let shown: Vec<_> = placed
        .iter()
        .filter(|(t, _)| all || moved.contains_key(t.as_str()))
        .collect();
    let width = shown.iter().map(|(t, _)| t.chars().count()).max()?;
    let mut text = paint.bold("Placement:") + "\n";
    for (thing, sites) in &shown {
        let was = moved
            .get(thing.as_str())
            .map(|from| from.iter().copied().collect::<Vec<_>>().join(", "));
        let was = was
            .map(|from| paint.paint(Style::Yellow, format!("  (was {})", safe(&from))))
            .unwrap_or_default();
        let _ = writeln!(text, "  {:width$}  {}{was}", safe(thing), safe(&times(sites)));
    }
    let hidden = placed.len() - shown.len();
    if hidden > 0 {
        let _ = writeln!(
            text,
            "  {}",
            paint.dim(format!("# ({hidden} that stay where they are are hidden)"))
        );
    }
    Some(text)
}

/// `munich ×2, dublin`
fn times(sites: &[Name]) -> String {
    let mut counted: Vec<(&str, usize)> = Vec::new();
    for site in sites {
        match counted.iter_mut().find(|(name, _)| *name == &**site) {
            Some((_, n)) => *n += 1,
            None => counted.push((site, 1)),
        }
    }
    let parts: Vec<String> = counted
        .iter()
        .map(|(site, n)| {
            if *n == 1 {
                (*site).to_owned()
            } else {
                format!("{site} ×{n}")
            }
        })
        .collect();
    parts.join(", ")
}

fn drift(plan: &Plan, paint: Paint) -> Option<String> {
    if plan.drift.is_empty() {
        return None;
    }
    let mut text = paint.paint(Style::Cyan, "Note: ") + &paint.bold("Objects have changed outside of Situs") + "\n\n";
    text.push_str("Since the last apply, these are no longer as the state has them:\n");
    for drift in &plan.drift {
        text.push('\n');
        text.push_str(&drifted(drift, &plan.blocks, paint));
    }
    Some(text)
}

fn drifted(drift: &Drift, blocks: &Shapes, paint: Paint) -> String {
    let addr = safe(&drift.addr.to_string()).into_owned();
    if drift.after.is_null() {
        let head = paint.bold(format!("  # {addr} has been deleted")) + "\n";
        return head
            + &body(
                &drift.addr,
                Action::Delete,
                &known_by(&drift.before),
                &Value::Null,
                &[],
                blocks,
                paint,
            );
    }
    let head = paint.bold(format!("  # {addr} has changed")) + "\n";
    head + &body(
        &drift.addr,
        Action::Update,
        &drift.before,
        &drift.after,
        &[],
        blocks,
        paint,
    )
}

/// Of an object that is gone, what a reader knows it by.
fn known_by(value: &Value) -> Value {
    let all = value.attributes().into_iter().flatten();
    Value::object(
        all.filter(|(name, _)| ALWAYS.contains(&name.as_ref()))
            .map(|(n, v)| (n.clone(), v.clone())),
    )
}

fn legend(plan: &Plan, paint: Paint) -> Option<String> {
    let used: BTreeSet<Action> = plan
        .changes
        .iter()
        .map(|c| if c.deposed.is_empty() { c.action } else { Action::Delete })
        .collect();
    let lines: Vec<String> = KINDS
        .iter()
        .filter(|k| used.contains(&k.action))
        .map(|k| format!("{} {}\n", k.mark(paint), k.legend))
        .collect();
    (!lines.is_empty()).then(|| {
        format!(
            "What happens to a resource is marked so:\n{}\nSitus will do this:\n",
            lines.concat()
        )
    })
}

/// What has another name now.
fn moved(plan: &Plan, paint: Paint) -> Option<String> {
    let line = |(to, from): (&Addr, &Addr)| {
        let (from, to) = (from.to_string(), to.to_string());
        paint.bold(format!("  # {} has moved to {}", safe(&from), safe(&to))) + "\n"
    };
    let lines: String = plan.moved.iter().map(line).collect();
    (!lines.is_empty()).then_some(lines)
}

/// What is taken over.
fn imported(plan: &Plan, paint: Paint) -> Option<String> {
    let line = |(addr, import): (&Addr, &Import)| {
        let addr = addr.to_string();
        let head = paint.bold(format!("  # {} will be imported", safe(&addr)));
        format!("{head}\n  # (from {})\n", quote(&safe(&import.id)))
    };
    let lines: String = plan.imported.iter().map(line).collect();
    (!lines.is_empty()).then_some(lines)
}

/// The changes, a section for each site; what is on no site comes last.
fn by_site(changes: &[Change], shapes: &Shapes, paint: Paint) -> Vec<String> {
    let mut sites: BTreeMap<(bool, &str), Vec<&Change>> = BTreeMap::new();
    for change in changes.iter().filter(|c| c.does_something()) {
        let site = change.site.as_deref();
        sites
            .entry((site.is_none(), site.unwrap_or("")))
            .or_default()
            .push(change);
    }
    let headed = sites.keys().any(|(without, _)| !without);
    sites
        .iter()
        .map(|((without, site), changes)| {
            let name = if *without {
                "no site".to_owned()
            } else {
                format!("site {}", safe(site))
            };
            let head = if headed {
                paint.paint(Style::Cyan, name) + "\n"
            } else {
                String::new()
            };
            let drawn: Vec<String> = changes
                .iter()
                .map(|change| self::change(change, shapes, paint))
                .collect();
            head + &drawn.join("\n")
        })
        .collect()
}

/// One change.
pub fn change(change: &Change, blocks: &Shapes, paint: Paint) -> String {
    let addr = change.addr.to_string();
    let mut text = String::new();
    if change.action != Action::NoOp {
        let _ = writeln!(
            text,
            "{}",
            paint.bold(format!("  # {} {}", safe(&addr), becomes(change)))
        );
        if let Some(because) = because(change) {
            let _ = writeln!(text, "  # ({})", safe(&because));
        }
        text.push_str(&body(
            &change.addr,
            change.action,
            &change.before,
            &change.after,
            &change.replace,
            blocks,
            paint,
        ));
    }
    for key in &change.deposed {
        let gap = if text.is_empty() { "" } else { "\n" };
        let head = format!("  # {} (deposed object {}) will be destroyed", safe(&addr), safe(key));
        let _ = writeln!(
            text,
            "{gap}{}\n  # (an earlier replacement left it over)",
            paint.bold(head)
        );
    }
    text
}

fn becomes(change: &Change) -> &'static str {
    match (change.action, &change.reason) {
        (Action::NoOp, _) => "stays as it is",
        (Action::Create, _) => "will be created",
        (Action::Open, _) => "is opened and never kept",
        (Action::Read, _) => "will be read during apply",
        (Action::Update, _) => "will be updated in-place",
        (Action::DeleteCreate | Action::CreateDelete, Some(Reason::Tainted)) => "is tainted, so must be replaced",
        (Action::DeleteCreate | Action::CreateDelete, Some(Reason::Requested)) => "will be replaced, as requested",
        (Action::DeleteCreate | Action::CreateDelete, Some(Reason::Triggered)) => {
            "will be replaced, since something in its `replace_triggered_by` changes"
        }
        (Action::DeleteCreate | Action::CreateDelete, _) => "must be replaced",
        (Action::Delete, _) => "will be destroyed",
        (Action::Forget, _) => "will no longer be managed by Situs, but will not be destroyed",
    }
}

fn because(change: &Change) -> Option<String> {
    let key = change.addr.parts().resource.as_ref().and_then(|r| r.key.as_ref());
    Some(match change.reason.as_ref()? {
        Reason::CannotUpdate | Reason::Tainted | Reason::Requested | Reason::Triggered => return None,
        Reason::NotConfigured => format!("because {} is not in configuration", change.addr),
        Reason::NoModule { module } => format!("because {module} is not in configuration"),
        Reason::Repetition => match key {
            None => "because resource uses count or for_each".to_owned(),
            Some(Key::Index(_)) => "because resource does not use count".to_owned(),
            Some(Key::Name(_)) => "because resource does not use for_each".to_owned(),
        },
        Reason::CountIndex => format!("because index {} is out of range for count", key.map(Key::to_string)?),
        Reason::EachKey => format!("because key {} is not in for_each map", key.map(Key::to_string)?),
        Reason::NotPlaced { site } => format!("because it is no longer placed on {site}"),
        Reason::NoSite { site } => format!("because there is no site {site} any more"),
        Reason::CheckNested => "because its check looks at what is there then".to_owned(),
        Reason::Gone => "because it was found gone".to_owned(),
    })
}

/// `+ resource "type" "name" { … }`
fn body(
    addr: &Addr,
    action: Action,
    before: &Value,
    after: &Value,
    replace: &[Path],
    blocks: &Shapes,
    paint: Paint,
) -> String {
    let mark = kind(action).map_or_else(|| "   ".to_owned(), |k| k.mark(paint));
    let (word, type_name, name) = match &addr.parts().resource {
        Some(r) => (r.mode.word(), &*r.type_name, &*r.name),
        None => ("resource", "", ""),
    };
    let mut rows = Rows::new(paint, replace);
    let resource = addr.parts().resource.as_ref();
    let own = resource.and_then(|r| blocks.get(&blocks::key(r.mode, &r.type_name)));
    rows.object(1, &Path::root(), before, after, own.unwrap_or(&Blocks::default()));
    format!(
        "{mark} {word} {} {} {{\n{}    }}\n",
        quote(type_name),
        quote(name),
        rows.finish()
    )
}

fn summary(plan: &Plan, paint: Paint) -> String {
    if plan.operation == Operation::RefreshOnly {
        return "The state will take note of what changed outside; nothing else will be changed.\n".to_owned();
    }
    let Counts {
        add,
        change,
        destroy,
        forget,
    } = plan.counts();
    let import = match plan.imported.len() {
        0 => String::new(),
        n => format!("{n} to import, "),
    };
    let forget = if forget == 0 {
        String::new()
    } else {
        format!(", {forget} to forget")
    };
    format!(
        "{} {import}{add} to add, {change} to change, {destroy} to destroy{forget}.\n",
        paint.bold("Plan:")
    )
}

fn outputs(outputs: &BTreeMap<String, OutputChange>, paint: Paint) -> Option<String> {
    let changed: Vec<_> = outputs.iter().filter(|(_, o)| o.action != Action::NoOp).collect();
    let width = changed.iter().map(|(name, _)| name.chars().count()).max()?;
    let mut rows = Rows::new(paint, &[]);
    for (name, output) in changed {
        let hide = |value: &Value| match output.sensitive {
            Sensitivity::Hidden if !value.is_null() => value.clone().mark(),
            _ => value.clone(),
        };
        rows.named(0, name, width, &hide(&output.before), &hide(&output.after));
    }
    Some(paint.bold("Changes to Outputs:") + "\n" + &rows.finish())
}

/// What is said at the end of an apply.
pub fn done(operation: Operation, counts: Counts, paint: Paint) -> String {
    let Counts {
        add, change, destroy, ..
    } = counts;
    let says = match operation {
        Operation::Destroy => format!("Destroy complete! Resources: {destroy} destroyed."),
        Operation::Apply | Operation::RefreshOnly => {
            format!("Apply complete! Resources: {add} added, {change} changed, {destroy} destroyed.")
        }
    };
    paint.paint(Style::BoldGreen, says) + "\n"
}
