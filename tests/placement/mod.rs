//! Placement: what is found keeps every constraint and is the best; what is refused is told with every site and why.

mod graph;
mod large;
mod oracle;

use std::collections::{BTreeMap, BTreeSet};

use situs::base::geo::{Coordinates, Place};
use situs::base::span::{Span, Spanned};
use situs::base::{Diagnostics, SourceId};
use situs::lang::eval::shape::*;
use situs::lang::syntax::ast::Arrow;
use situs::model::assignment::{Assignment, Thing};
use situs::model::placement::{Ground, Legality, Move, Placement, Quota, place, why};
use situs_value::{Number, Quantity};

pub fn span() -> Span {
    Span::new(SourceId(0), 0, 0)
}

pub fn at<T>(value: T) -> Spanned<T> {
    Spanned::new(value, span())
}

pub fn uses(names: &[&str]) -> Vec<Use> {
    names.iter().map(|n| at(Name::from(*n))).collect()
}

pub fn number(n: i64) -> Number {
    Number::from(n)
}

pub fn gib(n: i64) -> Number {
    Number::from(n << 30)
}

pub fn site(name: &str, place: &str, operator: &str) -> Site {
    Site {
        each: None,
        name: name.into(),
        kind: SiteKind::Datacenter,
        territories: Place::parse(place).into_iter().collect(),
        territories_span: None,
        at: None,
        operator: Some(at(operator.into())),
        managed_from: None,
        support_from: Vec::new(),
        capacity: BTreeMap::new(),
        price: BTreeMap::new(),
        traits: BTreeSet::new(),
        labels: BTreeMap::new(),
        relays: Relays::No,
        runtime: None,
        span: span(),
    }
}

pub fn service(name: &str) -> Service {
    Service {
        each: None,
        name: name.into(),
        replicas: 1,
        cpu: None,
        memory: None,
        disk: None,
        needs: Vec::new(),
        at: Vec::new(),
        spread: Vec::new(),
        reads: Vec::new(),
        writes: Vec::new(),
        calls: Vec::new(),
        logs_to: Vec::new(),
        serves: Vec::new(),
        ports: Vec::new(),
        health: None,
        failover: None,
        secrets: Vec::new(),
        late: BTreeMap::new(),
        span: span(),
    }
}

pub fn dataset(name: &str, replicas: u64) -> Dataset {
    Dataset {
        name: name.into(),
        class: None,
        people_in: None,
        volume: None,
        size: None,
        collected_at: Vec::new(),
        at: Vec::new(),
        replicas,
        spread: Vec::new(),
        encrypted_by: None,
        backup: None,
        keep: None,
        span: span(),
    }
}

pub fn call(service: &str, within: Option<u64>) -> Call {
    Call {
        service: at(service.into()),
        within: within.map(at),
        traffic: None,
        carries: None,
        returns: None,
        route: None,
        span: span(),
    }
}

pub fn link(from: &str, to: &str, latency: Option<u64>) -> Link {
    Link {
        from: at(from.into()),
        to: at(to.into()),
        arrow: Arrow::Both,
        latency,
        bandwidth: None,
        via: None,
        carrier: None,
        sealed: Sealed::No,
        span: span(),
    }
}

pub fn spread(across: Dimension, strength: Strength) -> Spread {
    Spread {
        across,
        strength,
        span: span(),
    }
}

/// Forbids sites for things, and pairs of sites for all that flows.
#[derive(Default)]
pub struct Rules {
    pub forbidden: BTreeSet<(String, String)>,
    pub apart: BTreeSet<(String, String)>,
    pub quotas: BTreeMap<String, Quota>,
}

impl Rules {
    pub fn forbid(things: &[(&str, &str)]) -> Self {
        let forbidden = things.iter().map(|(t, s)| ((*t).to_owned(), (*s).to_owned())).collect();
        Self {
            forbidden,
            ..Self::default()
        }
    }
}

