//! The verdict on a placement: every exposure at every site where it may come to be (failover included), every way that data travels
//! between them, and the rules that speak of all copies together.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::{Addr, Code, Diagnostic, Span};
use crate::lang::eval::shape::{AtSite, Dataset, Kind, Mode, Name, Residency, RuleKind, Service, Shape, Use};
use crate::model::assignment::{Assignment, Thing};

use super::exposure::{self, Exposure};
use super::flow::{Edge, Word};
use super::judge::{Answer, Room};
use super::rules::{self, Test};
use super::spot::Subject;
use super::verdict::{Finding, Realised, State, Verdict};
use super::{assume, codes, explain, lint, ways, whole, words};

/// How an exposure came to be where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum How<'a> {
    /// The thing is there.
    Placed,
    /// The thing may come there when a site is lost.
    Failover,
    /// A copy of the dataset is there.
    Copy(Kind),
    /// A resource written by hand keeps a copy there.
    Held(&'a Addr),
    /// Backups go there.
    Backup,
    /// The key is there.
    Key(&'a Name),
    /// People are served.
    People(&'a Name),
    /// It travels on an edge of the flow, from a site to a site.
    Travel(usize, &'a Name, &'a Name),
    /// It is copied from a site to a site.
    Copying(Kind, &'a Name, &'a Name),
}

/// One exposure that a rule does not let be, or not provably.
#[derive(Clone, Debug)]
pub struct Breach<'a> {
    /// The test that said so.
    pub test: usize,
    /// What happens.
    pub exposure: Exposure<'a>,
    /// At which thing.
    pub thing: usize,
    /// On which site.
    pub site: Option<&'a Name>,
    /// How it came there.
    pub how: How<'a>,
    /// What the test said.
    pub answer: Answer,
}

/// What is known while a placement is judged.
pub struct Case<'r, 'a> {
    /// The shape and what follows from it.
    pub room: &'r Room<'a>,
    /// What was chosen.
    pub assignment: &'a Assignment,
    /// What could have been chosen; worked out when a finding first asks.
    pub options: ways::Options<'a>,
}

/// One finding for each of these.
type Key<'a> = (
    &'a Name,
    usize,
    Option<Mode>,
    Name,
    (Option<&'a Name>, Option<&'a Name>),
);

/// Holds a placement against every rule.
pub fn check(shape: &Shape, assignment: &Assignment, realised: &Realised) -> Verdict {
    let room = Room::of(shape);
    let case = Case {
        room: &room,
        assignment,
        options: ways::Options::default(),
    };
    let conflicts = whole::contradictions(&case);
    let mut findings: Vec<Finding> = conflicts.iter().map(|c| c.finding.clone()).collect();
    findings.extend(malformed(&room));
    let settled: BTreeSet<(Span, Name)> = conflicts.into_iter().flat_map(|c| c.settles).collect();
    let breaches = case.breaches();
    let sealed = room.sealed_links();
    findings.extend(case.findings(breaches, &settled));
    findings.extend(whole::findings(&case));
    findings.extend(doubts(&room));
    findings.extend(case.unplaced());
    findings.sort_by_key(|f| std::cmp::Reverse(f.state));
    Verdict {
        state: findings.iter().map(|f| f.state).max().unwrap_or(State::Proved),
        findings,
        assumptions: assume::assumptions(&case, realised, &sealed),
        notes: assume::notes(shape),
        lints: lint::lints(&room),
    }
}

