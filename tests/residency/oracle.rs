//! The same question answered the slow way, by walking: from every dataset along every flow, as often as it takes, site by site. Worlds
//! are small and random; both must come to the same verdict.

use std::collections::BTreeSet;

use proptest::prelude::*;
use situs::lang::eval::shape::Mode::{Process, Store, Transit};
use situs::lang::eval::shape::Preposition::{In, Via};
use situs::lang::eval::shape::{Name, Relays, Sealed};

use super::world::*;

const SITES: [(&str, &str); 4] = [("a", "DE"), ("b", "FR"), ("c", "US"), ("d", "CH")];
const SERVICES: [&str; 3] = ["x", "y", "z"];
const DATASETS: [&str; 2] = ["p", "q"];

/// The datasets that a call names one way; none: it is not narrowed.
type Named = Option<Vec<usize>>;

/// A world as plain numbers.
#[derive(Clone, Debug)]
struct Small {
    /// Site of each dataset and each service.
    data_at: Vec<usize>,
    runs_at: Vec<usize>,
    /// Service, dataset.
    reads: Vec<(usize, usize)>,
    writes: Vec<(usize, usize)>,
    /// Caller, called, what is named each way.
    calls: Vec<(usize, usize, Named, Named)>,
    logs: Vec<(usize, usize)>,
    /// From, to, via index (none: unknown), both are site numbers.
    links: Vec<(usize, usize, Option<usize>)>,
    relays: Vec<bool>,
}

fn small() -> impl Strategy<Value = Small> {
    let named = || proptest::option::of(proptest::collection::vec(0..2_usize, 0..2));
    (
        proptest::collection::vec(0..4_usize, 2),
        proptest::collection::vec(0..4_usize, 3),
        proptest::collection::vec((0..3_usize, 0..2_usize), 0..3),
        proptest::collection::vec((0..3_usize, 0..2_usize), 0..3),
        proptest::collection::vec((0..3_usize, 0..3_usize, named(), named()), 0..3),
        proptest::collection::vec((0..3_usize, 0..3_usize), 0..2),
        proptest::collection::vec(
            (0..4_usize, 0..4_usize, proptest::option::weighted(0.8, 0..4_usize)),
            0..6,
        ),
        proptest::collection::vec(any::<bool>(), 4),
    )
        .prop_map(|(data_at, runs_at, reads, writes, calls, logs, links, relays)| Small {
            data_at,
            runs_at,
            reads,
            writes,
            calls,
            logs,
            links,
            relays,
        })
}

/// Node numbers: datasets first.
type Node = usize;
const FIRST_SERVICE: Node = 2;

impl Small {
    fn world(&self) -> World {
        let mut world = World::default().operator("o", Some("DE"), &[]);
        for ((name, place), relays) in SITES.iter().zip(&self.relays) {
            let relays = if *relays { Relays::Yes } else { Relays::No };
            world = world.site(name, place, "o").with_site(name, |s| s.relays = relays);
        }
        for (from, to, via) in &self.links {
            world = world.link(SITES[*from].0, SITES[*to].0, via.map(|v| SITES[v].1), Sealed::No);
        }
        for (n, class) in ["personal", "other"].iter().enumerate() {
            world = world.dataset(DATASETS[n], class, &[SITES[self.data_at[n]].0]);
        }
        for (n, name) in SERVICES.iter().enumerate() {
            let of = |list: &[(usize, usize)]| {
                let own = list.iter().filter(|(s, _)| *s == n).map(|(_, d)| DATASETS[*d]);
                own.collect::<Vec<_>>()
            };
            world = world.service(name, &of(&self.reads), &of(&self.writes), &[SITES[self.runs_at[n]].0]);
        }
        for (from, to, out, back) in &self.calls {
            let list = |l: &Option<Vec<usize>>| l.as_ref().map(|l| l.iter().map(|d| DATASETS[*d]).collect::<Vec<_>>());
            let (out, back) = (list(out), list(back));
            world = world.call(SERVICES[*from], SERVICES[*to], out.as_deref(), back.as_deref());
        }
        for (from, to) in &self.logs {
            world = world.logs(SERVICES[*from], SERVICES[*to]);
        }
        world
    }

    fn site(&self, node: Node) -> usize {
        if node < FIRST_SERVICE {
            self.data_at[node]
        } else {
            self.runs_at[node - FIRST_SERVICE]
        }
    }

