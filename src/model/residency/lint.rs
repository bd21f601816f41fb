//! Warnings about the rules themselves; they never change a verdict.

use std::collections::BTreeSet;

use crate::base::addr::split_key;
use crate::base::diagnostic::nearest;
use crate::base::{Diagnostic, Diagnostics, Span};
use crate::lang::eval::shape::{Alternative, Class, Dataset, Kind, Mode, Selector};

use super::codes;
use super::flow::weakens;
use super::judge::Room;
use super::rules::{self, Family};
use super::words;

/// All warnings.
pub fn lints(room: &Room<'_>) -> Diagnostics {
    let datasets = room.shape.datasets.values();
    // What is wrong with one of several is mostly wrong with all, and told once.
    let mut told: BTreeSet<(Span, String)> = BTreeSet::new();
    let silent = datasets.filter(|d| is_personal(d)).filter_map(|d| {
        let said = silence(room, d)?;
        told.insert((d.span, said.title.clone())).then_some(said)
    });
    silent
        .chain(mistyped(room))
        .chain(idle(room))
        .chain(powerless(room))
        .collect()
}

fn is_personal(dataset: &Dataset) -> bool {
    let personal = Class(vec!["personal".into()]);
    dataset.class.as_ref().is_some_and(|c| c.value.is_within(&personal))
}

/// Classes are free names, so a mistyped one is a class of its own, and no rule that means the other is about it.
fn mistyped<'a>(room: &'a Room<'_>) -> impl Iterator<Item = Diagnostic> + 'a {
    let mut known: BTreeSet<&str> = BTreeSet::from(["personal"]);
    for residency in room.shape.residencies.values() {
        roots(&residency.selector, &mut known);
    }
    room.shape.datasets.values().filter_map(move |dataset| {
        let class = dataset.class.as_ref()?;
        let root = class.value.0.first().filter(|root| !known.contains(&***root))?;
        let near = nearest(root, known.iter().copied())?;
        let title = format!(
            "`{}` is no `{near}`: no rule about `{near}` looks at `{}`",
            class.value, dataset.name
        );
        let meant = class.value.to_string().replacen(&**root, near, 1);
        let said = Diagnostic::warning(codes::NEAR_CLASS, title).at(class.span, "a class of its own");
        Some(said.help(format!("did you mean `{meant}`?")))
    })
}

fn roots<'a>(selector: &'a Selector, into: &mut BTreeSet<&'a str>) {
    match selector {
        Selector::ClassWithin(class) | Selector::ClassIs(class) => into.extend(class.0.first().map(|root| &**root)),
        Selector::Not(one) => roots(one, into),
        Selector::And(both) | Selector::Or(both) => both.iter().for_each(|one| roots(one, into)),
        _ => {}
    }
}

/// The modes that matter for a dataset: what is not encrypted is not decrypted.
fn modes(dataset: &Dataset) -> Vec<Mode> {
    let mut modes = vec![Mode::Store, Mode::Process, Mode::Transit, Mode::Access, Mode::Manage];
    if dataset.encrypted_by.is_some() || dataset.backup.as_ref().is_some_and(|b| b.encrypted_by.is_some()) {
        modes.push(Mode::Decrypt);
    }
    modes
}

fn silence(room: &Room<'_>, dataset: &Dataset) -> Option<Diagnostic> {
    if room.shape.residencies.is_empty() {
        return None;
    }
    let silent = silent_words(room, dataset);
    let (first, _) = silent.first()?;
    let names: Vec<String> = silent.iter().map(|(name, _)| format!("`{name}`")).collect();
    let may: Vec<&str> = silent.iter().map(|(_, may)| *may).collect();
    let hands_off = silent.iter().all(|(name, _)| ["access", "manage"].contains(name));
    let title = format!(
        "{} unconstrained: `{}` may be {} {}",
        words::list(&names, "and"),
        split_key(&dataset.name).0,
        words::list(&may, "and"),
        if hands_off { "from anywhere" } else { "anywhere" },
    );
    let about: Vec<_> = room
        .rules
        .about
        .iter()
        .filter(|(_, d)| d.name == dataset.name)
        .map(|(r, _)| *r)
        .collect();
    let diagnostic = Diagnostic::warning(codes::SILENT, title);
    let diagnostic = match about.first() {
        Some(residency) => diagnostic
            .at(residency.span, "no rule about it speaks of this")
            .and(dataset.span, format!("`{}` is personal", split_key(&dataset.name).0)),
        None => diagnostic.at(dataset.span, "no residency block is about it"),
    };
    Some(diagnostic.help(format!("write a rule such as `{}`", example(first))))
}

