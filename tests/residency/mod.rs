//! Residency through its public face: worlds by hand ([`world`]), what is said about them, and an oracle that works it out the slow way
//! ([`oracle`]).

mod oracle;
mod world;

use situs::base::span::Spanned;
use situs::lang::eval::shape::Alternative::*;
use situs::lang::eval::shape::Mode::*;
use situs::lang::eval::shape::Preposition::{By, From, In, Under, Via};
use situs::lang::eval::shape::*;
use situs::model::assignment::Thing;
use situs::model::residency::{State, legal};

use world::*;

/// examples/quickstart, with triage where it is put.
fn quickstart(triage: &str) -> World {
    World::clinic()
        .dataset("records", "personal.health", &["munich"])
        .dataset("statistics", "operational", &["ashburn"])
        .derive("statistics", "records", Aggregate { min: 20 })
        .service("intake", &[], &["records"], &["munich"])
        .service("triage", &["records"], &["statistics"], &[triage])
        .service("dashboard", &["statistics"], &[], &["ashburn"])
        .call("intake", "triage", Some(&["records"]), None)
        .call("dashboard", "triage", Some(&[]), Some(&["statistics"]))
        .rules(
            "gdpr",
            vec![
                only(&[Store, Process], In, "EEA"),
                unless(only(&[Transit], Via, "EEA"), vec![Sealed]),
                never_compellable("US"),
            ],
        )
        .realises("munich", &["sealing"])
        .realises("ashburn", &["sealing"])
}

/// One personal dataset in Munich and one reader somewhere, under some rules.
fn reader(site: &str, rules: Vec<Rule>) -> World {
    World::clinic()
        .dataset("records", "personal.health", &["munich"])
        .service("triage", &["records"], &[], &[site])
        .rules("gdpr", rules)
}

/// One personal dataset somewhere, under some rules.
fn kept(sites: &[&str], rules: Vec<Rule>) -> World {
    World::clinic()
        .dataset("records", "personal.health", sites)
        .rules("gdpr", rules)
}

fn has(world: &World, state: &str, parts: &[&str]) {
    let verdict = world.verdict();
    let text = text(&verdict);
    assert_eq!(verdict.state.to_string(), state, "{text}");
    for part in parts {
        assert!(text.contains(part), "`{part}` is not in\n{text}");
    }
}

#[test]
fn the_quickstart_is_proved_where_the_law_lets_it_be() {
    let verdict = quickstart("munich").verdict();
    assert_eq!(verdict.state, State::Proved);
    assert!(verdict.findings.is_empty());
    assert_eq!(
        verdict.notes,
        [
            "narrowed  service.dashboard hands nothing to service.triage",
            "narrowed  service.dashboard gets only statistics from service.triage",
            "narrowed  service.intake hands only records to service.triage",
            "derived   statistics from records by aggregate(min 20), asserted by dpo@clinic.example (DPIA-2026-14)",
        ]
    );
}

#[test]
fn a_finding_is_a_path_a_reason_and_a_way_out() {
    let read = text(&quickstart("ashburn").verdict());
    let first = read.split("error[").nth(1).unwrap();
    assert_eq!(
        first.trim_end(),
        "R002]: `records` (personal.health) is processed in US-VA, outside EEA
  at     `gdpr` says: process only in EEA
  and    triage reads records here
  and    triage is put on ashburn here
  and    ashburn lies in US-VA
  path     dataset.records ──reads──▶ service.triage@ashburn
  because  ashburn lies in US-VA
  also     its log stays on the same site (implied: no `logs to`), and holds the same
  help   place triage at munich
  help   let triage read something weaker: `derive NAME from records by aggregate(min N) …`"
    );
}

#[test]
fn the_verdict_in_json_is_what_the_language_says() {
    let json = quickstart("dublin").verdict().to_json();
    let finding = json["findings"]
        .as_array()
        .unwrap()
        .iter()
        .find(|f| f["code"] == "R014")
        .unwrap();
    assert_eq!(json["type"], "verdict");
    assert_eq!(json["verdict"], "violated");
    assert_eq!(json["assumptions"].as_array().map(Vec::len), Some(0));
    assert_eq!(
        finding.to_string(),
        r#"{"code":"R014","residency":"gdpr","mode":"compellable","dataset":"records","site":"dublin","path":["dataset.records","reads","service.triage@dublin"]}"#
    );
}

