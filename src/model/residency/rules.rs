//! Residency blocks as tests: each block is held against each dataset (three-valued: a fact that is missing is not "no"), and every
//! rule that speaks of places becomes one test for each of its modes.

use std::collections::BTreeMap;

use crate::base::Code;
use crate::base::geo::PlaceSet;
use crate::lang::eval::shape::{
    Comparison, Dataset, Kind, Mode, Name, Polarity, Preposition, Residency, Rule, RuleKind, Selector, Shape,
};

use super::codes;
use super::spot::Axis;
use super::words;

/// Which rule a test comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// `only`, `never`
    Restrict,
    /// `strictly`
    Strictly,
    /// `never compellable`
    Compellable,
}

/// One mode of one rule.
#[derive(Clone, Copy, Debug)]
pub struct Test<'a> {
    /// The block.
    pub residency: &'a Residency,
    /// The rule.
    pub rule: &'a Rule,
    /// The rule's place in its block.
    pub at: usize,
    /// What kind of rule.
    pub family: Family,
    /// The mode; what is compellable is readable in some mode.
    pub mode: Option<Mode>,
    /// Of which kinds; empty is every kind.
    pub kinds: &'a [Kind],
    /// Only, or never.
    pub polarity: Polarity,
    /// Which axis; nothing where the preposition does not go with the mode.
    pub axis: Option<Axis>,
    /// As it is written.
    pub preposition: Preposition,
    /// The places.
    pub places: &'a PlaceSet,
    /// The places as written.
    pub written: &'a Name,
}

impl Test<'_> {
    /// The code of its findings.
    pub fn code(&self) -> Code {
        match (self.family, self.mode) {
            (Family::Restrict, Some(mode)) => codes::of_mode(mode),
            (Family::Strictly, _) => codes::STRICTLY,
            (Family::Restrict | Family::Compellable, _) => codes::COMPELLABLE,
        }
    }

    /// What an exception calls the rule.
    pub fn name(&self) -> &'static str {
        match (self.family, self.mode) {
            (Family::Restrict, Some(mode)) => words::mode(mode),
            (Family::Strictly, _) => "strictly",
            (Family::Restrict | Family::Compellable, _) => "compellable",
        }
    }

    /// The rule, read aloud: `store only in EEA`.
    pub fn words(&self) -> String {
        match (self.family, self.mode) {
            (Family::Strictly, _) => format!("strictly in {}", self.written),
            (Family::Restrict, Some(mode)) => {
                format!("{}{} {}", words::mode(mode), self.of_kinds(), self.condition())
            }
            (Family::Restrict | Family::Compellable, _) => format!("never compellable by {}", self.written),
        }
    }

    /// `only in EEA`
    pub fn condition(&self) -> String {
        let polarity = match self.polarity {
            Polarity::Only => "only",
            Polarity::Never => "never",
        };
        format!("{polarity} {} {}", words::preposition(self.preposition), self.written)
    }

    fn of_kinds(&self) -> String {
        let kinds: Vec<&str> = self.kinds.iter().map(|k| words::kind(*k)).collect();
        if kinds.is_empty() {
            String::new()
        } else {
            format!(" of {}", kinds.join(", "))
        }
    }
}

/// What a mode's preposition asks for; nothing where the two do not go together.
fn axis(mode: Mode, preposition: Preposition) -> Option<Axis> {
    use Preposition::{At, By, From, In, Under, Via};
    match (mode, preposition) {
        (Mode::Store | Mode::Process | Mode::Decrypt, In | At) => Some(Axis::Place),
        (Mode::Store | Mode::Process | Mode::Decrypt | Mode::Transit, Under) => Some(Axis::Law),
        (Mode::Transit, Via) => Some(Axis::Place),
        (Mode::Access | Mode::Manage, From | In) => Some(Axis::Place),
        (Mode::Access | Mode::Manage, By | Under) => Some(Axis::Law),
        _ => None,
    }
}

/// The prepositions that a mode takes.
pub fn prepositions(mode: Mode) -> &'static [&'static str] {
    match mode {
        Mode::Store | Mode::Process | Mode::Decrypt => &["in", "at", "under"],
        Mode::Transit => &["via", "under"],
        Mode::Access | Mode::Manage => &["from", "in", "by", "under"],
    }
}

/// Every mode, with the preposition that `strictly` reads it with.
const EVERY_MODE: [(Mode, Preposition); 6] = [
    (Mode::Store, Preposition::In),
    (Mode::Process, Preposition::In),
    (Mode::Transit, Preposition::Via),
    (Mode::Access, Preposition::From),
    (Mode::Manage, Preposition::From),
    (Mode::Decrypt, Preposition::In),
];

/// Whether a block is about a dataset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selected {
    /// It is.
    Yes,
    /// It is not.
    No,
    /// It depends on facts that are missing, named.
    Unknown(Vec<&'static str>),
}

/// All blocks of a shape, held against its datasets.
#[derive(Debug)]
pub struct Rules<'a> {
    /// All tests.
    pub tests: Vec<Test<'a>>,
    /// By dataset: the numbers of the tests that apply.
    of: BTreeMap<&'a Name, Vec<usize>>,
    /// Which block is about which dataset.
    pub about: Vec<(&'a Residency, &'a Dataset)>,
    /// Blocks that may be about a dataset, and the attributes that would say so.
    pub doubts: Vec<(&'a Residency, &'a Dataset, Vec<&'static str>)>,
    /// Blocks that are about nothing.
    pub idle: Vec<&'a Residency>,
}