fn example(name: &str) -> String {
    let found = modes_table().find(|(mode, _)| words::mode(*mode) == name);
    match found {
        Some((mode, _)) => {
            let preposition = rules::prepositions(mode).first().copied().unwrap_or("in");
            format!("{name} only {preposition} …")
        }
        None => format!("store of {name} only in …"),
    }
}

fn modes_table() -> impl Iterator<Item = (Mode, &'static str)> {
    const MAY: [(Mode, &str); 6] = [
        (Mode::Store, "stored"),
        (Mode::Process, "processed"),
        (Mode::Transit, "sent"),
        (Mode::Access, "reached"),
        (Mode::Manage, "managed"),
        (Mode::Decrypt, "decrypted"),
    ];
    MAY.into_iter()
}

/// What no rule speaks of, each with what may happen then.
fn silent_words(room: &Room<'_>, dataset: &Dataset) -> Vec<(&'static str, &'static str)> {
    let wanted = modes(dataset);
    let mut silent = Vec::new();
    for (mode, may) in modes_table().filter(|(m, _)| wanted.contains(m)) {
        let kinds = kinds_of(room, dataset, mode);
        match kinds {
            None => silent.push((words::mode(mode), may)),
            Some(kinds) if !kinds.is_empty() && mode == Mode::Store => {
                let there = kept_kinds(dataset).into_iter().filter(|k| !kinds.contains(k));
                silent.extend(there.map(|k| (words::kind(k), if k == Kind::Backup { "backed up" } else { may })));
            }
            Some(_) => {}
        }
    }
    silent
}

/// The kinds that the rules about a mode speak of; empty: every kind; nothing: no rule speaks of the mode.
fn kinds_of(room: &Room<'_>, dataset: &Dataset, mode: Mode) -> Option<BTreeSet<Kind>> {
    let tests = room.rules.for_dataset(&dataset.name).map(|(_, t)| t);
    let mut tests = tests
        .filter(|t| t.family != Family::Compellable && t.mode == Some(mode))
        .peekable();
    tests.peek()?;
    let mut kinds = BTreeSet::new();
    for test in tests {
        if test.kinds.is_empty() {
            return Some(BTreeSet::new());
        }
        kinds.extend(test.kinds.iter().copied());
    }
    Some(kinds)
}

fn kept_kinds(dataset: &Dataset) -> Vec<Kind> {
    let replica = (dataset.replicas > 1).then_some(Kind::Replica);
    let backup = dataset.backup.as_ref().map(|_| Kind::Backup);
    [Kind::Primary].into_iter().chain(replica).chain(backup).collect()
}

fn idle<'r>(room: &'r Room<'_>) -> impl Iterator<Item = Diagnostic> + 'r {
    room.rules.idle.iter().map(|residency| {
        Diagnostic::warning(
            codes::NO_MATCH,
            format!("residency `{}` is about no dataset", residency.name),
        )
        .at(residency.span, "none of the declared datasets is what it asks for")
        .help("see whether `class` and `people_in` of the datasets say what they should")
    })
}

fn powerless<'r>(room: &'r Room<'_>) -> impl Iterator<Item = Diagnostic> + 'r {
    let derives = room.shape.derives.iter().filter(|d| !weakens(d));
    derives.map(|derive| {
        let into = &derive.into.value;
        let diagnostic = Diagnostic::warning(
            codes::NO_WEAKENING,
            format!("this derivation of `{into}` weakens nothing"),
        );
        let weaker = matches!(
            derive.by.value,
            Alternative::Pseudonymous { .. } | Alternative::Aggregate { .. } | Alternative::Anonymous
        );
        if weaker {
            diagnostic
                .at(derive.span, "nobody asserts it")
                .help("write `asserted by \"NAME\"`, the person who answers for it")
        } else {
            diagnostic
                .at(
                    derive.by.span,
                    "a derivation makes data pseudonymous, an aggregate or anonymous",
                )
                .help("write `by pseudonymous(table at SITE)`, `by aggregate(min N)` or `by anonymous`")
        }
    })
}
