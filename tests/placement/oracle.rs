//! Small worlds, against every assignment there is.

use proptest::prelude::*;

use super::*;

/// One small world in numbers.
#[derive(Clone, Debug)]
struct Small {
    sites: Vec<(i64, i64, usize)>,
    services: Vec<(u64, i64, u8, Vec<usize>)>,
    copies: u64,
    forbidden: Vec<(usize, usize)>,
    apart: Vec<(usize, usize)>,
    latencies: Vec<u64>,
    within: u64,
    today: Vec<usize>,
}

fn small() -> impl Strategy<Value = Small> {
    let sites = prop::collection::vec((1i64..6, 1i64..9, 0usize..3), 1..4);
    let services = prop::collection::vec((1u64..3, 1i64..4, 0u8..4, prop::collection::vec(0usize..4, 0..2)), 1..4);
    let pairs = |n| prop::collection::vec((0usize..4, 0usize..3), 0..n);
    (
        sites,
        services,
        1u64..3,
        pairs(4),
        pairs(3),
        prop::collection::vec(1u64..9, 3),
        1u64..9,
        prop::collection::vec(0usize..3, 0..3),
    )
        .prop_map(
            |(sites, services, copies, forbidden, apart, latencies, within, today)| Small {
                sites,
                services,
                copies,
                forbidden,
                apart,
                latencies,
                within,
                today,
            },
        )
}

fn name(i: usize) -> String {
    format!("s{i}")
}

fn world(small: &Small) -> (World, Rules) {
    let sites: Vec<Site> = small
        .sites
        .iter()
        .enumerate()
        .map(|(i, (cpu, price, operator))| {
            let bare = sized(site(&name(i), "DE", &format!("o{operator}")), *cpu, 1);
            priced(bare, &format!("0.0{price}EUR/vcpu/h"))
        })
        .collect();
    let count = small.services.len();
    let services = small
        .services
        .iter()
        .enumerate()
        .map(|(i, (replicas, cpu, flags, calls))| {
            with(service(&name(i)), |s| {
                s.replicas = *replicas;
                s.cpu = Some(number(*cpu));
                if flags & 1 != 0 {
                    s.spread = vec![spread(Dimension::Operator, Strength::Hard)];
                }
                if flags & 2 != 0 {
                    s.reads = uses(&["d"]);
                }
                s.calls = calls
                    .iter()
                    .filter(|c| **c < count && **c != i)
                    .map(|c| call(&name(*c), Some(small.within)))
                    .collect();
            })
        });
    let services = services.collect();
    let mut world = World::of(sites, vec![dataset("d", small.copies)], services);
    for (i, latency) in small.latencies.iter().enumerate() {
        let (from, to) = ([0, 0, 1][i], [1, 2, 2][i]);
        if to < small.sites.len() {
            world.shape.links.push(link(&name(from), &name(to), Some(*latency)));
        }
    }
    let today: Vec<Name> = small
        .today
        .iter()
        .filter(|s| **s < small.sites.len())
        .map(|s| name(*s).into())
        .collect();
    world.today.set(&svc("s0"), today);
    let pairs = |all: &[(usize, usize)]| all.iter().map(|(a, b)| (name(*a), name(*b))).collect();
    let rules = Rules {
        forbidden: pairs(&small.forbidden),
        apart: pairs(&small.apart),
        ..Rules::default()
    };
    (world, rules)
}