#[test]
fn labels_stick_along_reads_writes_calls_and_logs() {
    let rules = || vec![only(&[Process], In, "EEA")];
    let base = || reader("munich", rules()).service("sink", &[], &[], &["ashburn"]);
    let called = base().call("triage", "sink", None, None);
    has(
        &called,
        "violated",
        &["path     dataset.records ──reads──▶ service.triage@munich ──calls──▶ service.sink@ashburn"],
    );
    let answered = base().call("sink", "triage", None, None);
    has(
        &answered,
        "violated",
        &["──answers──▶ service.sink@ashburn", "`returns = […]` without records"],
    );
    let logged = base().logs("triage", "sink");
    has(
        &logged,
        "violated",
        &[
            "──logs to──▶ service.sink@ashburn",
            "take `logs to sink` away from triage",
        ],
    );
    let written = base()
        .dataset("notes", "operational", &["munich"])
        .with_service("triage", |s| s.writes.push(used("notes")))
        .with_service("sink", |s| s.reads.push(used("notes")));
    has(
        &written,
        "violated",
        &["──writes──▶ dataset.notes ──reads──▶ service.sink@ashburn"],
    );
    let writer = World::clinic()
        .dataset("records", "personal", &["munich"])
        .service("intake", &[], &["records"], &["ashburn"])
        .rules("gdpr", rules());
    has(
        &writer,
        "violated",
        &["dataset.records ◀──writes── service.intake@ashburn"],
    );
}

#[test]
fn carries_and_returns_narrow_a_call_each_way() {
    let base = || reader("munich", vec![only(&[Process], In, "EEA")]).service("sink", &[], &[], &["ashburn"]);
    assert_eq!(base().call("triage", "sink", Some(&[]), None).state(), "proved");
    assert_eq!(
        base().call("triage", "sink", Some(&["records"]), None).state(),
        "violated"
    );
    assert_eq!(base().call("sink", "triage", None, Some(&[])).state(), "proved");
    assert_eq!(
        base().call("sink", "triage", None, Some(&["records"])).state(),
        "violated"
    );
}

#[test]
fn a_derivation_weakens_only_if_somebody_asserts_it_and_only_as_far_as_the_rule_says() {
    let base = |by: Alternative, rule: Rule| {
        reader("munich", vec![rule])
            .dataset("scores", "operational", &["ashburn"])
            .with_service("triage", |s| s.writes.push(used("scores")))
            .derive("scores", "records", by)
    };
    let plain = || only(&[Store], In, "EEA");
    let with = |alt: Alternative| unless(plain(), vec![alt]);
    assert_eq!(base(Aggregate { min: 20 }, plain()).state(), "proved");
    assert_eq!(base(Anonymous, plain()).state(), "proved");
    assert_eq!(
        base(Aggregate { min: 20 }, with(Aggregate { min: 20 })).state(),
        "proved"
    );
    assert_eq!(base(Aggregate { min: 20 }, with(Anonymous)).state(), "violated");
    has(
        &base(Aggregate { min: 20 }, with(Aggregate { min: 50 })),
        "violated",
        &[
            "R001",
            "as `scores`",
            "aggregate(min 50): no: the derivation does not go that far",
        ],
    );
    let table = |site: Option<&str>| Pseudonymous {
        table_in: None,
        table_at: site.map(used),
    };
    let table_in = |places: &str| Pseudonymous {
        table_in: Some(set(places)),
        table_at: None,
    };
    assert_eq!(base(table(Some("munich")), plain()).state(), "violated");
    assert_eq!(base(table(Some("munich")), with(table_in("EEA"))).state(), "proved");
    assert_eq!(base(table(Some("ashburn")), with(table_in("EEA"))).state(), "violated");
    has(
        &base(table(None), with(table_in("EEA"))),
        "not provable",
        &["missing  nobody says where the table of the pseudonyms in `scores` is kept"],
    );
    let mut unasserted = base(Aggregate { min: 20 }, plain());
    unasserted.shape.derives[0].asserted_by = None;
    has(
        &unasserted,
        "violated",
        &[
            "warning[W042]: this derivation of `scores` weakens nothing",
            "nobody asserts it",
        ],
    );
    let not_weaker = base(Sealed, plain());
    has(&not_weaker, "violated", &["W042", "`by aggregate(min N)`"]);
}

