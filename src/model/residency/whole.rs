//! Rules that speak of more than one exposure: how many copies, in which order, for how long; and rules that exclude each other.

use std::collections::BTreeSet;

use crate::base::geo::PlaceSet;
use crate::base::{Diagnostic, Span};
use crate::lang::eval::shape::{Bound, Dataset, Kind, Name, Polarity, Residency, Rule, RuleKind};
use crate::model::assignment::Thing;

use super::check::{Case, bare};
use super::flow::Edge;
use super::rules::{Family, Test};
use super::verdict::{Finding, State};
use super::{codes, words};

/// Two rules that nothing satisfies.
pub struct Conflict {
    /// What is said about it.
    pub finding: Finding,
    /// Rules and datasets about which nothing else needs to be said.
    pub settles: Vec<(Span, Name)>,
}

/// Pairs of rules about one dataset with nothing in common.
pub fn contradictions(case: &Case<'_, '_>) -> Vec<Conflict> {
    let mut found: Vec<Conflict> = Vec::new();
    for dataset in case.room.shape.datasets.values() {
        let tests: Vec<&Test<'_>> = case.room.rules.for_dataset(&dataset.name).map(|(_, t)| t).collect();
        for (at, one) in tests.iter().enumerate() {
            for other in tests.iter().skip(at + 1).filter(|other| exclude(one, other)) {
                let settles = vec![
                    (one.rule.span, dataset.name.clone()),
                    (other.rule.span, dataset.name.clone()),
                ];
                if !found.iter().any(|c| c.settles == settles) {
                    found.push(Conflict {
                        finding: conflict(one, other, dataset),
                        settles,
                    });
                }
            }
        }
    }
    found
}

/// Whether nothing fits both: same mode, axis and kinds, no alternative, and no place in common.
fn exclude(one: &Test<'_>, other: &Test<'_>) -> bool {
    let kinds = one.kinds.is_empty() || other.kinds.is_empty() || one.kinds.iter().any(|k| other.kinds.contains(k));
    let comparable = one.mode == other.mode && one.axis == other.axis && one.axis.is_some() && kinds;
    let strict = one.rule.unless.is_empty() && other.rule.unless.is_empty();
    let laws = one.family == Family::Compellable || other.family == Family::Compellable;
    comparable && strict && !laws && nothing_left(one, other)
}

fn nothing_left(one: &Test<'_>, other: &Test<'_>) -> bool {
    match (one.polarity, other.polarity) {
        (Polarity::Only, Polarity::Only) => !one.places.intersects(other.places),
        (Polarity::Only, Polarity::Never) => other.places.contains_all(one.places),
        (Polarity::Never, Polarity::Only) => one.places.contains_all(other.places),
        (Polarity::Never, Polarity::Never) => false,
    }
}

fn conflict(one: &Test<'_>, other: &Test<'_>, dataset: &Dataset) -> Finding {
    let title = format!(
        "no place on earth satisfies both `{}` and `{}` for {}",
        one.words(),
        other.words(),
        whose(dataset)
    );
    let diagnostic = Diagnostic::error(codes::CONTRADICTION, title)
        .at(
            other.rule.span,
            format!("`{}` says: {}", other.residency.name, other.words()),
        )
        .and(one.rule.span, format!("`{}` says: {}", one.residency.name, one.words()))
        .and(dataset.span, format!("both are about `{}`", dataset.name))
        .help("widen one of the two rules, or let one of the blocks be about less (`where …`)");
    bare(
        codes::CONTRADICTION,
        State::Violated,
        other.residency,
        (other.mode, other.name()),
        dataset,
        diagnostic,
    )
}

/// `` `records` (personal.health) ``
fn whose(dataset: &Dataset) -> String {
    let class = dataset
        .class
        .as_ref()
        .map(|c| format!(" ({})", c.value))
        .unwrap_or_default();
    format!("`{}`{class}", dataset.name)
}