impl<'a> Rules<'a> {
    /// Reads the blocks of a shape.
    pub fn of(shape: &'a Shape) -> Self {
        let mut rules = Self {
            tests: Vec::new(),
            of: BTreeMap::new(),
            about: Vec::new(),
            doubts: Vec::new(),
            idle: Vec::new(),
        };
        for residency in shape.residencies.values() {
            let first = rules.tests.len();
            for (at, rule) in residency.rules.iter().enumerate() {
                rules.tests.extend(tests(residency, rule, at));
            }
            rules.select(shape, residency, first);
        }
        rules
    }

    /// The tests that apply to a dataset, with their numbers.
    pub fn for_dataset(&self, dataset: &Name) -> impl Iterator<Item = (usize, &Test<'a>)> {
        let ids = self.of.get(dataset).map_or(&[][..], Vec::as_slice);
        ids.iter().filter_map(|id| Some((*id, self.tests.get(*id)?)))
    }

    fn select(&mut self, shape: &'a Shape, residency: &'a Residency, first: usize) {
        let before = (self.about.len(), self.doubts.len());
        for dataset in shape.datasets.values() {
            match selects(&residency.selector, dataset) {
                Selected::No => {}
                Selected::Unknown(missing) => self.doubts.push((residency, dataset, missing)),
                Selected::Yes => {
                    self.about.push((residency, dataset));
                    self.of
                        .entry(&dataset.name)
                        .or_default()
                        .extend(first..self.tests.len());
                }
            }
        }
        if before == (self.about.len(), self.doubts.len()) {
            self.idle.push(residency);
        }
    }
}

fn tests<'a>(residency: &'a Residency, rule: &'a Rule, at: usize) -> Vec<Test<'a>> {
    let test = |family, mode: Option<Mode>, polarity, preposition, places, written| Test {
        residency,
        rule,
        at,
        family,
        mode,
        kinds: &[],
        polarity,
        axis: mode.map_or(Some(Axis::Law), |m| axis(m, preposition)),
        preposition,
        places,
        written,
    };
    match &rule.kind {
        RuleKind::Restrict {
            modes,
            kinds,
            polarity,
            preposition,
            places,
            written,
        } => modes
            .iter()
            .map(|m| Test {
                kinds,
                ..test(Family::Restrict, Some(*m), *polarity, *preposition, places, written)
            })
            .collect(),
        RuleKind::Strictly { places, written } => EVERY_MODE
            .iter()
            .map(|(mode, prep)| test(Family::Strictly, Some(*mode), Polarity::Only, *prep, places, written))
            .collect(),
        RuleKind::NeverCompellable { places, written } => {
            vec![test(
                Family::Compellable,
                None,
                Polarity::Never,
                Preposition::By,
                places,
                written,
            )]
        }
        RuleKind::AtLeast { .. }
        | RuleKind::CollectFirst { .. }
        | RuleKind::Keep { .. }
        | RuleKind::Unchecked { .. } => Vec::new(),
    }
}

/// Whether a selector is about a dataset, in Kleene's logic.
pub fn selects(selector: &Selector, dataset: &Dataset) -> Selected {
    let known = |fact: Option<bool>, name| match fact {
        Some(true) => Selected::Yes,
        Some(false) => Selected::No,
        None => Selected::Unknown(vec![name]),
    };
    match selector {
        Selector::All => Selected::Yes,
        Selector::Named(name) => known(Some(dataset.name == *name), "name"),
        Selector::ClassWithin(class) => known(dataset.class.as_ref().map(|c| c.value.is_within(class)), "class"),
        Selector::ClassIs(class) => known(dataset.class.as_ref().map(|c| c.value == *class), "class"),
        Selector::PeopleIn(set) => known(dataset.people_in.as_ref().map(|p| p.value.intersects(set)), "people_in"),
        Selector::Volume(comparison, number) => known(
            dataset.volume.as_ref().map(|v| compare(*comparison, v.cmp(number))),
            "volume",
        ),
        Selector::Not(inner) => match selects(inner, dataset) {
            Selected::Yes => Selected::No,
            Selected::No => Selected::Yes,
            unknown @ Selected::Unknown(_) => unknown,
        },
        Selector::And(all) => combine(all, dataset, &Selected::No, Selected::Yes),
        Selector::Or(any) => combine(any, dataset, &Selected::Yes, Selected::No),
    }
}

/// `decides` settles it whatever the rest; without it, unknown wins over `otherwise`.
fn combine(parts: &[Selector], dataset: &Dataset, decides: &Selected, otherwise: Selected) -> Selected {
    let answers: Vec<Selected> = parts.iter().map(|p| selects(p, dataset)).collect();
    if answers.contains(decides) {
        return decides.clone();
    }
    let mut missing: Vec<&'static str> = Vec::new();
    for answer in answers {
        if let Selected::Unknown(names) = answer {
            missing.extend(names);
        }
    }
    missing.sort_unstable();
    missing.dedup();
    if missing.is_empty() {
        otherwise
    } else {
        Selected::Unknown(missing)
    }
}

fn compare(comparison: Comparison, order: std::cmp::Ordering) -> bool {
    match comparison {
        Comparison::Lt => order.is_lt(),
        Comparison::Le => order.is_le(),
        Comparison::Gt => order.is_gt(),
        Comparison::Ge => order.is_ge(),
        Comparison::Eq => order.is_eq(),
        Comparison::Ne => order.is_ne(),
    }
}