#[test]
fn only_and_never_with_every_preposition() {
    for (rule, munich, dublin, ashburn) in [
        (only(&[Store], In, "EEA"), "proved", "proved", "violated"),
        (never(&[Store], In, "US"), "proved", "proved", "violated"),
        (only(&[Store], Under, "EEA"), "proved", "violated", "violated"),
        (never(&[Store], Under, "US"), "proved", "violated", "violated"),
        (only(&[Manage], From, "EEA"), "proved", "proved", "violated"),
        (only(&[Manage], By, "EEA"), "proved", "violated", "violated"),
        (only(&[Access], From, "EEA"), "proved", "proved", "violated"),
        (never(&[Access], Under, "US"), "proved", "violated", "violated"),
        (never_compellable("US"), "proved", "violated", "violated"),
        (strictly("EEA"), "proved", "proved", "violated"),
    ] {
        let states = ["munich", "dublin", "ashburn"].map(|s| kept(&[s], vec![rule.clone()]).state());
        assert_eq!(states, [munich, dublin, ashburn], "{rule:?}");
    }
    has(
        &kept(&["ashburn"], vec![strictly("EEA")]),
        "violated",
        &["R013", "strictly in EEA"],
    );
    has(
        &kept(&["ashburn"], vec![only(&[Manage], From, "EEA")]),
        "violated",
        &["R005", "──managed from──▶ ashburn"],
    );
    has(
        &kept(&["ashburn"], vec![only(&[Access], From, "EEA")]),
        "violated",
        &["R004", "support (implied"],
    );
    has(
        &kept(&["dublin"], vec![only(&[Store], Under, "EEA")]),
        "violated",
        &[
            "R001",
            "`records` (personal.health) is stored under US law, outside EEA",
            "place records at munich",
        ],
    );
    let transit = |p| reader("ashburn", vec![only(&[Transit], p, "EEA")]);
    has(
        &transit(Via),
        "violated",
        &[
            "R003",
            "travels through US, outside EEA",
            "the link munich -- ashburn crosses US",
        ],
    );
    has(
        &transit(Under),
        "not provable",
        &["does not say who carries it", "write `carrier = …`"],
    );
}

#[test]
fn a_mode_with_a_foreign_preposition_is_never_proved() {
    has(
        &kept(&["munich"], vec![only(&[Store], Via, "EEA")]),
        "not provable",
        &[
            "error[R017]: `store` does not go with `via`",
            "`store` takes in, at or under",
            "write `store only in EEA`",
        ],
    );
}

#[test]
fn what_is_unknown_is_in_no_set() {
    let only_eea = || vec![only(&[Store], In, "EEA")];
    let never_us = || vec![never(&[Store], In, "US")];
    for rules in [only_eea(), never_us()] {
        let world = kept(&["munich"], rules).with_site("munich", |s| s.territories.clear());
        has(
            &world,
            "not provable",
            &[
                "R001",
                "missing  site `munich` does not say where it is (`in`)",
                "write `in = …`",
            ],
        );
    }
    let law = || kept(&["munich"], vec![never(&[Store], Under, "US")]);
    has(
        &law().operator("clinic", None, &[]),
        "not provable",
        &["write `incorporated = …` in operator `clinic`"],
    );
    let owned = law()
        .operator("clinic", Some("DE"), &["fund"])
        .operator("fund", None, &[]);
    has(&owned, "not provable", &["clinic, owned by fund"]);
    has(
        &law().with_site("munich", |s| s.operator = None),
        "not provable",
        &["write `operator = …`"],
    );
    let managed = kept(&["munich"], vec![only(&[Manage], From, "EEA")]).with_site("munich", |s| s.managed_from = None);
    has(
        &managed,
        "not provable",
        &["site `munich` does not say where it is managed from"],
    );
    // What is known and wrong decides, whatever else is unknown.
    let both = kept(&["dublin"], vec![never(&[Store], Under, "US")]).operator("nimbus_eu", None, &["nimbus"]);
    assert_eq!(both.state(), "violated");
}

#[test]
fn a_place_that_is_known_too_coarsely_proves_nothing() {
    let somewhere = |rule| kept(&["spot"], vec![rule]).site("spot", "US", "clinic").state();
    assert_eq!(somewhere(only(&[Store], In, "US-VA")), "not provable");
    assert_eq!(somewhere(never(&[Store], In, "US-VA")), "not provable");
    assert_eq!(somewhere(only(&[Store], In, "US")), "proved");
    let moving = |rule| kept(&["van"], vec![rule]).site("van", "DE, CH", "clinic").state();
    assert_eq!(moving(only(&[Store], In, "EEA")), "violated");
    assert_eq!(moving(only(&[Store], In, "EEA | CH")), "proved");
    assert_eq!(moving(never(&[Store], In, "CH")), "violated");
}