/// What the rules about all copies together say.
pub fn findings(case: &Case<'_, '_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (residency, dataset) in &case.room.rules.about {
        for rule in &residency.rules {
            let about = About {
                case,
                residency,
                dataset,
                rule,
            };
            match &rule.kind {
                RuleKind::AtLeast {
                    count,
                    kinds,
                    places,
                    written,
                } => {
                    found.extend(about.at_least(*count, kinds, places, written));
                }
                RuleKind::CollectFirst { places, written } => found.extend(about.collect_first(places, written)),
                RuleKind::Keep { bound, millis, places } => found.extend(about.keep(*bound, *millis, places.as_ref())),
                RuleKind::Restrict { .. }
                | RuleKind::Strictly { .. }
                | RuleKind::NeverCompellable { .. }
                | RuleKind::Unchecked { .. } => {}
            }
        }
    }
    found
}

/// One rule about one dataset.
struct About<'c, 'r, 'a> {
    case: &'c Case<'r, 'a>,
    residency: &'a Residency,
    dataset: &'a Dataset,
    rule: &'a Rule,
}

/// Whether a site lies in a set of places.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Inside {
    Yes,
    Perhaps,
    No,
}

impl<'a> About<'_, '_, 'a> {
    fn inside(&self, site: &Name, places: &PlaceSet) -> Inside {
        let territories = self.case.room.shape.sites.get(site).map(|s| &s.territories);
        match territories {
            Some(all) if !all.is_empty() && all.iter().all(|p| places.contains(p)) => Inside::Yes,
            Some(all) if all.iter().any(|p| !places.touches(p)) => Inside::No,
            _ => Inside::Perhaps,
        }
    }

    fn finding(&self, code: crate::base::Code, state: State, rule: &'static str, diagnostic: Diagnostic) -> Finding {
        bare(code, state, self.residency, (None, rule), self.dataset, diagnostic)
    }

    fn diagnostic(&self, code: crate::base::Code, title: String, says: &str) -> Diagnostic {
        Diagnostic::error(code, title).at(self.rule.span, format!("`{}` says: {says}", self.residency.name))
    }

    fn at_least(&self, count: u64, kinds: &[Kind], places: &PlaceSet, written: &Name) -> Option<Finding> {
        let sites = self.counted(kinds);
        let how = |wanted: Inside| sites.iter().filter(|s| self.inside(s, places) == wanted).count() as u64;
        let (sure, perhaps) = (how(Inside::Yes), how(Inside::Perhaps));
        if sure >= count {
            return None;
        }
        let state = if sure + perhaps >= count {
            State::NotProvable
        } else {
            State::Violated
        };
        let of: Vec<&str> = kinds.iter().map(|k| words::kind(*k)).collect();
        let of = if of.is_empty() {
            String::new()
        } else {
            format!(" of {}", of.join(", "))
        };
        let title = format!(
            "{} has {} in {written}, and at least {count} are asked for",
            whose(self.dataset),
            words::count(sure, "copy", "copies")
        );
        let open: Vec<&Name> = self
            .case
            .room
            .shape
            .sites
            .keys()
            .filter(|s| self.inside(s, places) == Inside::Yes)
            .collect();
        let there: Vec<String> = sites
            .iter()
            .map(|s| format!("dataset.{}@{s}", self.dataset.name))
            .collect();
        let mut diagnostic = self
            .diagnostic(
                codes::AT_LEAST,
                title,
                &format!("store at least {count}{of} in {written}"),
            )
            .and(
                self.dataset.span,
                format!(
                    "`{}` has {}",
                    self.dataset.name,
                    words::count(self.dataset.replicas, "copy", "copies")
                ),
            )
            .note(format!("path     {}", words::list(&there, "and")));
        if perhaps > 0 {
            diagnostic = diagnostic.note(format!(
                "missing  whether the others lie in {written}: their sites do not say it (`in`)"
            ));
        }
        if open.is_empty() {
            diagnostic = diagnostic.help(format!("declare a site in {written}; there is none"));
        } else {
            let open = words::list(&open, "and");
            diagnostic = diagnostic.help(format!(
                "write `replicas = {}` and place copies at {open}",
                count.max(self.dataset.replicas)
            ));
        }
        Some(self.finding(codes::AT_LEAST, state, "least", diagnostic))
    }