impl Legality for Rules {
    fn why_not(&self, thing: &Thing, site: &Name) -> Vec<Ground> {
        let key = (thing.name().to_string(), site.to_string());
        let ground = || Ground {
            words: "gdpr says no".to_owned(),
            rule: Some(span()),
        };
        self.forbidden.contains(&key).then(ground).into_iter().collect()
    }

    fn between(&self, _: &Thing, _: &Thing, one: &Name, other: &Name) -> bool {
        let pair = |a: &Name, b: &Name| (a.to_string(), b.to_string());
        !self.apart.contains(&pair(one, other)) && !self.apart.contains(&pair(other, one))
    }

    fn quotas(&self, dataset: &Name) -> Vec<Quota> {
        self.quotas.get(&**dataset).cloned().into_iter().collect()
    }
}

#[derive(Default, Clone)]
pub struct World {
    pub shape: Shape,
    pub today: Assignment,
}

impl World {
    pub fn of(sites: Vec<Site>, datasets: Vec<Dataset>, services: Vec<Service>) -> Self {
        let shape = Shape {
            sites: sites.into_iter().map(|s| (s.name.clone(), s)).collect(),
            datasets: datasets.into_iter().map(|d| (d.name.clone(), d)).collect(),
            services: services.into_iter().map(|s| (s.name.clone(), s)).collect(),
            ..Shape::default()
        };
        Self {
            shape,
            today: Assignment::default(),
        }
    }

    fn today(mut self, thing: &Thing, sites: &[&str]) -> Self {
        self.today.set(thing, sites.iter().map(|s| Name::from(*s)).collect());
        self
    }

    fn place(&self, rules: &Rules) -> Placement {
        let (placement, diagnostics) = place(&self.shape, rules, &self.today);
        assert!(diagnostics.is_empty(), "{}", said(&diagnostics).join("\n"));
        placement
    }

    fn refuse(&self, rules: &Rules) -> Vec<String> {
        let (_, diagnostics) = place(&self.shape, rules, &self.today);
        said(&diagnostics)
    }
}

/// Each message as `code title | label | notes | help`.
fn said(diagnostics: &Diagnostics) -> Vec<String> {
    let one = |d: &situs::base::Diagnostic| {
        let label = d.primary.as_ref().map_or("", |l| &l.text);
        format!(
            "{} {} | {label} | {} | {}",
            d.code.id,
            d.title,
            d.notes.join(" / "),
            d.help.join(" / ")
        )
    };
    diagnostics.iter().map(one).collect()
}

fn names(sites: &[Name]) -> Vec<&str> {
    sites.iter().map(|s| &**s).collect()
}

fn svc(name: &str) -> Thing {
    Thing::Service(name.into())
}

fn data(name: &str) -> Thing {
    Thing::Dataset(name.into())
}

fn priced(mut site: Site, cpu: &str) -> Site {
    site.price.insert("cpu".into(), Quantity::parse(cpu).unwrap());
    site
}

fn sized(mut site: Site, cpu: i64, memory: i64) -> Site {
    site.capacity.insert("cpu".into(), number(cpu));
    site.capacity.insert("memory".into(), gib(memory));
    site
}

/// The sites of the quickstart.
fn clinic() -> Vec<Site> {
    let mut munich = sized(priced(site("munich", "DE-BY", "clinic"), "0.05EUR/vcpu/h"), 8, 32);
    let mut dublin = sized(priced(site("dublin", "IE", "nimbus_eu"), "0.03EUR/vcpu/h"), 64, 256);
    let mut ashburn = sized(priced(site("ashburn", "US-VA", "nimbus"), "0.02EUR/vcpu/h"), 64, 256);
    munich.at = Coordinates::new(48_140_000, 11_580_000);
    dublin.at = Coordinates::new(53_350_000, -6_260_000);
    ashburn.at = Coordinates::new(39_040_000, -77_490_000);
    vec![munich, dublin, ashburn]
}

