//! What has another name now: `moved` blocks, and a resource that gets a `count` or loses it. Objects are looked up under their new
//! names before anything is planned; apply notes all moves in one entry before it does anything else.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::base::addr::{Key, Mode, Parts};
use crate::base::{Addr, Code, Diagnostic, Diagnostics};
use crate::lang::config::Moved;
use crate::lang::eval::instance::Instance;
use crate::lang::eval::shape::Name;
use crate::run::state::Snapshot;

/// A move of something that is still declared.
pub const STILL_THERE: Code = Code::new("E441", "a move of something that is still declared");
/// Moves that go round in a circle.
pub const ROUND: Code = Code::new("E442", "moves that go round in a circle");
/// A move to a name that is taken.
pub const TAKEN: Code = Code::new("W070", "a move to a name that is taken");

/// A `moved` block and the calls that lead to its module.
pub type Written = (Vec<Name>, Moved);

/// The state under the new names, and which these are.
pub fn relocate(
    now: &Snapshot,
    written: &[Written],
    instances: &[Instance],
) -> (Snapshot, Vec<(Addr, Addr)>, Diagnostics) {
    let configured: HashSet<&Addr> = instances.iter().map(|i| &i.addr).collect();
    let mut said = still_there(written, instances);
    let mut renamed: BTreeMap<Addr, Addr> = BTreeMap::new();
    let kept: BTreeSet<&Addr> = now.objects.keys().chain(now.deposed.keys()).collect();
    for addr in &kept {
        if let Some(to) = said.take(follow(addr, written)) {
            renamed.insert((*addr).clone(), to);
        }
    }
    said.append(untaken(&mut renamed, &kept, written));
    implied(&mut renamed, &kept, &configured);
    let moved: Vec<(Addr, Addr)> = renamed.into_iter().collect();
    if moved.is_empty() || said.has_errors() {
        return (now.clone(), Vec::new(), said);
    }
    let mut snapshot = now.clone();
    snapshot.relocate(&moved);
    (snapshot, moved, said)
}

fn still_there(written: &[Written], instances: &[Instance]) -> Diagnostics {
    let wrong = written.iter().filter_map(|(path, moved)| {
        let there = instances.iter().find(|i| to(path, moved, &i.addr).is_some())?;
        let title = format!("`{}` was moved away and is still declared", there.addr);
        let said = Diagnostic::error(STILL_THERE, title).at(moved.span, "moved from there here");
        let said = said.and(there.span, "still declared");
        Some(said.help("take the block out, or the `moved` block"))
    });
    wrong.collect()
}

/// Where an object ends that goes from move to move.
fn follow(addr: &Addr, written: &[Written]) -> (Option<Addr>, Diagnostics) {
    let mut at = addr.clone();
    let mut used = BTreeSet::new();
    loop {
        let mut next = written.iter().enumerate();
        let next = next.find_map(|(i, (path, moved))| Some((i, moved, to(path, moved, &at)?)));
        match next {
            None => return ((at != *addr).then_some(at), Diagnostics::new()),
            Some((i, _, to)) if used.insert(i) => at = to,
            Some((_, moved, _)) => {
                let title = format!("`{addr}` is moved round in a circle");
                let said = Diagnostic::error(ROUND, title).at(moved.span, "comes back here");
                return (None, said.help("take one of these `moved` blocks out").into());
            }
        }
    }
}

/// Leaves out what would end where something else is.
fn untaken(renamed: &mut BTreeMap<Addr, Addr>, kept: &BTreeSet<&Addr>, written: &[Written]) -> Diagnostics {
    let mut said = Diagnostics::new();
    let mut taken: BTreeSet<Addr> = kept
        .iter()
        .filter(|a| !renamed.contains_key(**a))
        .map(|a| (*a).clone())
        .collect();
    renamed.retain(|from, to| {
        let free = taken.insert(to.clone());
        if !free {
            let title = format!("`{from}` stays, since there is already something at `{to}`");
            let spans = written
                .iter()
                .filter(|(path, moved)| self::to(path, moved, from).is_some());
            let warning =
                Diagnostic::warning(TAKEN, title).help("see what `situs state list` has, and give up one of them");
            said.push(
                spans
                    .take(1)
                    .fold(warning, |w, (_, moved)| w.at(moved.span, "not moved")),
            );
        }
        free
    });
    said
}