impl<'a> Case<'_, 'a> {
    /// The sites of a service: where it is, and where it may go.
    pub fn stays(&self, service: &'a Service) -> Vec<(&'a Name, How<'a>)> {
        let placed: BTreeSet<&Name> = self
            .assignment
            .services
            .get(&service.name)
            .into_iter()
            .flatten()
            .collect();
        let spare = service.failover.as_ref().map(|within| {
            let fits = |site: &&'a Name| {
                self.room.shape.sites.get(*site).is_some_and(|s| {
                    let inside = s.territories.iter().all(|place| within.value.contains(place));
                    let has = service.needs.iter().all(|need| s.traits.contains(&need.value));
                    inside && has && !s.territories.is_empty()
                })
            };
            let open = self.room.shape.sites.keys().filter(|s| !placed.contains(s));
            open.filter(fits).collect::<Vec<_>>()
        });
        let spare = spare.into_iter().flatten().map(|s| (s, How::Failover));
        placed.iter().map(|s| (*s, How::Placed)).chain(spare).collect()
    }

    /// The sites of the copies of a dataset.
    pub fn copies(&self, dataset: &Name) -> Vec<(&'a Name, Kind)> {
        let sites = self.assignment.datasets.get(dataset).map_or(&[][..], Vec::as_slice);
        let kinds = std::iter::once(Kind::Primary).chain(std::iter::repeat(Kind::Replica));
        sites.iter().zip(kinds).collect()
    }

    /// The resources written by hand that keep a copy of a dataset, and their sites.
    pub fn holders(&self, dataset: &Name) -> impl Iterator<Item = (&'a Name, &'a Addr)> {
        let holds = |at: &AtSite| at.holds.iter().any(|u| u.value == *dataset);
        let all = self.room.shape.resources.iter().filter(move |(_, at)| holds(at));
        all.map(|(addr, at)| (&at.site.value, addr))
    }

    /// The sites that backups of a dataset go to: those it names, or those of its copies.
    pub fn backups(&self, dataset: &'a Dataset) -> Vec<&'a Name> {
        match &dataset.backup {
            None => Vec::new(),
            Some(backup) if backup.to.is_empty() => self.copies(&dataset.name).into_iter().map(|(s, _)| s).collect(),
            Some(backup) => backup.to.iter().map(|u| &u.value).collect(),
        }
    }

    /// The sites that something is sent from or received at.
    fn ends(&self, thing: usize) -> Vec<&'a Name> {
        match self.room.flow.things.get(thing) {
            Some(Thing::Dataset(name)) => self.copies(name).into_iter().map(|(s, _)| s).collect(),
            Some(Thing::Service(name)) => {
                let service = self.room.shape.services.get(name);
                service.map_or_else(Vec::new, |s| self.stays(s).into_iter().map(|(site, _)| site).collect())
            }
            None => Vec::new(),
        }
    }

    fn findings(&self, breaches: Vec<Breach<'a>>, settled: &BTreeSet<(Span, Name)>) -> Vec<Finding> {
        let mut groups: BTreeMap<Key<'a>, Vec<Breach<'a>>> = BTreeMap::new();
        for breach in breaches {
            if let Some(key) = self.key(&breach)
                && !self
                    .room
                    .test(breach.test)
                    .is_some_and(|t| settled.contains(&(t.rule.span, key.3.clone())))
            {
                groups.entry(key).or_default().push(breach);
            }
        }
        for group in groups.values_mut() {
            group.sort_by_key(|b| (matches!(b.answer, Answer::Unknown(_)), self.length(b)));
        }
        let folded = self.fold_logs(&mut groups);
        let told = groups.iter().filter_map(|(key, group)| {
            let (first, more) = group.split_first()?;
            explain::finding(self, first, more, folded.contains(key))
        });
        told.collect()
    }

    /// Things that hold governed data and are on no site: an empty placement proves nothing.
    fn unplaced(&self) -> Vec<Finding> {
        let shape = self.room.shape;
        let homeless = self.room.flow.things.iter().enumerate().filter(|(_, thing)| {
            let replicas = match thing {
                Thing::Dataset(name) => shape.datasets.get(name).map(|d| d.replicas),
                Thing::Service(name) => shape.services.get(name).map(|s| s.replicas),
            };
            replicas.is_some_and(|n| n > 0) && self.assignment.sites(thing).is_empty()
        });
        homeless
            .filter_map(|(id, thing)| self.without_site(id, thing))
            .collect()
    }

    fn without_site(&self, id: usize, thing: &Thing) -> Option<Finding> {
        let mut held = self.room.flow.held(id).filter_map(|l| self.room.flow.label(l));
        let about = &self.room.rules.about;
        let (residency, dataset) = held.find_map(|l| about.iter().find(|(_, d)| d.name == l.dataset))?;
        let title = format!("{thing} holds `{}` and is on no site", dataset.name);
        let diagnostic = Diagnostic::error(codes::UNPLACED, title)
            .at(
                residency.span,
                format!("`{}` is about `{}`", residency.name, dataset.name),
            )
            .note(format!("missing  the site of {thing}"))
            .help(format!("place {thing}: `at SITE`"));
        Some(bare(
            codes::UNPLACED,
            State::NotProvable,
            residency,
            (None, "unplaced"),
            dataset,
            diagnostic,
        ))
    }

    fn key(&self, breach: &Breach<'a>) -> Option<Key<'a>> {
        let test = self.room.test(breach.test)?;
        let dataset = self.room.flow.label(breach.exposure.label)?.dataset.clone();
        let place = match breach.how {
            How::Travel(_, from, to) | How::Copying(_, from, to) => (Some(from.min(to)), Some(from.max(to))),
            _ => (breach.site, None),
        };
        Some((&test.residency.name, test.at, test.mode, dataset, place))
    }

    fn length(&self, breach: &Breach<'a>) -> usize {
        self.room.flow.length(breach.thing, breach.exposure.label)
    }

    /// A log that stays with its service says nothing new where the same rule already stops the service: it becomes a line there.
    fn fold_logs(&self, groups: &mut BTreeMap<Key<'a>, Vec<Breach<'a>>>) -> BTreeSet<Key<'a>> {
        let mut folded = BTreeSet::new();
        for (key, group) in groups.iter() {
            let process = (key.0, key.1, Some(Mode::Process), key.3.clone(), key.4);
            let only_logs = key.2 == Some(Mode::Store) && group.iter().all(|b| b.exposure.implied);
            if only_logs && groups.contains_key(&process) {
                folded.insert(process);
            }
        }
        groups.retain(|key, group| {
            let process = (key.0, key.1, Some(Mode::Process), key.3.clone(), key.4);
            let only_logs = key.2 == Some(Mode::Store) && group.iter().all(|b| b.exposure.implied);
            !(only_logs && folded.contains(&process))
        });
        folded
    }

    fn breaches(&self) -> Vec<Breach<'a>> {
        let mut found = Vec::new();
        for (id, thing) in self.room.flow.things.iter().enumerate() {
            match thing {
                Thing::Service(name) => {
                    if let Some(service) = self.room.shape.services.get(name) {
                        self.service(id, service, &mut found);
                    }
                }
                Thing::Dataset(name) => {
                    if let Some(dataset) = self.room.shape.datasets.get(name) {
                        self.dataset(id, dataset, &mut found);
                    }
                }
            }
        }
        self.travel(&mut found);
        found
    }

    fn service(&self, id: usize, service: &'a Service, found: &mut Vec<Breach<'a>>) {
        let exposures = exposure::of_service(self.room.shape, &self.room.flow, id, service);
        for (site, how) in self.stays(service) {
            self.at_site(id, &exposures, site, how, found);
        }
        for serves in &service.serves {
            let people = &serves.population.value;
            for label in self.room.flow.held(id) {
                let access = Exposure::new(label, Mode::Access);
                self.hold(id, access, Subject::People(people), None, How::People(people), found);
            }
        }
    }

    fn dataset(&self, id: usize, dataset: &'a Dataset, found: &mut Vec<Breach<'a>>) {
        let flow = &self.room.flow;
        for (site, kind) in self.copies(&dataset.name) {
            self.at_site(
                id,
                &exposure::of_copy(flow, id, dataset, kind),
                site,
                How::Copy(kind),
                found,
            );
        }
        let held = exposure::of_copy(flow, id, dataset, Kind::Replica);
        for (site, addr) in self.holders(&dataset.name) {
            self.at_site(id, &held, site, How::Held(addr), found);
        }
        let backups = exposure::of_backup(flow, id, dataset);
        for site in self.backups(dataset) {
            self.at_site(id, &backups, site, How::Backup, found);
        }
        for (exposure, key) in exposure::of_keys(flow, id, dataset) {
            let site = self
                .room
                .shape
                .keys
                .get(key)
                .and_then(|k| k.held_at.as_ref())
                .map(|u| &u.value);
            self.hold(id, exposure, Subject::Key(key), site, How::Key(key), found);
        }
    }

    fn at_site(&self, id: usize, all: &[Exposure<'a>], site: &'a Name, how: How<'a>, found: &mut Vec<Breach<'a>>) {
        for exposure in all {
            self.hold(id, *exposure, exposure.subject(site), Some(site), how, found);
        }
    }

    fn hold(
        &self,
        thing: usize,
        exposure: Exposure<'a>,
        subject: Subject<'a>,
        site: Option<&'a Name>,
        how: How<'a>,
        found: &mut Vec<Breach<'a>>,
    ) {
        for test in self.room.tests_of(&exposure) {
            let answer = self.room.answer(test, &exposure, subject);
            if !answer.fits() {
                found.push(Breach {
                    test,
                    exposure,
                    thing,
                    site,
                    how,
                    answer,
                });
            }
        }
    }

    fn travel(&self, found: &mut Vec<Breach<'a>>) {
        for (id, edge) in self
            .room
            .flow
            .edges
            .iter()
            .enumerate()
            .filter(|(_, e)| e.word.travels())
        {
            let kind = (edge.word == Word::Logs).then_some(Kind::Log);
            let (stops, sent) = (edge.stops(), self.room.flow.sent(edge));
            for (from, to) in self.pairs(edge) {
                for (before, label) in &sent {
                    let exposure = Exposure {
                        kind,
                        ..Exposure::new(*label, Mode::Transit)
                    };
                    let shown = Exposure {
                        label: *before,
                        ..exposure
                    };
                    self.way(edge.from, exposure, shown, How::Travel(id, from, to), &stops, found);
                }
            }
        }
        for (id, thing) in self.room.flow.things.iter().enumerate() {
            if let Thing::Dataset(name) = thing
                && let Some(dataset) = self.room.shape.datasets.get(name)
            {
                self.copying(id, dataset, found);
            }
        }
    }

    /// Between which sites data may travel on an edge: any two, but that a reader with a copy on its own site reads that one, and that
    /// everybody writes to the first copy.
    fn pairs(&self, edge: &Edge<'a>) -> Vec<(&'a Name, &'a Name)> {
        let (senders, mut receivers) = (self.ends(edge.sender()), self.ends(edge.to));
        match edge.word {
            Word::Reads => receivers.retain(|to| !senders.contains(to)),
            Word::Writes => receivers.truncate(1),
            _ => {}
        }
        let to_each = |from: &'a Name| {
            let pair = move |to: &&'a Name| (from, *to);
            receivers
                .iter()
                .map(pair)
                .filter(|(from, to)| from != to)
                .collect::<Vec<_>>()
        };
        senders.iter().flat_map(|from| to_each(from)).collect()
    }

    fn copying(&self, id: usize, dataset: &'a Dataset, found: &mut Vec<Breach<'a>>) {
        let copies = self.copies(&dataset.name);
        let Some((primary, _)) = copies.first().copied() else {
            return;
        };
        let own = dataset.encrypted_by.as_ref().map(|k| &k.value);
        let saved = dataset
            .backup
            .as_ref()
            .and_then(|b| b.encrypted_by.as_ref())
            .map(|k| &k.value);
        let replicas = copies.iter().skip(1).map(|(site, _)| (*site, Kind::Replica, own));
        let backups = self
            .backups(dataset)
            .into_iter()
            .map(|site| (site, Kind::Backup, saved));
        let held = self.holders(&dataset.name);
        let held = held
            .map(|(site, _)| (site, Kind::Replica, own))
            .filter(|(to, ..)| *to != primary);
        for (to, kind, cipher) in replicas.chain(held).chain(backups) {
            for label in self.room.flow.held(id) {
                let exposure = Exposure {
                    kind: Some(kind),
                    cipher,
                    ..Exposure::new(label, Mode::Transit)
                };
                self.way(id, exposure, exposure, How::Copying(kind, primary, to), &[], found);
            }
        }
    }

    fn way(
        &self,
        thing: usize,
        exposure: Exposure<'a>,
        shown: Exposure<'a>,
        how: How<'a>,
        stops: &[Use],
        found: &mut Vec<Breach<'a>>,
    ) {
        let (How::Travel(_, from, to) | How::Copying(_, from, to)) = how else {
            return;
        };
        for test in self.room.tests_of(&exposure) {
            let answer = self.room.travel(test, &exposure, from, to, stops);
            if !answer.fits() {
                found.push(Breach {
                    test,
                    exposure: shown,
                    thing,
                    site: Some(to),
                    how,
                    answer,
                });
            }
        }
    }
}