fn with(mut service: Service, change: impl FnOnce(&mut Service)) -> Service {
    change(&mut service);
    service
}

fn quickstart() -> World {
    let mut records = dataset("records", 1);
    records.at = uses(&["munich"]);
    let intake = with(service("intake"), |s| {
        s.cpu = Some(number(1));
        s.at = uses(&["munich"]);
        s.writes = uses(&["records"]);
        s.calls = vec![call("triage", Some(300))];
    });
    let triage = with(service("triage"), |s| {
        s.cpu = Some(number(2));
        s.memory = Some(gib(2));
        s.reads = uses(&["records"]);
    });
    let mut world = World::of(clinic(), vec![records], vec![intake, triage]);
    world.shape.links = vec![
        link("munich", "dublin", None),
        link("dublin", "ashburn", None),
        link("munich", "ashburn", None),
    ];
    world
}

#[test]
fn the_quickstart_is_placed_and_says_why() {
    let rules = Rules::forbid(&[("triage", "dublin"), ("triage", "ashburn"), ("records", "ashburn")]);
    let world = quickstart();
    let placement = world.place(&rules);
    assert!(placement.optimal);
    assert_eq!(names(placement.assignment.sites(&svc("triage"))), ["munich"]);
    assert_eq!(placement.cost.as_ref().unwrap().to_string(), "0.15EUR/h");
    let because = &placement.because[&(svc("triage"), 0)];
    assert_eq!(because.cost.as_ref().unwrap().to_string(), "0.1EUR/h");
    assert_eq!(
        because.grounds,
        [
            "the only site that fits",
            "`ashburn` would cost 0.04EUR/h, but: gdpr says no",
            "`dublin` would cost 0.06EUR/h, but: gdpr says no",
        ]
    );
    assert_eq!(placement.because[&(data("records"), 0)].grounds, ["`at` says so"]);
    assert_eq!(
        why(
            &world.shape,
            &rules,
            &Assignment::default(),
            &placement,
            &svc("triage"),
            Some(&"dublin".into())
        ),
        ["not at `dublin`: gdpr says no"]
    );
    assert_eq!(
        why(
            &world.shape,
            &rules,
            &Assignment::default(),
            &placement,
            &svc("triage"),
            None
        ),
        [
            "service.triage is at `munich`",
            "  because  the only site that fits",
            "  because  `ashburn` would cost 0.04EUR/h, but: gdpr says no",
            "  because  `dublin` would cost 0.06EUR/h, but: gdpr says no",
            "  costs    0.1EUR/h",
            "not at `ashburn`: gdpr says no",
            "not at `dublin`: gdpr says no",
        ]
    );
    assert_eq!(placement.moves.len(), 3);
    assert_eq!(
        placement.moves[0],
        Move {
            thing: data("records"),
            from: None,
            to: Some("munich".into())
        }
    );
}

#[test]
fn the_cheapest_site_that_fits_is_taken_and_the_next_is_named() {
    let placement = quickstart().place(&Rules::default());
    // Ashburn is cheaper and further than 30 ms from intake.
    assert_eq!(names(placement.assignment.sites(&svc("triage"))), ["dublin"]);
    let because = &placement.because[&(svc("triage"), 0)];
    assert_eq!(because.grounds[0], "the cheapest of 2 sites that fit");
    assert_eq!(
        because.grounds[1],
        "`ashburn` would cost 0.04EUR/h, but: `intake` calls it within 30ms, and it is 108.2ms to `munich`"
    );
    let next = because.runner_up.as_ref().unwrap();
    assert_eq!(
        (&*next.site, next.cost.as_ref().unwrap().to_string()),
        ("munich", "0.1EUR/h".to_owned())
    );
    assert_eq!(next.words, "0.04EUR/h more, 45.2ms less in round trips");
}