#[test]
fn owners_with_half_or_more_are_in_control() {
    let with = |share: Option<&str>| {
        let mut world = kept(&["dublin"], vec![never(&[Store], Under, "US")]);
        let owner = &mut world.shape.operators.get_mut("nimbus_eu").unwrap().owned_by[0];
        owner.share = share.map(|s| s.parse().unwrap());
        world.state()
    };
    assert_eq!(with(None), "violated");
    assert_eq!(with(Some("0.5")), "violated");
    assert_eq!(with(Some("0.49")), "proved");
}

#[test]
fn selectors_do_not_fail_open() {
    let about = |selector| {
        World::clinic()
            .dataset("records", "", &["ashburn"])
            .with_dataset("records", |d| d.people_in = None)
            .rules_on("gdpr", selector, vec![only(&[Store], In, "EEA")])
    };
    let personal = || Selector::ClassWithin(class("personal"));
    let eea = || Selector::PeopleIn(set("EEA"));
    has(
        &about(Selector::And(vec![personal(), eea()])),
        "not provable",
        &[
            "error[R016]: nobody can say whether residency `gdpr` is about `records`",
            "says nothing about `class` and `people_in`",
            "write `class = …` in dataset `records`",
        ],
    );
    assert_eq!(about(Selector::Not(Box::new(personal()))).state(), "not provable");
    assert_eq!(about(Selector::Or(vec![personal(), Selector::All])).state(), "violated");
    assert_eq!(
        about(Selector::And(vec![personal(), Selector::Named("other".into())])).state(),
        "proved"
    );
    let million = Selector::Volume(Comparison::Gt, 1_000_000_i64.into());
    has(&about(million), "not provable", &["write `volume = …`"]);
}

#[test]
fn classes_match_by_whole_segments_and_people_by_overlap() {
    let about = |of: &str, selector| {
        let world = World::clinic().dataset("records", of, &["ashburn"]);
        world
            .rules_on("gdpr", selector, vec![only(&[Store], In, "EEA")])
            .state()
    };
    let within = |text| Selector::ClassWithin(class(text));
    assert_eq!(about("personal.health", within("personal")), "violated");
    assert_eq!(about("personality", within("personal")), "proved");
    assert_eq!(about("personal", within("personal.health")), "proved");
    assert_eq!(about("personal.health", Selector::ClassIs(class("personal"))), "proved");
    assert_eq!(about("x", Selector::PeopleIn(set("EEA"))), "violated");
    assert_eq!(about("x", Selector::PeopleIn(set("US"))), "proved");
}

#[test]
fn transit_is_what_lies_between_and_only_relays_relay() {
    let rules = || vec![only(&[Transit], Via, "EEA | GB")];
    let base = || {
        World::clinic()
            .site("paris", "FR", "clinic")
            .dataset("records", "personal", &["munich"])
            .service("triage", &["records"], &[], &["paris"])
            .rules("gdpr", rules())
    };
    has(
        &base(),
        "not provable",
        &[
            "no link leads from munich to paris",
            "declare `link munich -- paris { via = […] }`",
        ],
    );
    let direct = || base().link("munich", "paris", Some("DE | FR"), situs_no());
    assert_eq!(direct().state(), "proved");
    assert_eq!(base().link("munich", "paris", None, situs_no()).state(), "not provable");
    // A second way over a site that relays counts too; over one that does not, it does not exist.
    let around = |relays| {
        direct()
            .link("ashburn", "paris", Some("US | FR"), situs_no())
            .with_site("ashburn", |s| s.relays = relays)
    };
    assert_eq!(around(Relays::No).state(), "proved");
    assert_eq!(around(Relays::Yes).state(), "violated");
    // The relay's own territory counts, and its ends do not.
    let over = base()
        .link("munich", "zurich", Some("DE"), situs_no())
        .link("zurich", "paris", Some("FR"), situs_no())
        .site("zurich", "CH", "clinic")
        .with_site("zurich", |s| s.relays = Relays::Yes);
    has(
        &over,
        "violated",
        &["travels through CH, outside EEA | GB", "because  zurich lies in CH"],
    );
}

fn situs_no() -> situs::lang::eval::shape::Sealed {
    situs::lang::eval::shape::Sealed::No
}