    /// The distinct sites that count.
    fn counted(&self, kinds: &[Kind]) -> BTreeSet<&'a Name> {
        let wanted = |kind: Kind| kinds.is_empty() || kinds.contains(&kind);
        let copies = self
            .case
            .copies(&self.dataset.name)
            .into_iter()
            .filter(|(_, k)| wanted(*k))
            .map(|(s, _)| s);
        let backups = kinds.contains(&Kind::Backup).then(|| self.case.backups(self.dataset));
        let held = wanted(Kind::Replica).then(|| self.case.holders(&self.dataset.name).map(|(s, _)| s));
        copies
            .chain(held.into_iter().flatten())
            .chain(backups.into_iter().flatten())
            .collect()
    }

    /// Every way from where the data is collected to a store outside must pass a first copy inside.
    fn collect_first(&self, places: &PlaceSet, written: &Name) -> Option<Finding> {
        let says = format!("collect first in {written}");
        let name = &self.dataset.name;
        let (primary, _) = self.case.copies(name).first().copied()?;
        let home = self.inside(primary, places);
        if self.dataset.collected_at.is_empty() {
            let title = format!(
                "it cannot be proved that {} is collected first in {written}",
                whose(self.dataset)
            );
            let diagnostic = self
                .diagnostic(codes::COLLECT_FIRST, title, &says)
                .note(format!("missing  dataset `{name}` does not say where it is collected"))
                .help(format!("write `collected at SITE` in dataset `{name}`"));
            return Some(self.finding(codes::COLLECT_FIRST, State::NotProvable, "collect", diagnostic));
        }
        if home != Inside::Yes {
            let state = if home == Inside::No {
                State::Violated
            } else {
                State::NotProvable
            };
            let title = format!(
                "the first copy of {} is at {primary}, outside {written}",
                whose(self.dataset)
            );
            let diagnostic = self
                .diagnostic(codes::COLLECT_FIRST, title, &says)
                .note(format!("path     dataset.{name}@{primary}"))
                .help(format!(
                    "put the first copy of {name} on a site in {written}: the first `at` is the primary"
                ));
            return Some(self.finding(codes::COLLECT_FIRST, state, "collect", diagnostic));
        }
        let (site, way) = self.avoiding(places)?;
        Some(self.detour(written, &says, site, &way))
    }

    /// A store outside that is reached from the writers without passing a first copy inside: the site, and the way.
    fn avoiding(&self, places: &PlaceSet) -> Option<(&'a Name, Vec<&Edge<'a>>)> {
        let (room, name) = (self.case.room, &self.dataset.name);
        let homes = room.flow.things.iter().enumerate().filter(|(_, thing)| {
            let first = self.case.copies(thing.name()).first().map(|(s, _)| *s);
            matches!(thing, Thing::Dataset(_)) && first.is_some_and(|s| self.inside(s, places) == Inside::Yes)
        });
        let cut: Vec<usize> = homes.map(|(id, _)| id).collect();
        let writers = room
            .shape
            .services
            .values()
            .filter(|s| s.writes.iter().any(|w| w.value == *name));
        let starts: Vec<usize> = writers
            .filter_map(|s| room.flow.id(&Thing::Service(s.name.clone())))
            .collect();
        let reached = room.flow.reached_without(&cut, &starts, name);
        reached.into_iter().find_map(|(thing, way)| {
            let site = self.store_outside(thing, &way, places)?;
            Some((site, way.iter().filter_map(|id| room.flow.edges.get(*id)).collect()))
        })
    }

    /// A site outside on which a thing keeps what it holds.
    fn store_outside(&self, thing: usize, way: &[usize], places: &PlaceSet) -> Option<&'a Name> {
        let room = self.case.room;
        let outside = |site: &&'a Name| self.inside(site, places) != Inside::Yes;
        match room.flow.things.get(thing)? {
            Thing::Dataset(other) => {
                let held = self.case.holders(other).map(|(s, _)| s);
                self.case
                    .copies(other)
                    .into_iter()
                    .map(|(s, _)| s)
                    .chain(held)
                    .find(outside)
            }
            Thing::Service(service) => {
                let service = room.shape.services.get(service)?;
                let last = way.last().and_then(|id| room.flow.edges.get(*id)).map(|e| e.word);
                let keeps = service.logs_to.is_empty() || last == Some(super::flow::Word::Logs);
                self.case
                    .stays(service)
                    .into_iter()
                    .map(|(s, _)| s)
                    .find(|s| keeps && outside(s))
            }
        }
    }

    fn detour(&self, written: &Name, says: &str, site: &Name, way: &[&Edge<'a>]) -> Finding {
        let name = |id: usize| {
            self.case
                .room
                .flow
                .things
                .get(id)
                .map(ToString::to_string)
                .unwrap_or_default()
        };
        let start = way
            .first()
            .map_or_else(|| format!("dataset.{}", self.dataset.name), |e| name(e.sender()));
        let mut path = vec![start];
        for edge in way {
            path.extend([edge.word.text().to_owned(), name(edge.to)]);
        }
        path.extend(["kept on".to_owned(), site.to_string()]);
        let drawn: Vec<String> = path.chunks(2).map(|c| c.join(" ──")).collect();
        let title = format!(
            "{} is kept at {site} before it is kept in {written}",
            whose(self.dataset)
        );
        let diagnostic = self
            .diagnostic(codes::COLLECT_FIRST, title, says)
            .note(format!("path     {}", drawn.join("──▶ ")))
            .note(format!("because  this way passes no first copy in {written}"))
            .help(format!(
                "let what is collected be written to {} first, and be read from there",
                self.dataset.name
            ))
            .help("send the log of whoever collects it to a service inside (`logs to`)");
        Finding {
            path,
            site: Some(site.clone()),
            ..self.finding(codes::COLLECT_FIRST, State::Violated, "collect", diagnostic)
        }
    }

    fn keep(&self, bound: Bound, millis: u64, places: Option<&PlaceSet>) -> Option<Finding> {
        let word = match bound {
            Bound::AtLeast => "at least",
            Bound::AtMost => "at most",
        };
        let says = format!("keep {word} {}", words::duration(millis));
        if !self.concerned(bound, places) {
            let elsewhere = bound == Bound::AtLeast;
            return elsewhere.then(|| self.kept(State::Violated, &says, "no copy lies where the rule wants one kept"));
        }
        let fits = |kept: u64| match bound {
            Bound::AtLeast => kept >= millis,
            Bound::AtMost => kept <= millis,
        };
        let own = ("the data itself", self.dataset.keep, "`keep` in the dataset");
        let backup = self.dataset.backup.as_ref().filter(|_| bound == Bound::AtMost);
        let backup = backup.map(|b| ("a backup", b.keep, "`keep` in its `backup` block"));
        [own]
            .into_iter()
            .chain(backup)
            .find_map(|(what, kept, attribute)| match kept {
                Some(kept) if fits(kept) => None,
                Some(kept) => Some(self.kept(
                    State::Violated,
                    &says,
                    &format!("{what} is kept for {}", words::duration(kept)),
                )),
                None => Some(self.kept(
                    State::NotProvable,
                    &says,
                    &format!("for how long {what} is kept is not said: {attribute}"),
                )),
            })
    }

    /// Whether any copy is where the rule looks; what may be there counts for an upper bound.
    fn concerned(&self, bound: Bound, places: Option<&PlaceSet>) -> bool {
        let Some(places) = places else { return true };
        let mut sites = self
            .case
            .copies(&self.dataset.name)
            .into_iter()
            .map(|(s, _)| s)
            .collect::<Vec<_>>();
        sites.extend(self.case.backups(self.dataset));
        sites.extend(self.case.holders(&self.dataset.name).map(|(s, _)| s));
        sites.iter().any(|s| match (bound, self.inside(s, places)) {
            (_, Inside::Yes) | (Bound::AtMost, Inside::Perhaps) => true,
            (_, Inside::No) | (Bound::AtLeast, Inside::Perhaps) => false,
        })
    }

    fn kept(&self, state: State, says: &str, why: &str) -> Finding {
        let title = match state {
            State::NotProvable => format!(
                "it cannot be proved that {} is kept as the rule says",
                whose(self.dataset)
            ),
            State::Proved | State::Violated => format!("{} is not kept as the rule says", whose(self.dataset)),
        };
        let word = if state == State::NotProvable {
            "missing "
        } else {
            "because "
        };
        let diagnostic = self
            .diagnostic(codes::KEEP, title, says)
            .and(self.dataset.span, format!("`{}` is declared here", self.dataset.name))
            .note(format!("{word} {why}"))
            .help(format!(
                "write `keep = …` in dataset `{}` (and in its `backup`), as `{says}` asks",
                self.dataset.name
            ));
        self.finding(codes::KEEP, state, "keep", diagnostic)
    }
}