#[test]
fn today_holds_unless_moving_pays() {
    let world = quickstart().today(&svc("triage"), &["munich"]);
    let placement = world.place(&Rules::default());
    assert_eq!(names(placement.assignment.sites(&svc("triage"))), ["munich"]);
    assert_eq!(placement.because[&(svc("triage"), 0)].grounds[0], "it is there today");
    let mut priced = world;
    priced.shape.objective.move_price = Some(Quantity::parse("0.01EUR").unwrap());
    let placement = priced.place(&Rules::default());
    assert_eq!(names(placement.assignment.sites(&svc("triage"))), ["dublin"]);
    let triage: Vec<&Move> = placement.moves.iter().filter(|m| m.thing == svc("triage")).collect();
    assert_eq!(
        triage,
        [&Move {
            thing: svc("triage"),
            from: Some("munich".into()),
            to: Some("dublin".into())
        }]
    );
    priced.shape.objective.move_price = Some(Quantity::parse("1EUR").unwrap());
    let placement = priced.place(&Rules::default());
    assert_eq!(names(placement.assignment.sites(&svc("triage"))), ["munich"]);
}

#[test]
fn latency_first_is_near() {
    let mut world = quickstart();
    world.shape.objective.minimize = vec![Goal::Latency, Goal::Cost];
    let placement = world.place(&Rules::default());
    assert_eq!(names(placement.assignment.sites(&svc("triage"))), ["munich"]);
    assert_eq!(
        placement.because[&(svc("triage"), 0)].grounds[0],
        "the nearest of 2 sites that fit"
    );
}

#[test]
fn replicas_that_stay_keep_their_numbers() {
    let sites = ["a", "b", "c"].map(|n| site(n, "DE", n)).to_vec();
    let web = with(service("web"), |s| {
        s.replicas = 3;
        s.spread = vec![spread(Dimension::Site, Strength::Hard)];
    });
    let world = World::of(sites, vec![], vec![web])
        .today(&svc("web"), &["c", "a"])
        .today(&svc("gone"), &["a"]);
    let placement = world.place(&Rules::default());
    assert_eq!(names(placement.assignment.sites(&svc("web"))), ["c", "a", "b"]);
    let moves = [
        Move {
            thing: svc("web"),
            from: None,
            to: Some("b".into()),
        },
        Move {
            thing: svc("gone"),
            from: Some("a".into()),
            to: None,
        },
    ];
    assert_eq!(placement.moves, moves);
}

#[test]
fn copies_of_a_dataset_stand_apart_and_the_pinned_one_is_first() {
    let sites = ["a", "b", "c"].map(|n| site(n, "DE", n)).to_vec();
    let mut records = dataset("records", 2);
    records.at = uses(&["b"]);
    let rules = Rules::forbid(&[("records", "a")]);
    let placement = World::of(sites.clone(), vec![records.clone()], vec![]).place(&rules);
    assert_eq!(names(placement.assignment.sites(&data("records"))), ["b", "c"]);
    records.replicas = 3;
    let refused = World::of(sites, vec![records], vec![]).refuse(&rules);
    assert_eq!(
        refused,
        [
            "E202 there is no room for `records` beside the others | no site is left for it | a: gdpr says no / b, c: a copy is there already | give the sites more capacity, ask for fewer replicas, or loosen what stands in the notes"
        ]
    );
}

#[test]
fn pins_of_a_service_take_turns() {
    let sites = ["a", "b"].map(|n| site(n, "DE", n)).to_vec();
    let web = with(service("web"), |s| {
        s.replicas = 3;
        s.at = uses(&["b", "a"]);
    });
    let placement = World::of(sites, vec![], vec![web]).place(&Rules::forbid(&[("web", "a")]));
    assert_eq!(
        names(placement.assignment.sites(&svc("web"))),
        ["b", "a", "b"],
        "the verdict judges pins"
    );
}

