//! The state by hand: what has another address, what is given up, what counts as half-made, whole states. Each is one group of entries of the
//! journal, made under the lock: all of it, or nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::base::diagnostic::did_you_mean;
use crate::base::{Addr, Code, Diagnostic, Diagnostics};
use crate::run::plan::moved::renamed;
use crate::run::provider::ProviderSpec;
use crate::run::state::journal::Entry;
use crate::run::state::{Record, Snapshot, Status};

use super::{Options, Ports, begin};

/// An address that the state does not hold.
pub const NOT_KEPT: Code = Code::new("E508", "an address that the state does not hold");
/// A change of the state by hand that cannot be made.
pub const NOT_CHANGED: Code = Code::new("E514", "a change of the state by hand that cannot be made");

/// What is to be written, and what is to be said of it.
pub type Edit<T> = Result<(Vec<Entry>, T), Diagnostics>;

/// Changes the state under its lock, as an edit of what it then holds says.
pub async fn edit<T>(
    ports: &Ports,
    options: &Options,
    work: impl FnOnce(&Snapshot) -> Edit<T>,
) -> Result<T, Diagnostics> {
    let run = begin(ports, options).await?;
    let told = |e: crate::run::state::StateError| Diagnostics::from(e.diagnostic());
    let done = match run.with(work) {
        Ok((entries, said)) => run.commit(entries).await.map(|()| said).map_err(told),
        Err(errors) => Err(errors),
    };
    run.close().await.map_err(told)?;
    done
}

/// Gives what lies at or below an address another one. Answers what went where.
pub fn relocated(now: &Snapshot, from: &Addr, to: &Addr) -> Edit<Vec<(Addr, Addr)>> {
    let kept: BTreeSet<&Addr> = now.objects.keys().chain(now.deposed.keys()).collect();
    let new = |addr: &&Addr| Some(((**addr).clone(), renamed(from, to, addr)?));
    let moved: Vec<(Addr, Addr)> = kept.iter().filter_map(new).collect();
    if moved.is_empty() {
        return Err(not_kept(now, from).into());
    }
    let leaving: BTreeSet<&Addr> = moved.iter().map(|(from, _)| from).collect();
    if let Some((_, taken)) = moved.iter().find(|(_, to)| kept.contains(to) && !leaving.contains(to)) {
        let said = Diagnostic::error(NOT_CHANGED, format!("there is something at `{taken}` already"));
        return Err(said
            .help("move that away first, or give it up with `situs state rm`")
            .into());
    }
    Ok((vec![Entry::Move { moved: moved.clone() }], moved))
}

/// Forgets what lies at or below these addresses. Answers what.
pub fn forgotten(now: &Snapshot, wanted: &[Addr]) -> Edit<Vec<Addr>> {
    let kept: BTreeSet<&Addr> = now.objects.keys().chain(now.deposed.keys()).collect();
    let nothing = wanted.iter().filter(|w| !kept.iter().any(|addr| w.covers(addr)));
    let said: Diagnostics = nothing.map(|w| not_kept(now, w)).collect();
    if said.has_errors() {
        return Err(said);
    }
    let gone: Vec<Addr> = kept
        .into_iter()
        .filter(|addr| wanted.iter().any(|w| w.covers(addr)))
        .cloned()
        .collect();
    let entries = gone.iter().map(|addr| Entry::Remove { addr: addr.clone() }).collect();
    Ok((entries, gone))
}

/// Says that an object is whole, or half-made. Answers whether that was new.
pub fn marked(now: &Snapshot, addr: &Addr, status: Status) -> Edit<bool> {
    let Some(record) = now.objects.get(addr) else {
        return Err(not_kept(now, addr).into());
    };
    if record.status == status {
        return Ok((Vec::new(), false));
    }
    let record = Record {
        status,
        ..record.clone()
    };
    let entry = Entry::Note {
        addr: addr.clone(),
        record: Some(Box::new(record)),
    };
    Ok((vec![entry], true))
}

/// Says that objects of one provider are those of another. Answers the objects.
pub fn given_to(now: &Snapshot, from: &str, to: &str) -> Edit<Vec<Addr>> {
    let is_it = |source: &str| source == from || source.strip_suffix(from).is_some_and(|rest| rest.ends_with('/'));
    let of: BTreeMap<&Arc<str>, &ProviderSpec> = now.providers.iter().filter(|(_, spec)| is_it(&spec.source)).collect();
    if of.is_empty() {
        let known: BTreeSet<&str> = now.providers.values().map(|s| s.source.as_str()).collect();
        let said = Diagnostic::error(
            NOT_CHANGED,
            format!("the state has no objects of the provider `{from}`"),
        );
        return Err(said
            .help_some(did_you_mean(from, known.iter().copied()))
            .help("`situs providers` shows whose objects it has")
            .into());
    }
    let entries = of.iter().map(|(id, spec)| Entry::Provider {
        id: (*id).clone(),
        spec: Some(Box::new(ProviderSpec {
            source: to.to_owned(),
            ..(*spec).clone()
        })),
    });
    let objects = now
        .objects
        .iter()
        .filter(|(_, r)| of.keys().any(|id| ***id == *r.provider));
    Ok((entries.collect(), objects.map(|(addr, _)| addr.clone()).collect()))
}

/// Puts a whole state in the place of this one.
pub fn replaced(now: &Snapshot, text: &str, force: bool) -> Edit<usize> {
    let wrong =
        |title: String, help: &str| Diagnostics::from(Diagnostic::error(NOT_CHANGED, title).help(help.to_owned()));
    let new: Snapshot = serde_json::from_str(text).map_err(|e| {
        let help = "give what `situs state pull` wrote; a state of Terraform comes in with `situs state adopt`";
        wrong(format!("this is no state of Situs: {e}"), help)
    })?;
    if new.lineage.is_empty() {
        let help = "give what `situs state pull` wrote; a state of Terraform comes in with `situs state adopt`";
        return Err(wrong("this is no state of Situs: it has no lineage".to_owned(), help));
    }
    let begun = now.serial > 0;
    if begun && !force && new.lineage != now.lineage {
        let title = format!(
            "this is another state: `{}`, and here is `{}`",
            new.lineage, now.lineage
        );
        return Err(wrong(title, "-force puts it here all the same"));
    }
    if begun && !force && new.serial < now.serial {
        let title = format!(
            "this state is older than the one here: {} steps, and here are {}",
            new.serial, now.serial
        );
        return Err(wrong(title, "-force puts it here all the same"));
    }
    let count = new.objects.len();
    Ok((
        vec![Entry::Whole {
            snapshot: Box::new(new),
        }],
        count,
    ))
}

/// Nothing is kept there.
pub fn not_kept(now: &Snapshot, wanted: &Addr) -> Diagnostic {
    let known: Vec<String> = now.objects.keys().map(ToString::to_string).collect();
    let typed = wanted.to_string();
    Diagnostic::error(NOT_KEPT, format!("the state holds nothing at `{typed}`"))
        .help_some(did_you_mean(&typed, known.iter().map(String::as_str)))
        .help("`situs state list` lists all addresses")
}
