//! The order in which instances are planned: each after what it depends on. A block stands for all of its instances.

use std::collections::{BTreeSet, HashMap};

use crate::base::{Addr, Code, Diagnostic, Span};
use crate::lang::eval::instance::Instance;
use crate::lang::eval::late::Late;

/// Resources that depend on each other in a circle.
pub const CIRCLE: Code = Code::new("E400", "resources that depend on each other in a circle");

/// What is planned in one go: an instance, or a block whose instances objects decide.
#[derive(Clone, Copy)]
pub enum Node<'a> {
    /// An instance.
    One(&'a Instance),
    /// A block.
    Late(&'a Late),
}

impl<'a> Node<'a> {
    fn addr(self) -> &'a Addr {
        match self {
            Node::One(instance) => &instance.addr,
            Node::Late(late) => &late.addr,
        }
    }

    fn needs(self) -> &'a [Addr] {
        match self {
            Node::One(instance) => &instance.dependencies,
            Node::Late(late) => &late.dependencies,
        }
    }

    fn span(self) -> Span {
        match self {
            Node::One(instance) => instance.span,
            Node::Late(late) => late.span(),
        }
    }
}

/// The nodes in planning order, or the circle that has none. Those of a wave need nothing of each other.
pub fn waves<'a>(instances: &'a [Instance], late: &'a [Late]) -> Result<Vec<Vec<Node<'a>>>, Box<Diagnostic>> {
    let nodes: Vec<Node<'a>> = instances
        .iter()
        .map(Node::One)
        .chain(late.iter().map(Node::Late))
        .collect();
    let names = Names::new(nodes.iter().map(|n| n.addr()));
    let waves = Graph::new(nodes.iter().map(|n| (n.addr(), n.needs())), &names).waves();
    let sorted = waves.concat();
    if sorted.len() < nodes.len() {
        return Err(Box::new(circle(&nodes, &names, &sorted)));
    }
    let wave = |wave: &Vec<usize>| wave.iter().filter_map(|i| nodes.get(*i).copied()).collect();
    Ok(waves.iter().map(wave).collect())
}

/// The nodes in planning order, or the circle that has none.
pub fn order<'a>(instances: &'a [Instance], late: &'a [Late]) -> Result<Vec<Node<'a>>, Box<Diagnostic>> {
    Ok(waves(instances, late)?.concat())
}

/// Indices in the order of what needs what. Those in a circle, and those that need them, are absent.
pub fn sorted<'a>(items: impl Iterator<Item = (&'a Addr, &'a [Addr])> + Clone, names: &Names) -> Vec<usize> {
    Graph::new(items, names).waves().concat()
}

/// What an address names: one item, or all items of a block or a module.
#[derive(Default)]
pub struct Names(HashMap<Addr, Vec<usize>>);

impl Names {
    /// The names of items with these addresses.
    pub fn new<'a>(addrs: impl Iterator<Item = &'a Addr>) -> Self {
        let mut names: HashMap<Addr, Vec<usize>> = HashMap::new();
        for (i, addr) in addrs.enumerate() {
            let mut all = vec![addr.clone()];
            let block = addr.without_key();
            let bare = block.without_keys();
            let others = [&block, &bare].into_iter().filter(|other| *other != addr);
            all.extend(others.cloned());
            all.extend(addr.within());
            all.dedup();
            for name in all {
                names.entry(name).or_default().push(i);
            }
        }
        Self(names)
    }

    /// The items that an address names: an instance of which nothing is known by its own name is looked for among all of its block.
    pub fn of(&self, name: &Addr) -> &[usize] {
        let found = self.0.get(name).or_else(|| self.0.get(&name.without_keys()));
        found.map_or(&[], Vec::as_slice)
    }
}

/// Items, and one node more for every block with several, so that edges grow with the references and not with their product.
struct Graph {
    items: usize,
    users: Vec<Vec<usize>>,
    waiting: Vec<usize>,
}

impl Graph {
    fn new<'a>(items: impl Iterator<Item = (&'a Addr, &'a [Addr])> + Clone, names: &Names) -> Self {
        let count = items.clone().count();
        let mut graph = Self {
            items: count,
            users: vec![Vec::new(); count],
            waiting: vec![0; count],
        };
        let mut joins: HashMap<&Addr, usize> = HashMap::new();
        for (user, (addr, needs)) in items.enumerate() {
            for need in needs.iter().filter(|n| *n != addr) {
                match names.of(need) {
                    [] => {}
                    [one] => graph.edge(*one, user),
                    all => {
                        let join = *joins.entry(need).or_insert_with(|| graph.join(all));
                        graph.edge(join, user);
                    }
                }
            }
        }
        graph
    }

    fn edge(&mut self, first: usize, then: usize) {
        if let (Some(users), Some(waiting)) = (self.users.get_mut(first), self.waiting.get_mut(then)) {
            users.push(then);
            *waiting += 1;
        }
    }

    fn join(&mut self, all: &[usize]) -> usize {
        let join = self.users.len();
        self.users.push(Vec::new());
        self.waiting.push(0);
        for first in all {
            self.edge(*first, join);
        }
        join
    }

    /// The items in generations: each has what an item of the one before it was the last to hold up.
    fn waves(mut self) -> Vec<Vec<usize>> {
        let mut ready: Vec<usize> = (0..self.waiting.len())
            .filter(|n| self.waiting.get(*n) == Some(&0))
            .collect();
        let mut waves = Vec::new();
        while !ready.is_empty() {
            let mut next = Vec::new();
            for node in &ready {
                self.done(*node, &mut next);
            }
            ready.retain(|node| *node < self.items);
            if !ready.is_empty() {
                waves.push(ready);
            }
            ready = next;
        }
        waves
    }

    /// Finishes a node: who waited for nothing else is next.
    fn done(&mut self, node: usize, next: &mut Vec<usize>) {
        for user in self.users.get_mut(node).map(std::mem::take).unwrap_or_default() {
            if let Some(waiting) = self.waiting.get_mut(user) {
                *waiting -= 1;
                if *waiting == 0 {
                    next.push(user);
                }
            }
        }
    }
}

fn circle(nodes: &[Node<'_>], names: &Names, sorted: &[usize]) -> Diagnostic {
    let done: BTreeSet<usize> = sorted.iter().copied().collect();
    let mut path: Vec<usize> = Vec::new();
    let mut at = (0..nodes.len()).find(|i| !done.contains(i));
    while let Some(i) = at.filter(|i| !path.contains(i)) {
        path.push(i);
        at = nodes.get(i).and_then(|node| {
            node.needs()
                .iter()
                .flat_map(|d| names.of(d))
                .copied()
                .find(|n| !done.contains(n))
        });
    }
    let start = at.and_then(|at| path.iter().position(|i| *i == at)).unwrap_or(0);
    let members: Vec<&Node<'_>> = path.iter().skip(start).filter_map(|i| nodes.get(*i)).collect();
    let names: Vec<String> = members
        .iter()
        .chain(members.first())
        .map(|m| format!("`{}`", m.addr()))
        .collect();
    let mut diagnostic = Diagnostic::error(CIRCLE, "resources depend on each other in a circle")
        .note(format!("path     {}", names.join(" → ")))
        .help("take one of these references out, or move what both need into a third resource");
    for (i, member) in members.iter().enumerate() {
        let text = format!("`{}` needs the next of the circle", member.addr());
        diagnostic = if i == 0 {
            diagnostic.at(member.span(), text)
        } else {
            diagnostic.and(member.span(), text)
        };
    }
    diagnostic
}