#[test]
fn what_fits_nowhere_is_told_with_each_site() {
    let mut sites = clinic();
    sites[1].traits.insert("gpu".into());
    let big = with(service("big"), |s| {
        s.cpu = Some(number(16));
        s.needs = vec![at("gpu".into())];
    });
    let refused = World::of(sites, vec![], vec![big]).refuse(&Rules::forbid(&[("big", "dublin")]));
    assert_eq!(
        refused,
        [
            "E200 `big` fits on no site | each site has something against it | ashburn: it does not have `gpu` / dublin: gdpr says no / munich: it does not have `gpu`; it has 8vcpu in all, and one replica takes 16vcpu | give a site that has it `traits = [\"gpu\"]`: ashburn"
        ]
    );
    assert_eq!(
        World::of(vec![], vec![], vec![service("lonely")]).refuse(&Rules::default()),
        [
            "E200 `lonely` fits on no site | no site is declared |  | declare a site where the rules let it be, or let it use less of the data"
        ]
    );
}

#[test]
fn too_few_to_spread_across_is_proven() {
    let web = with(service("web"), |s| {
        s.replicas = 3;
        s.spread = vec![spread(Dimension::Country, Strength::Hard)];
    });
    let refused = World::of(clinic(), vec![], vec![web.clone()]).refuse(&Rules::forbid(&[("web", "ashburn")]));
    assert_eq!(
        refused,
        [
            "E201 `web` has 3 replicas to spread across `site.in.country`, and fits in 2 | no two may share `site.in.country` | dublin: fits; its `site.in.country` is IE / munich: fits; its `site.in.country` is DE / ashburn: gdpr says no | lower `replicas` to 2, write `soft` behind the spread, or declare a site in another `site.in.country`"
        ]
    );
    let soft = with(web, |s| s.spread = vec![spread(Dimension::Country, Strength::Soft)]);
    let placement = World::of(clinic(), vec![], vec![soft]).place(&Rules::forbid(&[("web", "ashburn")]));
    assert_eq!(
        names(placement.assignment.sites(&svc("web")))
            .iter()
            .collect::<BTreeSet<_>>()
            .len(),
        2
    );
}

#[test]
fn calls_that_are_too_far_are_told_with_what_would_do() {
    let mut world = quickstart();
    let triage = world.shape.services.get_mut("triage").unwrap();
    triage.at = uses(&["ashburn"]);
    assert_eq!(
        world.refuse(&Rules::default()),
        [
            "E204 `intake` is pinned too far from `triage` to call it within 30ms | the round trip from `munich` to `ashburn` takes 108.2ms |  | raise `within` to 108.2ms, or pin one of them nearer to the other"
        ]
    );
    world.shape.services.get_mut("intake").unwrap().at = Vec::new();
    let refused = world.refuse(&Rules::forbid(&[("intake", "ashburn")]));
    assert_eq!(
        refused,
        [
            "E200 `intake` fits on no site | each site has something against it | ashburn: gdpr says no / dublin, munich: no site where `triage` may be is within 30ms of it | raise `within` of its call to `triage` to 86.7ms: from `dublin` to `ashburn`"
        ]
    );
    world.shape.links.clear();
    world.shape.services.get_mut("intake").unwrap().at = uses(&["munich"]);
    assert_eq!(
        world.refuse(&Rules::default()),
        [
            "E204 `intake` is pinned too far from `triage` to call it within 30ms | no link joins them, directly or through sites that relay |  | "
        ]
    );
}

#[test]
fn round_trips_go_through_relays_and_along_routes() {
    let mut sites = ["a", "b", "c", "d"].map(|n| site(n, "DE", n)).to_vec();
    let caller = with(service("caller"), |s| {
        s.at = uses(&["a"]);
        s.calls = vec![call("called", Some(100))];
    });
    let called = with(service("called"), |s| s.at = uses(&["c"]));
    let links = vec![
        link("a", "b", Some(40)),
        link("b", "c", Some(40)),
        link("a", "d", Some(60)),
        link("d", "c", Some(60)),
    ];
    let place = |sites: Vec<Site>, caller: Service| {
        let mut world = World::of(sites, vec![], vec![caller, called.clone()]);
        world.shape.links.clone_from(&links);
        world.refuse(&Rules::default())
    };
    assert!(place(sites.clone(), caller.clone())[0].contains("no link joins them"));
    sites[1].relays = Relays::Yes;
    assert_eq!(place(sites.clone(), caller.clone()), Vec::<String>::new());
    let routed = with(caller, |s| s.calls[0].route = Some(at(uses(&["a", "d", "c"]))));
    assert!(place(sites, routed)[0].contains("takes 12ms"));
}