/// Rules whose mode does not go with its preposition: nothing can be proved of them.
fn malformed(room: &Room<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (residency, dataset) in &room.rules.about {
        let wrong = room.rules.for_dataset(&dataset.name).map(|(_, t)| t);
        for test in wrong.filter(|t| t.axis.is_none() && t.residency.name == residency.name) {
            found.extend(test.mode.map(|mode| wrong_preposition(test, mode, dataset)));
        }
    }
    found
}

fn wrong_preposition(test: &Test<'_>, mode: Mode, dataset: &Dataset) -> Finding {
    let (mode_word, written) = (words::mode(mode), words::preposition(test.preposition));
    let takes = words::list(rules::prepositions(mode), "or");
    let diagnostic = Diagnostic::error(
        codes::PREPOSITION,
        format!("`{mode_word}` does not go with `{written}`"),
    )
    .at(test.rule.span, format!("`{mode_word}` takes {takes}"))
    .help(format!("write `{mode_word} {}`", suggestion(test, mode)));
    bare(
        codes::PREPOSITION,
        State::NotProvable,
        test.residency,
        (test.mode, test.name()),
        dataset,
        diagnostic,
    )
}

fn suggestion(test: &Test<'_>, mode: Mode) -> String {
    let first = rules::prepositions(mode).first().copied().unwrap_or("in");
    let written = words::preposition(test.preposition);
    test.condition()
        .replacen(&format!(" {written} "), &format!(" {first} "), 1)
}