    /// Every flow: whose labels, who really sends, who receives.
    fn flows(&self) -> Vec<(Node, Node, Node)> {
        let mut flows = Vec::new();
        let s = |n: usize| n + FIRST_SERVICE;
        flows.extend(self.reads.iter().map(|(service, data)| (*data, *data, s(*service))));
        flows.extend(
            self.writes
                .iter()
                .map(|(service, data)| (s(*service), s(*service), *data)),
        );
        for (from, to, out, back) in &self.calls {
            for (sender, receiver, named) in [(s(*from), s(*to), out), (s(*to), s(*from), back)] {
                match named {
                    None => flows.push((sender, sender, receiver)),
                    Some(list) => flows.extend(list.iter().map(|d| (*d, sender, receiver))),
                }
            }
        }
        flows.extend(
            self.logs
                .iter()
                .map(|(from, to)| (s(*from), s(*to)))
                .map(|(a, b)| (a, a, b)),
        );
        flows
    }

    /// Who holds anything of `p`.
    fn holders(&self) -> BTreeSet<Node> {
        let writers = self
            .writes
            .iter()
            .filter(|(_, d)| *d == 0)
            .map(|(s, _)| s + FIRST_SERVICE);
        let mut held: BTreeSet<Node> = writers.chain([0]).collect();
        loop {
            let new: Vec<Node> = self
                .flows()
                .into_iter()
                .filter(|(l, _, r)| held.contains(l) && !held.contains(r))
                .map(|f| f.2)
                .collect();
            if new.is_empty() {
                return held;
            }
            held.extend(new);
        }
    }

    fn arcs(&self) -> Vec<(usize, usize, Option<usize>)> {
        let back = self.links.iter().map(|(a, b, v)| (*b, *a, *v));
        self.links.iter().copied().chain(back).collect()
    }

    /// Every walk of up to six links through relays, as the countries that it crosses; `None` in there is unknown.
    fn walks(&self, from: usize, to: usize) -> Vec<Vec<Option<usize>>> {
        let mut done = Vec::new();
        let mut open = vec![(from, Vec::new())];
        for _ in 0..6 {
            let mut next = Vec::new();
            for (at, crossed) in open {
                for (_, end, via) in self.arcs().into_iter().filter(|(a, ..)| *a == at) {
                    let mut crossed: Vec<Option<usize>> = crossed.clone();
                    crossed.push(via);
                    if end == to {
                        done.push(crossed.clone());
                    }
                    if self.relays[end] {
                        if end != from && end != to {
                            crossed.push(Some(end));
                        }
                        next.push((end, crossed));
                    }
                }
            }
            next.sort();
            next.dedup();
            open = next;
        }
        done
    }
}

/// 0 proved, 1 not provable, 2 violated.
fn in_eea(place: usize) -> u8 {
    if place < 2 { 0 } else { 2 }
}

fn word(worst: u8) -> &'static str {
    ["proved", "not provable", "violated"][usize::from(worst)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn what_is_kept_and_worked_on(small in small()) {
        let world = small.world().rules("r", vec![only(&[Store, Process], In, "EEA")]);
        let worst = small.holders().into_iter().map(|n| in_eea(small.site(n))).max().unwrap();
        prop_assert_eq!(world.state(), word(worst));
    }

    #[test]
    fn what_travels(small in small()) {
        let world = small.world().rules("r", vec![only(&[Transit], Via, "EEA")]);
        let held = small.holders();
        let mut worst = 0;
        for (label, sender, receiver) in small.flows().into_iter().filter(|(l, ..)| held.contains(l)) {
            let _ = label;
            let (from, to) = (small.site(sender), small.site(receiver));
            if from == to {
                continue;
            }
            let walks = small.walks(from, to);
            let crossed = walks.iter().flatten().map(|via| via.map_or(1, in_eea));
            let way = if walks.is_empty() { 1 } else { crossed.max().unwrap_or(0) };
            worst = worst.max(way);
        }
        prop_assert_eq!(world.state(), word(worst));
    }

    /// What placement is told is what the verdict says: a world is proved exactly where every thing is legal and every pair is.
    #[test]
    fn legal_and_check_agree(small in small()) {
        use situs::model::assignment::Thing;
        let world = small.world().rules("r", vec![only(&[Store, Process], In, "EEA"), only(&[Transit], Via, "EEA | CH")]);
        let legal = situs::model::residency::legal(&world.shape);
        let data = DATASETS.iter().map(|d| Thing::Dataset(Name::from(*d)));
        let things: Vec<Thing> = data.chain(SERVICES.iter().map(|s| Thing::Service(Name::from(*s)))).collect();
        let at = |node: Node| Name::from(SITES[small.site(node)].0);
        let alone = things.iter().enumerate().all(|(n, t)| legal.site(t, &at(n)).is_empty());
        let pairs = things.iter().enumerate().all(|(n, one)| {
            things.iter().enumerate().all(|(m, other)| legal.between(one, other, &at(n), &at(m)))
        });
        prop_assert_eq!(world.state() == "proved", alone && pairs);
    }
}