#[test]
fn what_flows_between_things_keeps_them_on_legal_pairs() {
    let sites = ["a", "b", "c"].map(|n| site(n, "DE", n)).to_vec();
    let reader = with(service("reader"), |s| s.reads = uses(&["records"]));
    let mut records = dataset("records", 1);
    records.at = uses(&["c"]);
    let apart = |pairs: &[(&str, &str)]| Rules {
        apart: pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect(),
        ..Rules::default()
    };
    let world = World::of(sites, vec![records], vec![reader]);
    let mut rules = apart(&[("a", "c")]);
    assert_eq!(
        names(world.place(&rules).assignment.sites(&svc("reader"))),
        ["c"],
        "the nearest"
    );
    rules.forbidden.insert(("reader".to_owned(), "c".to_owned()));
    assert_eq!(names(world.place(&rules).assignment.sites(&svc("reader"))), ["b"]);
    let mut rules = apart(&[("a", "c"), ("b", "c")]);
    rules.forbidden.insert(("reader".to_owned(), "c".to_owned()));
    assert_eq!(
        world.refuse(&rules),
        [
            "E200 `reader` fits on no site | each site has something against it | a, b: the rules let nothing pass between it and a site where `records` may be / c: gdpr says no | declare a site that fits, or ask for less"
        ]
    );
}

#[test]
fn a_convicted_pin_is_told_once() {
    let mut world = quickstart();
    world.shape.datasets.get_mut("records").unwrap().at = uses(&["ashburn"]);
    let mut rules = Rules::forbid(&[("records", "ashburn")]);
    for other in ["munich", "dublin"] {
        rules.apart.insert(("ashburn".to_owned(), other.to_owned()));
    }
    assert_eq!(
        world.refuse(&rules),
        Vec::<String>::new(),
        "the verdict tells it with its path"
    );
}

#[test]
fn quotas_of_copies() {
    let sites = ["a", "b", "c"].map(|n| site(n, "DE", n)).to_vec();
    let quota = |count, sites: &[&str]| Quota {
        count,
        kinds: Vec::new(),
        sites: sites.iter().map(|s| Name::from(*s)).collect(),
        residency: "law".into(),
        rule: span(),
    };
    let world = World::of(sites, vec![dataset("records", 2)], vec![]);
    let rules = |q: Quota| Rules {
        quotas: BTreeMap::from([("records".to_owned(), q)]),
        ..Rules::default()
    };
    let placement = world.place(&rules(quota(2, &["b", "c"])));
    assert_eq!(names(placement.assignment.sites(&data("records"))), ["b", "c"]);
    assert_eq!(
        world.refuse(&rules(quota(2, &["b"]))),
        [
            "E207 `records` cannot have as many copies as a rule wants | residency `law` wants 2 copies among `b` |  | declare a site that the rule counts and that fits"
        ]
    );
}

#[test]
fn too_much_for_all_sites_together_is_proven() {
    let sites = ["a", "b"].map(|n| sized(site(n, "DE", n), 4, 16)).to_vec();
    let services = ["x", "y", "z"]
        .map(|n| with(service(n), |s| s.cpu = Some(number(3))))
        .to_vec();
    assert_eq!(
        World::of(sites, vec![], services).refuse(&Rules::default()),
        [
            "E202 there is no room for `z` beside the others | no site is left for it | a: 3vcpu of 4vcpu are taken by `x`, and one replica takes 3vcpu / b: 3vcpu of 4vcpu are taken by `y`, and one replica takes 3vcpu / all sites together have 8vcpu of cpu, and 9vcpu are asked for | give the sites more capacity, ask for fewer replicas, or loosen what stands in the notes"
        ]
    );
}