#[test]
fn only_what_is_sealed_from_end_to_end_is_sealed() {
    let with = |sealed| {
        let mut world = reader("ashburn", vec![unless(only(&[Transit], Via, "EEA"), vec![Sealed])]);
        world.shape.links[2].sealed = sealed;
        world
    };
    use situs::lang::eval::shape::Sealed as S;
    let sealed = with(S::EndToEnd);
    has(
        &sealed,
        "proved",
        &["assuming the link munich -- ashburn is sealed from end to end (the runtime at munich and ashburn"],
    );
    assert!(
        sealed
            .realises("munich", &["sealing"])
            .realises("ashburn", &["sealing"])
            .verdict()
            .assumptions
            .is_empty()
    );
    has(
        &with(S::Tls),
        "violated",
        &["R003", "seal the link munich -- ashburn: `sealed = e2e`"],
    );
    has(&with(S::No), "violated", &["R003"]);
}

#[test]
fn a_call_may_prescribe_its_route() {
    let routed = |stops: &[&str]| {
        let stops: Vec<Use> = stops.iter().map(|s| used(s)).collect();
        reader("munich", vec![only(&[Transit], Via, "EEA | GB | US")])
            .service("sink", &[], &[], &["ashburn"])
            .call("triage", "sink", None, Some(&[]))
            .with_service("triage", |s| s.calls[0].route = Some(Spanned::new(stops, span())))
            .with_site("dublin", |s| s.relays = Relays::Yes)
            .state()
    };
    assert_eq!(routed(&["munich", "dublin", "ashburn"]), "proved");
    assert_eq!(routed(&["munich", "nowhere", "ashburn"]), "not provable");
    let free = reader("munich", vec![only(&[Transit], Via, "EEA | GB")])
        .service("sink", &[], &[], &["dublin"])
        .call("triage", "sink", None, Some(&[]));
    assert_eq!(free.state(), "proved");
}

#[test]
fn encryption_excuses_ciphertext_and_never_a_reader() {
    let rule = || {
        unless(
            only(&[Store, Process], In, "EEA"),
            vec![encrypted(Some("EEA"), Some("EEA"))],
        )
    };
    let base = |key_site: &str, under: &str| {
        kept(&["ashburn"], vec![rule()])
            .key("k", key_site, under)
            .with_dataset("records", |d| d.encrypted_by = Some(used("k")))
            .realises("ashburn", &["encryption"])
    };
    assert_eq!(base("munich", "").state(), "proved");
    assert_eq!(base("ashburn", "clinic").state(), "violated");
    assert_eq!(base("munich", "nimbus").state(), "violated");
    let clear = kept(&["ashburn"], vec![rule()]).key("k", "munich", "");
    has(
        &clear,
        "violated",
        &[
            "unless   encrypted(keys in EEA under EEA): no: nothing is encrypted here",
            "encrypt records: `encrypted_by = k`",
        ],
    );
    let read = base("munich", "").service("triage", &["records"], &[], &["ashburn"]);
    has(&read, "violated", &["R002", "does not help who reads it in clear"]);
    let unknown = base("munich", "").with_site("munich", |s| s.territories.clear());
    assert_eq!(unknown.state(), "not provable");
    let assumed = base("munich", "").realises("ashburn", &[]);
    has(
        &assumed,
        "proved",
        &["assuming dataset.records is encrypted by k (the runtime at ashburn does not do this)"],
    );
}

#[test]
fn who_holds_the_key_holds_the_data() {
    let base = |under: &str, rule| {
        kept(&["ashburn"], vec![rule])
            .key("k", "munich", under)
            .with_dataset("records", |d| d.encrypted_by = Some(used("k")))
    };
    assert_eq!(base("clinic", never_compellable("US")).state(), "proved");
    has(
        &base("nimbus", never_compellable("US")),
        "violated",
        &[
            "R014",
            "──encrypted by──▶ key.k",
            "key k is held by nimbus, incorporated in US",
        ],
    );
    has(
        &base("nimbus", only(&[Decrypt], Under, "EEA")),
        "violated",
        &["R006", "can be decrypted under US law"],
    );
    let read = base("clinic", only(&[Decrypt], In, "EEA")).service("triage", &["records"], &[], &["ashburn"]);
    has(
        &read,
        "violated",
        &[
            "R006",
            "can be decrypted in US-VA, outside EEA",
            "──reads──▶ service.triage@ashburn",
        ],
    );
    let accepted = |places| {
        let rule = unless(never_compellable("US"), vec![encrypted(Some(places), None)]);
        base("nimbus", rule).state()
    };
    assert_eq!(
        (accepted("EEA").as_str(), accepted("GB").as_str()),
        ("proved", "violated")
    );
}