/// Whether an assignment keeps every constraint, written down a second time.
fn holds(world: &World, rules: &Rules, assignment: &Assignment, within: u64) -> bool {
    let shape = &world.shape;
    let allowed = |thing: &Thing, site: &Name| rules.why_not(thing, site).is_empty();
    let apart = |a: &Name, b: &Name| a != b && !rules.between(&data("d"), &data("d"), a, b);
    let copies = &assignment.datasets["d"];
    let copies_stand = copies.iter().collect::<BTreeSet<_>>().len() == copies.len()
        && copies.iter().all(|s| allowed(&data("d"), s))
        && copies.iter().skip(1).all(|s| !apart(&copies[0], s));
    let services_stand = shape.services.values().all(|s| {
        let sites = &assignment.services[&s.name];
        let operators: BTreeSet<_> = sites
            .iter()
            .map(|site| &shape.sites[site].operator.as_ref().unwrap().value)
            .collect();
        let spread = s.spread.is_empty() || operators.len() == sites.len();
        let reads = s.reads.is_empty()
            || sites
                .iter()
                .all(|site| copies.contains(site) || copies.iter().all(|c| !apart(site, c)));
        let calls = s.calls.iter().all(|call| {
            let there = &assignment.services[&call.service.value];
            let trip = |a: &Name, b: &Name| {
                let joined =
                    |l: &&Link| [&l.from.value, &l.to.value] == [a, b] || [&l.from.value, &l.to.value] == [b, a];
                if a == b {
                    Some(0)
                } else {
                    shape.links.iter().find(joined).and_then(|l| l.latency)
                }
            };
            sites.iter().all(|a| {
                there.iter().all(|b| !apart(a, b)) && there.iter().any(|b| trip(a, b).is_some_and(|t| t <= within))
            })
        });
        sites.iter().all(|site| allowed(&svc(&s.name), site)) && spread && reads && calls
    });
    let room = shape.sites.values().all(|site| {
        let used = shape.services.values().map(|s| {
            let here = assignment.services[&s.name].iter().filter(|a| **a == site.name).count();
            s.cpu.as_ref().unwrap().to_i64().unwrap() * i64::try_from(here).unwrap()
        });
        used.sum::<i64>() <= site.capacity["cpu"].to_i64().unwrap()
    });
    copies_stand && services_stand && room
}

/// Moves of the one service that is somewhere today, and what all costs in hundredths.
fn score(world: &World, assignment: &Assignment) -> (usize, i64) {
    let mut left = world.today.sites(&svc("s0")).to_vec();
    let new = assignment.services["s0"]
        .iter()
        .filter(|s| match left.iter().position(|t| t == *s) {
            Some(at) => {
                left.remove(at);
                false
            }
            None => true,
        });
    let new = new.count();
    let price = |site: &Name| {
        let rate = world.shape.sites[site].price["cpu"].in_unit("EUR/vcpu/h").unwrap();
        rate.mul(&number(100)).unwrap().to_i64().unwrap()
    };
    let cost = world.shape.services.values().map(|s| {
        let cpu = s.cpu.as_ref().unwrap().to_i64().unwrap();
        assignment.services[&s.name]
            .iter()
            .map(|site| cpu * price(site))
            .sum::<i64>()
    });
    (new.min(left.len()), cost.sum())
}

/// Every assignment there is.
fn all(world: &World) -> Vec<Assignment> {
    let sites: Vec<Name> = world.shape.sites.keys().cloned().collect();
    let things = world.shape.datasets.values().map(|d| (data(&d.name), d.replicas));
    let things = things.chain(world.shape.services.values().map(|s| (svc(&s.name), s.replicas)));
    let mut found = vec![Assignment::default()];
    for (thing, count) in things {
        let mut lists: Vec<Vec<Name>> = vec![Vec::new()];
        for _ in 0..count {
            lists = lists
                .iter()
                .flat_map(|l| sites.iter().map(|s| [l.as_slice(), std::slice::from_ref(s)].concat()))
                .collect();
        }
        found = found
            .iter()
            .flat_map(|a| {
                lists.iter().map(|list| {
                    let mut next = a.clone();
                    next.set(&thing, list.clone());
                    next
                })
            })
            .collect();
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn every_assignment_is_looked_at(small in small()) {
        let (world, rules) = world(&small);
        let best = all(&world).into_iter().filter(|a| holds(&world, &rules, a, small.within)).map(|a| score(&world, &a)).min();
        let (placement, diagnostics) = place(&world.shape, &rules, &world.today);
        let told = said(&diagnostics);
        match best {
            None => prop_assert!(diagnostics.has_errors(), "{:?}", placement.assignment),
            Some(best) => {
                prop_assert!(told.is_empty(), "{told:?}");
                prop_assert!(placement.optimal);
                prop_assert!(holds(&world, &rules, &placement.assignment, small.within), "{:?}", placement.assignment);
                prop_assert_eq!(score(&world, &placement.assignment), best);
            }
        }
        let again = place(&world.shape, &rules, &world.today);
        prop_assert_eq!(again, (placement, diagnostics));
    }
}