/// Blocks of which nobody can say whether they are about a dataset, and rules that are not checked.
fn doubts(room: &Room<'_>) -> Vec<Finding> {
    let selectors = room
        .rules
        .doubts
        .iter()
        .map(|(r, d, missing)| unknown_selector(r, d, missing));
    let unchecked = room.rules.about.iter().flat_map(|(residency, dataset)| {
        residency.rules.iter().filter_map(|rule| match &rule.kind {
            RuleKind::Unchecked { words } => Some(unchecked(residency, dataset, rule.span, words)),
            _ => None,
        })
    });
    selectors.chain(unchecked).collect()
}

fn unknown_selector(residency: &Residency, dataset: &Dataset, missing: &[&'static str]) -> Finding {
    let names: Vec<String> = missing.iter().map(|m| format!("`{m}`")).collect();
    let names = words::list(&names, "and");
    let title = format!(
        "nobody can say whether residency `{}` is about `{}`",
        residency.name, dataset.name
    );
    let mut diagnostic = Diagnostic::error(codes::SELECTOR, title)
        .at(dataset.span, format!("says nothing about {names}"))
        .and(residency.span, format!("`{}` asks for it", residency.name))
        .note(format!("missing  {names} of dataset.{}", dataset.name));
    for name in missing {
        diagnostic = diagnostic.help(format!("write `{name} = …` in dataset `{}`", dataset.name));
    }
    bare(
        codes::SELECTOR,
        State::NotProvable,
        residency,
        (None, "selector"),
        dataset,
        diagnostic,
    )
}

fn unchecked(residency: &Residency, dataset: &Dataset, span: Span, words: &str) -> Finding {
    let title = format!(
        "`{words}` is not checked yet, so it is not proved for `{}`",
        dataset.name
    );
    let diagnostic = Diagnostic::error(codes::UNCHECKED, title)
        .at(span, "this version does not check rules of this form")
        .note(format!(
            "missing  a check of `{words}`; residency `{}` is about dataset.{}",
            residency.name, dataset.name
        ))
        .help(format!(
            "take `{words}` out of residency `{}` and see to it by other means",
            residency.name
        ));
    bare(
        codes::UNCHECKED,
        State::NotProvable,
        residency,
        (None, "unchecked"),
        dataset,
        diagnostic,
    )
}

/// A finding about a dataset as such.
pub fn bare(
    code: Code,
    state: State,
    residency: &Residency,
    (mode, rule): (Option<Mode>, &'static str),
    dataset: &Dataset,
    diagnostic: Diagnostic,
) -> Finding {
    let thing = Thing::Dataset(dataset.name.clone());
    Finding {
        code,
        state,
        residency: residency.name.clone(),
        mode,
        rule,
        dataset: dataset.name.clone(),
        site: None,
        path: vec![thing.to_string()],
        diagnostic: diagnostic.about(thing),
    }
}