#[test]
fn backups_and_replicas_are_copies_too() {
    let backup = |to: &[&str]| Backup {
        to: to.iter().map(|s| used(s)).collect(),
        every: None,
        keep: None,
        encrypted_by: None,
        span: span(),
    };
    let base =
        |rule, to: &[&str]| kept(&["munich"], vec![rule]).with_dataset("records", |d| d.backup = Some(backup(to)));
    let rule = || only(&[Store], In, "EEA");
    assert_eq!(base(rule(), &[]).state(), "proved");
    has(
        &base(rule(), &["ashburn"]),
        "violated",
        &[
            "a backup of `records`",
            "──backup──▶ ashburn",
            "place the backups of records at dublin or munich",
        ],
    );
    has(
        &base(only(&[Transit], Via, "EEA"), &["ashburn"]),
        "violated",
        &["dataset.records@munich ──backup──▶ ashburn"],
    );
    let of_primary = || only_kind(Store, Kind::Primary, "DE");
    assert_eq!(kept(&["munich", "ashburn"], vec![of_primary()]).state(), "proved");
    assert_eq!(kept(&["ashburn", "munich"], vec![of_primary()]).state(), "violated");
    let far = kept(&["munich", "ashburn"], vec![only(&[Transit], Via, "EEA")]);
    has(&far, "violated", &["dataset.records@munich ──replica──▶ ashburn"]);
    has(
        &far,
        "violated",
        &["assuming dataset.records is replicated to ashburn and munich"],
    );
}

#[test]
fn support_and_the_people_served_have_access() {
    let rules = || vec![only(&[Access], From, "EEA")];
    let support = |whence: Whence| {
        kept(&["munich"], rules()).with_site("munich", |s| s.support_from = vec![Spanned::new(whence, span())])
    };
    has(
        &support(Whence::Places(set("IE | IN"))),
        "violated",
        &["R004", "can be reached from IN, outside EEA"],
    );
    assert_eq!(support(Whence::Site("dublin".into())).state(), "proved");
    let serves = |places: &str| {
        reader("munich", rules())
            .population("patients", places)
            .with_service("triage", |s| {
                s.serves.push(Serves {
                    population: used("patients"),
                    within: None,
                    port: None,
                    span: span(),
                });
            })
    };
    assert_eq!(serves("DE").state(), "proved");
    has(
        &serves("CH"),
        "violated",
        &["──serves──▶ population.patients", "patients are in CH"],
    );
}

#[test]
fn only_holds_for_every_site_that_failover_may_choose() {
    let within = |places: &str, rule: &str| {
        reader("munich", vec![only(&[Process], In, rule)])
            .with_service("triage", |s| s.failover = Some(Spanned::new(set(places), span())))
    };
    assert_eq!(within("EEA", "EEA").state(), "proved");
    has(
        &within("EEA | US", "EEA"),
        "violated",
        &[
            "service.triage@munich ──failover──▶ service.triage@ashburn",
            "narrow `failover within` of triage",
        ],
    );
    let needy =
        within("EEA | US", "EEA").with_service("triage", |s| s.needs.push(Spanned::new("camera".into(), span())));
    assert_eq!(needy.state(), "proved");
}

#[test]
fn at_least_counts_distinct_copies() {
    let rule = |count, kinds: &[Kind]| {
        rule(RuleKind::AtLeast {
            count,
            kinds: kinds.to_vec(),
            places: set("EEA"),
            written: "EEA".into(),
        })
    };
    assert_eq!(kept(&["munich", "dublin"], vec![rule(2, &[])]).state(), "proved");
    assert_eq!(kept(&["munich", "munich"], vec![rule(2, &[])]).state(), "violated");
    assert_eq!(
        kept(&["munich", "dublin"], vec![rule(2, &[Kind::Replica])]).state(),
        "violated"
    );
    has(
        &kept(&["munich", "ashburn"], vec![rule(2, &[])]),
        "violated",
        &[
            "error[R010]: `records` (personal.health) has 1 copy in EEA, and at least 2",
            "place copies at dublin and munich",
        ],
    );
    let unknown = kept(&["munich", "dublin"], vec![rule(2, &[])]).with_site("dublin", |s| s.territories.clear());
    assert_eq!(unknown.state(), "not provable");
}

