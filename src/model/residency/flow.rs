//! What flows where: labels along reads, writes, calls and logs, whatever the sites. A label names a dataset and the derivations that
//! weakened it on its way; it sticks to everything that touched the data. One breadth-first sweep finds all of it, and with each label the
//! shortest path on which it came.

use std::collections::{BTreeMap, VecDeque};

use crate::base::Span;
use crate::lang::eval::shape::{Alternative, Call, Derive, Name, Service, Shape, Use};
use crate::model::assignment::Thing;

/// A dataset's label: whose data it is, and which derivations (by position in the shape) it went through.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Label {
    /// Whose data.
    pub dataset: Name,
    /// What weakened it; sorted.
    pub steps: Vec<usize>,
}

/// How data gets from one thing to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Word {
    /// A service reads a dataset.
    Reads,
    /// A service writes a dataset.
    Writes,
    /// A service that writes a dataset holds what it writes.
    WrittenBy,
    /// What a caller hands over.
    Calls,
    /// What the called one hands back.
    Returns,
    /// Where logs go.
    Logs,
    /// A dataset that is said to come from another one.
    Derived,
}

impl Word {
    /// As paths show it.
    pub fn text(self) -> &'static str {
        match self {
            Self::Reads => "reads",
            Self::Writes => "writes",
            Self::WrittenBy => "written by",
            Self::Calls => "calls",
            Self::Returns => "answers",
            Self::Logs => "logs to",
            Self::Derived => "derived",
        }
    }

    /// Whether data travels from site to site on it.
    pub fn travels(self) -> bool {
        !matches!(self, Self::WrittenBy | Self::Derived)
    }
}

/// A way from one thing to another.
#[derive(Clone, Debug)]
pub struct Edge<'a> {
    /// Whose labels pass: for a narrowed call, the dataset that it names.
    pub from: usize,
    /// Who gets them.
    pub to: usize,
    /// For a narrowed call: the service that hands the dataset on.
    pub through: Option<usize>,
    /// How.
    pub word: Word,
    /// Where it is written.
    pub span: Span,
    /// The call it belongs to.
    pub call: Option<&'a Call>,
}

impl Edge<'_> {
    /// The route that the call prescribes, in the direction of the edge; empty: any.
    pub fn stops(&self) -> Vec<Use> {
        let mut stops = self
            .call
            .and_then(|c| c.route.as_ref())
            .map_or_else(Vec::new, |r| r.value.clone());
        if self.word == Word::Returns {
            stops.reverse();
        }
        stops
    }

    /// Who really sends.
    pub fn sender(&self) -> usize {
        self.through.unwrap_or(self.from)
    }
}

/// The last step of the shortest way on which a label came.
#[derive(Clone, Copy, Debug)]
pub struct Hop {
    /// By which edge.
    pub edge: usize,
    /// The label before the edge.
    pub label: usize,
    /// How long the whole way is.
    length: usize,
}

/// Who holds which labels.
#[derive(Debug)]
pub struct Flow<'a> {
    shape: &'a Shape,
    /// Datasets and services.
    pub things: Vec<Thing>,
    /// The ways between them.
    pub edges: Vec<Edge<'a>>,
    index: BTreeMap<Thing, usize>,
    leaving: Vec<Vec<usize>>,
    labels: Vec<Label>,
    label_index: BTreeMap<Label, usize>,
    held: Vec<BTreeMap<usize, Option<Hop>>>,
}

impl<'a> Flow<'a> {
    /// Works out who holds what.
    pub fn of(shape: &'a Shape) -> Self {
        let datasets = shape.datasets.keys().cloned().map(Thing::Dataset);
        let things: Vec<Thing> = datasets
            .chain(shape.services.keys().cloned().map(Thing::Service))
            .collect();
        let mut flow = Self {
            shape,
            index: things.iter().cloned().enumerate().map(|(i, t)| (t, i)).collect(),
            edges: Vec::new(),
            leaving: Vec::new(),
            labels: Vec::new(),
            label_index: BTreeMap::new(),
            held: vec![BTreeMap::new(); things.len()],
            things,
        };
        flow.lay_edges();
        flow.sweep();
        flow
    }

    /// The number of a thing.
    pub fn id(&self, thing: &Thing) -> Option<usize> {
        self.index.get(thing).copied()
    }

    /// The label of a number.
    pub fn label(&self, id: usize) -> Option<&Label> {
        self.labels.get(id)
    }