#[test]
fn a_search_that_gives_up_says_so() {
    // Twenty-five pigeons in twenty-four holes of one and a half: impossible, and not provable in the steps allowed.
    let sites: Vec<Site> = (0..24)
        .map(|i| sized(site(&format!("s{i:02}"), "DE", "o"), 3, 16))
        .collect();
    let services = (0..25)
        .map(|i| with(service(&format!("p{i:02}")), |s| s.cpu = Some(number(2))))
        .collect();
    let refused = World::of(sites, vec![], services).refuse(&Rules::default());
    assert!(
        refused[0].starts_with("E203 no placement was found for `"),
        "{refused:?}"
    );
    assert!(refused[0].contains("and none was proven impossible"), "{refused:?}");
}

#[test]
fn pins_that_do_not_fit_are_told() {
    let mut services = vec![
        with(service("a"), |s| {
            s.cpu = Some(number(6));
            s.at = uses(&["munich"]);
        }),
        with(service("b"), |s| {
            s.cpu = Some(number(6));
            s.at = uses(&["munich"]);
        }),
    ];
    services.push(with(service("c"), |s| {
        s.needs = vec![at("camera".into())];
        s.at = uses(&["dublin"]);
    }));
    let help = "pin it elsewhere, or take the `at` out: the engine then looks for a site";
    assert_eq!(
        World::of(clinic(), vec![], services).refuse(&Rules::default()),
        [
            format!(
                "E204 `b` is pinned at `munich`, where it does not fit | 6vcpu of 8vcpu are taken by `a`, and one replica takes 6vcpu |  | {help}"
            ),
            format!("E204 `c` is pinned at `dublin`, where it does not fit | it does not have `camera` |  | {help}"),
        ]
    );
}

#[test]
fn prices_are_of_one_currency_and_per_what_they_price() {
    let sites = vec![
        priced(site("a", "DE", "o"), "0.05EUR/vcpu/h"),
        priced(site("b", "US", "o"), "0.05USD/vcpu/h"),
    ];
    assert_eq!(
        World::of(sites, vec![], vec![]).refuse(&Rules::default()),
        [
            "E205 prices are in EUR at `a` and in USD at `b` | priced in EUR |  | give all prices in one currency; the engine knows no rates of exchange"
        ]
    );
    let sites = vec![priced(site("a", "DE", "o"), "0.05EUR/GiB/h")];
    assert_eq!(
        World::of(sites, vec![], vec![]).refuse(&Rules::default()),
        [
            "E206 `0.05EUR/GiB/h` is no price of cpu | the price of cpu of this site |  | write an amount per vcpu/h: `0.03EUR/vcpu/h`"
        ]
    );
}

#[test]
fn traffic_that_leaves_a_site_has_its_price() {
    let mut sites = ["a", "b"].map(|n| site(n, "DE", n)).to_vec();
    sites[0]
        .price
        .insert("egress".into(), Quantity::parse("0.02EUR/GiB").unwrap());
    let caller = with(service("caller"), |s| {
        s.at = uses(&["a"]);
        s.calls = vec![call("called", None)];
        // One GiB an hour.
        s.calls[0].traffic = Some(number(8 << 30).div(&number(3600)).unwrap());
    });
    let world = World::of(sites, vec![], vec![caller, service("called")]);
    let placement = world.place(&Rules::default());
    assert_eq!(names(placement.assignment.sites(&svc("called"))), ["a"]);
    let apart = world.place(&Rules::forbid(&[("called", "a")]));
    let cost = apart.cost.unwrap().per_hour;
    assert!(
        cost.sub(&Number::parse("0.02").unwrap()).unwrap().abs() < Number::parse("1e-100").unwrap(),
        "{cost}"
    );
}