#[test]
fn collect_first_wants_a_first_copy_on_every_way_out() {
    let rule = || {
        rule(RuleKind::CollectFirst {
            places: set("DE"),
            written: "DE".into(),
        })
    };
    let base = |copies: &[&str]| {
        kept(copies, vec![rule()])
            .with_dataset("records", |d| d.collected_at.push(used("munich")))
            .service("intake", &[], &["records"], &["munich"])
            .service("triage", &["records"], &[], &["ashburn"])
    };
    assert_eq!(base(&["munich", "ashburn"]).state(), "proved");
    has(
        &base(&["ashburn"]),
        "violated",
        &["error[R011]: the first copy of `records` (personal.health) is at ashburn"],
    );
    let around = base(&["munich"]).call("intake", "triage", Some(&["records"]), None);
    has(
        &around,
        "violated",
        &[
            "is kept at ashburn before it is kept in DE",
            "service.intake ──calls──▶ service.triage",
        ],
    );
    let unsaid = base(&["munich"]).with_dataset("records", |d| d.collected_at.clear());
    has(
        &unsaid,
        "not provable",
        &["write `collected at SITE` in dataset `records`"],
    );
}

#[test]
fn keep_is_proved_by_the_attribute_of_its_name() {
    let rule = |bound, places: Option<&str>| {
        rule(RuleKind::Keep {
            bound,
            millis: 3_600_000,
            places: places.map(set),
        })
    };
    let with =
        |keep, bound, places| kept(&["munich"], vec![rule(bound, places)]).with_dataset("records", |d| d.keep = keep);
    assert_eq!(with(Some(60_000), Bound::AtMost, None).state(), "proved");
    has(
        &with(Some(7_200_000), Bound::AtMost, None),
        "violated",
        &["R012", "keep at most 1h", "is kept for 2h"],
    );
    has(
        &with(None, Bound::AtMost, None),
        "not provable",
        &["for how long the data itself is kept is not said"],
    );
    assert_eq!(with(Some(7_200_000), Bound::AtLeast, Some("DE")).state(), "proved");
    assert_eq!(with(Some(7_200_000), Bound::AtLeast, Some("US")).state(), "violated");
    assert_eq!(with(Some(7_200_000), Bound::AtMost, Some("US")).state(), "proved");
    let transient = |keep| {
        let rule = unless(only(&[Store], In, "EEA"), vec![Transient { millis: 3_600_000 }]);
        kept(&["ashburn"], vec![rule])
            .with_dataset("records", |d| d.keep = keep)
            .state()
    };
    assert_eq!(transient(Some(60_000)), "proved");
    assert_eq!(transient(Some(7_200_000)), "violated");
    assert_eq!(transient(None), "not provable");
}

#[test]
fn what_is_not_checked_is_not_proved_and_what_nothing_covers_is_not_covered() {
    let unchecked = rule(RuleKind::Unchecked {
        words: "purpose only care".into(),
    });
    has(
        &kept(&["munich"], vec![unchecked]),
        "not provable",
        &["error[R015]: `purpose only care` is not checked yet, so it is not proved for `records`"],
    );
    for alternative in [CoveredBy(vec!["scc".into(), "bcr".into()]), Tee] {
        let rule = unless(only(&[Store], In, "EEA"), vec![alternative]);
        has(&kept(&["ashburn"], vec![rule]), "violated", &["unless   "]);
    }
}

#[test]
fn two_rules_that_nothing_satisfies_are_one_finding() {
    let world = kept(&["munich"], vec![only(&[Store], In, "DE"), only(&[Store], In, "FR")]);
    let (state, said) = world.said();
    assert_eq!(state, "violated");
    assert_eq!(
        said,
        [
            "R018 - no place on earth satisfies both `store only in DE` and `store only in FR` for `records` (personal.health)"
        ]
    );
    let never = kept(&["munich"], vec![only(&[Store], In, "DE"), never(&[Store], In, "EEA")]);
    has(&never, "violated", &["R018"]);
    assert_eq!(
        kept(
            &["munich"],
            vec![only(&[Store], In, "DE | FR"), only(&[Store], In, "DE | IE")]
        )
        .state(),
        "proved"
    );
}

#[test]
fn an_empty_placement_proves_nothing() {
    has(&reader("munich", vec![]), "proved", &[]);
    let mut world = reader("munich", vec![only(&[Store], In, "EEA")]);
    world.assignment.services.clear();
    has(
        &world,
        "not provable",
        &["error[R019]: service.triage holds `records` and is on no site"],
    );
}

