//! Words for people: modes, prepositions, rules and lists, as a data-protection officer reads them aloud.

use crate::base::geo::{GROUPS, PlaceSet};
use crate::lang::eval::shape::{Alternative, Kind, Mode, Preposition};

/// `a`, `a or b`, `a, b or c`; long lists are cut.
pub fn list<S: AsRef<str>>(items: &[S], joint: &str) -> String {
    const SHOWN: usize = 5;
    let mut words: Vec<&str> = items.iter().take(SHOWN).map(AsRef::as_ref).collect();
    let more = items.len().saturating_sub(SHOWN);
    let rest = format!("{more} more");
    if more > 0 {
        words.push(&rest);
    }
    match words.split_last() {
        None => String::new(),
        Some((last, [])) => (*last).to_owned(),
        Some((last, first)) => format!("{} {joint} {last}", first.join(", ")),
    }
}

/// The word of a mode.
pub fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Store => "store",
        Mode::Process => "process",
        Mode::Transit => "transit",
        Mode::Access => "access",
        Mode::Manage => "manage",
        Mode::Decrypt => "decrypt",
    }
}

/// What happens to data in a mode: `is stored`.
pub fn happens(mode: Mode) -> &'static str {
    match mode {
        Mode::Store => "is stored",
        Mode::Process => "is processed",
        Mode::Transit => "travels",
        Mode::Access => "can be reached",
        Mode::Manage => "sits on a site that is managed",
        Mode::Decrypt => "can be decrypted",
    }
}

/// The word of a kind.
pub fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Primary => "primary",
        Kind::Replica => "replica",
        Kind::Backup => "backup",
        Kind::Log => "log",
        Kind::Cache => "cache",
        Kind::Index => "index",
        Kind::Dump => "dump",
        Kind::Queue => "queue",
    }
}

/// The word of a preposition.
pub fn preposition(preposition: Preposition) -> &'static str {
    match preposition {
        Preposition::In => "in",
        Preposition::At => "at",
        Preposition::Under => "under",
        Preposition::Via => "via",
        Preposition::From => "from",
        Preposition::By => "by",
    }
}

/// An alternative as it is written.
pub fn alternative(alternative: &Alternative) -> String {
    match alternative {
        Alternative::Encrypted { keys_in, keys_under } => {
            let place = keys_in.as_ref().map(|s| format!("in {}", places(s)));
            let law = keys_under.as_ref().map(|s| format!("under {}", places(s)));
            let conditions: Vec<String> = place.into_iter().chain(law).collect();
            format!("encrypted(keys {})", conditions.join(" "))
        }
        Alternative::Sealed => "sealed(e2e)".to_owned(),
        Alternative::Pseudonymous { table_in, table_at } => match (table_in, table_at) {
            (Some(set), _) => format!("pseudonymous(table in {})", places(set)),
            (None, Some(site)) => format!("pseudonymous(table at {})", site.value),
            (None, None) => "pseudonymous".to_owned(),
        },
        Alternative::Aggregate { min } => format!("aggregate(min {min})"),
        Alternative::Anonymous => "anonymous".to_owned(),
        Alternative::Tee => "tee(attested)".to_owned(),
        Alternative::Transient { millis } => format!("transient({})", duration(*millis)),
        Alternative::CoveredBy(kinds) => format!("covered by {}", kinds.join(", ")),
    }
}

/// A set by the names that people use: groups where they fit, largest first, then single places.
pub fn places(set: &PlaceSet) -> String {
    let mut groups: Vec<(PlaceSet, &str)> = GROUPS.iter().map(|g| (g.set(), g.name)).collect();
    groups.sort_by_key(|(members, _)| std::cmp::Reverse(members.to_string().len()));
    let (mut rest, mut words) = (set.clone(), Vec::new());
    for (members, name) in groups {
        if set.contains_all(&members) && rest.intersects(&members) {
            rest = rest.difference(&members);
            words.push(name.to_owned());
        }
    }
    if !rest.is_empty() || words.is_empty() {
        words.push(rest.to_string());
    }
    words.join(" | ")
}

/// A duration in its largest whole unit.
pub fn duration(millis: u64) -> String {
    const UNITS: [(u64, &str); 5] = [
        (86_400_000, "d"),
        (3_600_000, "h"),
        (60_000, "m"),
        (1000, "s"),
        (1, "ms"),
    ];
    UNITS
        .iter()
        .find(|(size, _)| millis >= *size && millis.is_multiple_of(*size))
        .map_or_else(|| "0s".to_owned(), |(size, unit)| format!("{}{unit}", millis / size))
}

/// `1 copy`, `2 copies`.
pub fn count(n: u64, one: &str, many: &str) -> String {
    if n == 1 {
        format!("1 {one}")
    } else {
        format!("{n} {many}")
    }
}