/// A resource that gets a `count` keeps its object as the first one, and one that loses it keeps the first one.
fn implied(renamed: &mut BTreeMap<Addr, Addr>, kept: &BTreeSet<&Addr>, configured: &HashSet<&Addr>) {
    let now: BTreeSet<Addr> = kept.iter().map(|a| renamed.get(*a).unwrap_or(a).clone()).collect();
    for addr in kept {
        let at = renamed.get(*addr).unwrap_or(addr).clone();
        let Some(resource) = at.parts().resource.as_ref().filter(|r| r.mode == Mode::Managed) else {
            continue;
        };
        let other = match resource.key {
            None => at.with_key(Some(Key::Index(0))),
            Some(Key::Index(0)) => at.without_key(),
            _ => continue,
        };
        if configured.contains(&other) && !configured.contains(&at) && !now.contains(&other) {
            renamed.insert((*addr).clone(), other);
        }
    }
}

/// What an object at this address is called after a move from one address to another; nothing where the move is not about it.
pub fn renamed(from: &Addr, to: &Addr, addr: &Addr) -> Option<Addr> {
    below(&[], from, to, addr)
}

fn to(path: &[Name], moved: &Moved, addr: &Addr) -> Option<Addr> {
    below(path, &moved.from, &moved.to, addr)
}

/// The same for a move that is written in the module that these calls lead to.
fn below(path: &[Name], from: &Addr, into: &Addr, addr: &Addr) -> Option<Addr> {
    let parts = addr.parts();
    let (outer, inner) = parts.modules.split_at_checked(path.len())?;
    if parts.placed.is_some() || !outer.iter().map(|s| &s.name).eq(path) {
        return None;
    }
    let (from, into) = (from.parts(), into.parts());
    let below = Parts {
        modules: inner.to_vec(),
        ..parts.clone()
    };
    let made = match from.resource {
        Some(_) => resource(from, into, &below)?,
        None => module(from, into, &below)?,
    };
    Some(Addr::new(Parts {
        modules: outer.iter().cloned().chain(made.modules).collect(),
        ..made
    }))
}

fn resource(from: &Parts, into: &Parts, at: &Parts) -> Option<Parts> {
    let (old, new, own) = (from.resource.as_ref()?, into.resource.as_ref()?, at.resource.as_ref()?);
    let whole = old.key.is_none() && new.key.is_none();
    let same = (old.mode, &old.type_name, &old.name) == (own.mode, &own.type_name, &own.name);
    if from.modules != at.modules || !same || !(whole || old.key == own.key) {
        return None;
    }
    let key = if whole { own.key.clone() } else { new.key.clone() };
    let resource = crate::base::addr::Resource { key, ..new.clone() };
    Some(Parts {
        resource: Some(resource),
        ..into.clone()
    })
}

fn module(from: &Parts, into: &Parts, at: &Parts) -> Option<Parts> {
    let (own, rest) = at.modules.split_at_checked(from.modules.len())?;
    let (old, new, own) = (
        from.modules.split_last()?,
        into.modules.split_last()?,
        own.split_last()?,
    );
    let whole = old.0.key.is_none() && new.0.key.is_none();
    if old.1 != own.1 || old.0.name != own.0.name || !(whole || old.0.key == own.0.key) {
        return None;
    }
    let mut last = new.0.clone();
    if whole {
        last.key.clone_from(&own.0.key);
    }
    Some(Parts {
        modules: new
            .1
            .iter()
            .cloned()
            .chain([last])
            .chain(rest.iter().cloned())
            .collect(),
        ..at.clone()
    })
}
