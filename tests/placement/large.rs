//! Two hundred services on fifty sites.

use super::*;

/// A small generator of numbers; the same seed gives the same world.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }
}

const COUNTRIES: [&str; 5] = ["DE", "FR", "IE", "US", "JP"];

/// Seven tenths full, a third under rules, two calls with a budget for each service, which a hidden placement keeps.
fn big(seed: u64) -> (World, Rules) {
    let mut dice = Dice(seed);
    let (sites, services) = (50, 200);
    let mut demand = vec![0_i64; sites];
    let mut hidden: Vec<Vec<usize>> = Vec::new();
    let mut made = Vec::new();
    let mut rules = Rules::default();
    let country = |site: usize| site % COUNTRIES.len();
    for i in 0..services {
        let replicas = 1 + dice.roll(4) as usize;
        let home = dice.roll(5) as usize;
        let bound = dice.roll(3) == 0;
        let mut own = Vec::new();
        while own.len() < replicas {
            let any = dice.roll(sites as u64) as usize;
            let at = if bound { any / 5 * 5 + home } else { any };
            if !own.contains(&at) {
                own.push(at);
            }
        }
        let cpu = 1 + dice.roll(8) as i64;
        own.iter().for_each(|s| demand[*s] += cpu);
        if bound {
            for s in (0..sites).filter(|s| country(*s) != home) {
                rules.forbidden.insert((format!("v{i:03}"), format!("s{s:02}")));
            }
        }
        made.push(with(service(&format!("v{i:03}")), |s| {
            s.replicas = replicas as u64;
            s.cpu = Some(number(cpu));
            s.spread = vec![spread(Dimension::Site, Strength::Hard)];
        }));
        hidden.push(own);
    }
    let spot = |s: usize| {
        Coordinates::new(
            30_000_000 + (s as i64 % 7) * 3_000_000,
            (s as i64 % 5) * 25_000_000 + s as i64 * 300_000,
        )
    };
    let declared = (0..sites).map(|s| {
        let room = demand[s] * 10 / 7 + 4;
        let mut site = sized(
            site(&format!("s{s:02}"), COUNTRIES[country(s)], &format!("o{}", s % 7)),
            room,
            64,
        );
        site.at = spot(s);
        priced(site, &format!("0.0{}EUR/vcpu/h", 1 + dice.roll(9)))
    });
    let declared = declared.collect();
    let trip = |a: usize, b: usize| {
        let km = situs::base::geo::kilometres(spot(a).unwrap(), spot(b).unwrap());
        if a == b { 0 } else { situs::base::geo::round_trip(km) }
    };
    for i in 0..services {
        for _ in 0..2 {
            let to = dice.roll(services as u64) as usize;
            if to != i {
                let farthest = hidden[i]
                    .iter()
                    .map(|a| hidden[to].iter().map(|b| trip(*a, *b)).min().unwrap())
                    .max()
                    .unwrap();
                made[i].calls.push(call(&format!("v{to:03}"), Some(farthest + 50)));
            }
        }
    }
    let mut world = World::of(declared, vec![], made);
    for a in 0..sites {
        for b in a + 1..sites {
            world
                .shape
                .links
                .push(link(&format!("s{a:02}"), &format!("s{b:02}"), None));
        }
    }
    (world, rules)
}

fn trip(world: &World, a: &Name, b: &Name) -> u64 {
    let spot = |site: &Name| world.shape.sites[site].at.unwrap();
    if a == b {
        return 0;
    }
    situs::base::geo::round_trip(situs::base::geo::kilometres(spot(a), spot(b)))
}

#[test]
fn two_hundred_services_on_fifty_sites() {
    for seed in 1..=1 {
        let (world, rules) = big(seed);
        let placement = world.place(&rules);
        for s in world.shape.services.values() {
            let sites = placement.assignment.sites(&svc(&s.name));
            assert_eq!(sites.iter().collect::<BTreeSet<_>>().len() as u64, s.replicas);
            assert!(sites.iter().all(|site| rules.why_not(&svc(&s.name), site).is_empty()));
            for call in &s.calls {
                let there = placement.assignment.sites(&svc(&call.service.value));
                let limit = call.within.as_ref().unwrap().value;
                assert!(sites.iter().all(|a| there.iter().any(|b| trip(&world, a, b) <= limit)));
            }
        }
        for site in world.shape.sites.values() {
            let taken = world.shape.services.values().map(|s| {
                let here = placement
                    .assignment
                    .sites(&svc(&s.name))
                    .iter()
                    .filter(|at| **at == site.name)
                    .count();
                s.cpu.as_ref().unwrap().to_i64().unwrap() * here as i64
            });
            assert!(taken.sum::<i64>() <= site.capacity["cpu"].to_i64().unwrap());
        }
        let mut again = world.clone();
        again.today = placement.assignment.clone();
        let second = again.place(&rules);
        assert_eq!(second.moves, []);
        assert_eq!(second.assignment, placement.assignment);
    }
}