#[test]
fn lints_name_what_no_rule_speaks_of() {
    let world = kept(
        &["munich"],
        vec![
            only(&[Store, Process, Transit], In, "EEA"),
            only(&[Manage], From, "EEA"),
        ],
    );
    has(
        &world,
        "not provable",
        &["warning[W040]: `access` unconstrained: `records` may be reached from anywhere"],
    );
    let idle = kept(&["munich"], vec![]).rules_on("ru", Selector::PeopleIn(set("RU")), vec![strictly("RU")]);
    has(&idle, "proved", &["warning[W041]: residency `ru` is about no dataset"]);
    let kinds = kept(&["munich", "dublin"], vec![only_kind(Store, Kind::Primary, "EEA")]);
    has(
        &kinds,
        "proved",
        &["`replica`, `process`, `transit`, `access` and `manage` unconstrained"],
    );
    assert!(kept(&["munich"], vec![strictly("EEA")]).verdict().lints.is_empty());
    let none = World::clinic().dataset("records", "personal", &["munich"]);
    assert!(none.verdict().lints.is_empty());
}

#[test]
fn placement_learns_what_is_legal_and_why_not() {
    let legal = legal(&quickstart("munich").shape);
    let triage = Thing::Service("triage".into());
    assert!(legal.site(&triage, &"munich".into()).is_empty());
    let words: Vec<&str> = legal
        .site(&triage, &"dublin".into())
        .iter()
        .map(|r| r.words.as_str())
        .collect();
    assert_eq!(
        words,
        [
            "residency `gdpr` says of `records`: never compellable by US; dublin is operated by nimbus_eu, owned by nimbus, incorporated in US"
        ]
    );
    assert_eq!(legal.site(&triage, &"ashburn".into()).len(), 2);
    assert!(
        legal
            .site(&Thing::Service("dashboard".into()), &"ashburn".into())
            .is_empty()
    );
    let pair = |a: &str, b: &str| legal.pair(&"intake".into(), &"triage".into(), &a.into(), &b.into());
    assert!(pair("munich", "munich") && pair("munich", "ashburn"));
    assert!(!pair("munich", "dublin") && !pair("dublin", "munich"));
    let records = Thing::Dataset("records".into());
    assert!(!legal.between(&triage, &records, &"dublin".into(), &"munich".into()));
    assert!(legal.between(
        &triage,
        &Thing::Dataset("statistics".into()),
        &"munich".into(),
        &"dublin".into()
    ));
}

#[test]
fn placement_learns_of_first_copies_and_quotas() {
    let least = rule(RuleKind::AtLeast {
        count: 2,
        kinds: vec![],
        places: set("EEA"),
        written: "EEA".into(),
    });
    let world = kept(
        &["munich", "ashburn"],
        vec![only_kind(Store, Kind::Primary, "DE"), least],
    );
    let legal = legal(&world.shape);
    let records = Thing::Dataset("records".into());
    assert!(legal.site(&records, &"ashburn".into()).is_empty());
    assert!(!legal.primary(&"records".into(), &"ashburn".into()).is_empty());
    assert!(legal.primary(&"records".into(), &"munich".into()).is_empty());
    let quota = &legal.quotas(&"records".into())[0];
    assert_eq!((quota.count, quota.sites.len()), (2, 2));
}

#[test]
fn a_thousand_services_on_a_hundred_sites() {
    let mut world = World::clinic();
    for n in 0..100 {
        let country = ["DE", "FR", "US-VA", "IE", "BR"][n % 5];
        world = world.site(&format!("s{n}"), country, ["clinic", "nimbus", "nimbus_eu"][n % 3]);
        world = world.link(
            &format!("s{n}"),
            &format!("s{}", (n + 99) % 100),
            Some("DE"),
            situs_no(),
        );
    }
    for n in 0..50 {
        world = world.dataset(&format!("d{n}"), "personal", &["s0"]);
    }
    for n in 0..1000 {
        let data = format!("d{}", n % 50);
        world = world.service(&format!("v{n}"), &[&data], &[], &["s0"]);
        if n > 0 {
            world = world.call(&format!("v{n}"), &format!("v{}", n / 2), None, None);
        }
    }
    let rules = vec![
        only(&[Store, Process], In, "EEA"),
        unless(only(&[Transit], Via, "EEA"), vec![Sealed]),
        never_compellable("US"),
        only(&[Access, Manage], From, "EEA"),
    ];
    let world = world.rules("gdpr", rules);
    let found = legal(&world.shape);
    assert_eq!(world.state(), "proved");
    assert!(!found.site(&Thing::Service("v7".into()), &"s2".into()).is_empty());
    assert!(found.site(&Thing::Service("v7".into()), &"s0".into()).is_empty());
}