    /// The labels that a thing holds.
    pub fn held(&self, thing: usize) -> impl Iterator<Item = usize> + '_ {
        self.held.get(thing).into_iter().flat_map(|h| h.keys().copied())
    }

    /// The labels that an edge hands on: each before it, and as it arrives.
    pub fn sent(&self, edge: &Edge<'_>) -> Vec<(usize, usize)> {
        let arriving = |label| self.label_index.get(&self.passed(edge, label)?).copied();
        self.held(edge.from)
            .filter_map(|before| Some((before, arriving(before)?)))
            .collect()
    }

    /// The shortest way of a label to a thing: the thing it starts at, then the edges.
    pub fn trail(&self, thing: usize, label: usize) -> (usize, Vec<&Edge<'a>>) {
        let mut edges = Vec::new();
        let (mut at, mut label) = (thing, label);
        while let Some(Some(hop)) = self.held.get(at).and_then(|h| h.get(&label)) {
            let Some(edge) = self.edges.get(hop.edge) else { break };
            edges.push(edge);
            (at, label) = (self.origin(edge, hop), hop.label);
        }
        edges.reverse();
        (at, edges)
    }

    /// How long the way of a label to a thing is.
    pub fn length(&self, thing: usize, label: usize) -> usize {
        let hop = self.held.get(thing).and_then(|h| h.get(&label));
        hop.copied().flatten().map_or(0, |h| h.length)
    }

    /// Where a step starts: a narrowed call starts at the service, if that is known to hold the label on a shorter way.
    fn origin(&self, edge: &Edge<'_>, hop: &Hop) -> usize {
        let holds = |s: &usize| self.held.get(*s).is_some_and(|h| h.contains_key(&hop.label));
        let shorter = |s: &usize| self.length(*s, hop.label) < hop.length;
        edge.through.filter(holds).filter(shorter).unwrap_or(edge.from)
    }

    /// The thing before a step of a trail that starts at a thing.
    pub fn starts(trail: &(usize, Vec<&Edge<'a>>)) -> Vec<usize> {
        let ends = trail.1.iter().map(|e| e.to);
        std::iter::once(trail.0).chain(ends).take(trail.1.len()).collect()
    }

    /// What a dataset's labels reach from some things without passing those that are cut out, each with the edges of a shortest way.
    /// Only what really travels counts.
    pub fn reached_without(&self, cut: &[usize], starts: &[usize], dataset: &Name) -> Vec<(usize, Vec<usize>)> {
        let mut before: BTreeMap<usize, Option<usize>> = starts.iter().map(|s| (*s, None)).collect();
        let mut open: VecDeque<usize> = starts.iter().copied().collect();
        while let Some(at) = open.pop_front() {
            let leaving = self
                .edges
                .iter()
                .enumerate()
                .filter(|(_, e)| e.sender() == at && e.word.travels());
            for (id, edge) in leaving {
                let of_it = |(_, l): &(usize, usize)| self.label(*l).is_some_and(|l| l.dataset == *dataset);
                let new = !cut.contains(&edge.to) && !before.contains_key(&edge.to);
                if new && self.sent(edge).iter().any(of_it) {
                    before.insert(edge.to, Some(id));
                    open.push_back(edge.to);
                }
            }
        }
        before
            .keys()
            .map(|thing| (*thing, self.way_back(&before, *thing)))
            .collect()
    }

    fn way_back(&self, before: &BTreeMap<usize, Option<usize>>, thing: usize) -> Vec<usize> {
        let mut way = Vec::new();
        let mut at = thing;
        while let Some(Some(id)) = before.get(&at) {
            way.push(*id);
            at = self.edges.get(*id).map_or(at, Edge::sender);
        }
        way.reverse();
        way
    }

    /// Reads and writes first: where two ways are as short, the path shows the plainer one.
    fn lay_edges(&mut self) {
        let shape = self.shape;
        let id = |flow: &Self, name: &Name| flow.id(&Thing::Service(name.clone()));
        for (name, service) in &shape.services {
            if let Some(own) = id(self, name) {
                self.lay_data(own, service);
            }
        }
        for (name, service) in &shape.services {
            let Some(own) = id(self, name) else { continue };
            for call in &service.calls {
                self.lay_call(own, call);
            }
            for sink in &service.logs_to {
                self.lay(Some(own), self.service(sink), Word::Logs, sink.span);
            }
        }
        for derive in &shape.derives {
            for from in &derive.from {
                self.lay(
                    self.dataset(from),
                    self.dataset(&derive.into),
                    Word::Derived,
                    derive.span,
                );
            }
        }
        self.leaving = vec![Vec::new(); self.things.len()];
        for (id, edge) in self.edges.iter().enumerate() {
            if let Some(leaving) = self.leaving.get_mut(edge.from) {
                leaving.push(id);
            }
        }
    }

    fn lay_data(&mut self, own: usize, service: &Service) {
        for dataset in &service.reads {
            self.lay(self.dataset(dataset), Some(own), Word::Reads, dataset.span);
        }
        for dataset in &service.writes {
            self.lay(Some(own), self.dataset(dataset), Word::Writes, dataset.span);
            self.lay(self.dataset(dataset), Some(own), Word::WrittenBy, dataset.span);
        }
    }

    /// A call carries labels both ways.
    fn lay_call(&mut self, own: usize, call: &'a Call) {
        let Some(other) = self.service(&call.service) else {
            return;
        };
        let ways = [
            (own, other, Word::Calls, &call.carries),
            (other, own, Word::Returns, &call.returns),
        ];
        for (sender, to, word, narrowed) in ways {
            let edge = Edge {
                from: sender,
                to,
                through: None,
                word,
                span: call.span,
                call: Some(call),
            };
            match narrowed {
                None => self.edges.push(edge),
                Some(list) => {
                    let named: Vec<usize> = list.value.iter().filter_map(|d| self.dataset(d)).collect();
                    let narrow = |from| Edge {
                        from,
                        through: Some(sender),
                        ..edge.clone()
                    };
                    self.edges.extend(named.into_iter().map(narrow));
                }
            }
        }
    }

    fn lay(&mut self, from: Option<usize>, to: Option<usize>, word: Word, span: Span) {
        if let (Some(from), Some(to)) = (from, to) {
            self.edges.push(Edge {
                from,
                to,
                through: None,
                word,
                span,
                call: None,
            });
        }
    }

    fn dataset(&self, name: &Use) -> Option<usize> {
        self.id(&Thing::Dataset(name.value.clone()))
    }

    fn service(&self, name: &Use) -> Option<usize> {
        self.id(&Thing::Service(name.value.clone()))
    }

    /// Nearest first, so that each label keeps the shortest way; what a narrowed call hands on counts as two steps, for it shows as two.
    fn sweep(&mut self) {
        let mut open = BTreeMap::new();
        for name in self.shape.datasets.keys() {
            let label = self.intern(Label {
                dataset: name.clone(),
                steps: Vec::new(),
            });
            if let Some(thing) = self.id(&Thing::Dataset(name.clone())) {
                open.insert((0, open.len()), (thing, label, None));
            }
        }
        let mut count = open.len();
        while let Some(((length, _), (thing, label, hop))) = open.pop_first() {
            if !self.arrive(thing, label, hop) {
                continue;
            }
            for id in self.leaving.get(thing).cloned().unwrap_or_default() {
                let edge = self.edges.get(id);
                let Some((edge, passed)) = edge.and_then(|e| Some((e, self.passed(e, label)?))) else {
                    continue;
                };
                let (to, steps) = (edge.to, if edge.through.is_some() { 2 } else { 1 });
                let passed = self.intern(passed);
                let hop = Hop {
                    edge: id,
                    label,
                    length: length + steps,
                };
                open.insert((hop.length, count), (to, passed, Some(hop)));
                count += 1;
            }
        }
    }

    /// Whether the label is new there.
    fn arrive(&mut self, thing: usize, label: usize, hop: Option<Hop>) -> bool {
        let Some(held) = self.held.get_mut(thing) else {
            return false;
        };
        let new = !held.contains_key(&label);
        held.entry(label).or_insert(hop);
        new
    }

    fn intern(&mut self, label: Label) -> usize {
        if let Some(id) = self.label_index.get(&label) {
            return *id;
        }
        let id = self.labels.len();
        self.labels.push(label.clone());
        self.label_index.insert(label, id);
        id
    }

    /// The label as it comes out of an edge.
    fn passed(&self, edge: &Edge<'_>, label: usize) -> Option<Label> {
        let label = self.labels.get(label)?;
        match (edge.word, self.things.get(edge.from)?, self.things.get(edge.to)?) {
            (Word::WrittenBy, Thing::Dataset(own), _) => {
                (label.dataset == *own && label.steps.is_empty()).then(|| label.clone())
            }
            (Word::Writes, _, Thing::Dataset(into)) => Some(self.weakened(label, into, None)),
            (Word::Derived, Thing::Dataset(from), Thing::Dataset(into)) => Some(self.weakened(label, into, Some(from))),
            _ => Some(label.clone()),
        }
    }

    /// The label after the derivations into a dataset: those of the dataset it names, or of one in which it came along.
    fn weakened(&self, label: &Label, into: &Name, inside: Option<&Name>) -> Label {
        let mut weak = label.clone();
        for (id, derive) in self.shape.derives.iter().enumerate() {
            if derive.into.value == *into && weakens(derive) && self.speaks_of(derive, label, inside) {
                weak.steps.push(id);
            }
        }
        weak.steps.sort_unstable();
        weak.steps.dedup();
        weak
    }

    fn speaks_of(&self, derive: &Derive, label: &Label, inside: Option<&Name>) -> bool {
        let named = |name: &Name| derive.from.iter().any(|f| f.value == *name);
        let into = |step: &usize| self.shape.derives.get(*step).map(|d| &d.into.value);
        label.dataset != derive.into.value
            && (named(&label.dataset) || inside.is_some_and(named) || label.steps.iter().filter_map(into).any(named))
    }
}

/// Whether a derivation takes anything away from a label: it must, and somebody must have said so.
pub fn weakens(derive: &Derive) -> bool {
    let weaker = matches!(
        derive.by.value,
        Alternative::Pseudonymous { .. } | Alternative::Aggregate { .. } | Alternative::Anonymous
    );
    weaker && derive.asserted_by.is_some()
}
