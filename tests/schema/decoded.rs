//! What is right is in the shape.

use situs::base::geo::{self, PlaceSet};
use situs::lang::config::blocks;
use situs::lang::eval::shape::{
    Alternative, Bound, Class, Comparison, Dimension, Goal, HealthKind, Kind, Mode, Polarity, Preposition, Relays,
    RuleKind, Sealed, Selector, SiteKind, Strength, Use, Whence,
};
use situs::lang::schema::{Block, Default};
use situs_value::Number;

use super::{messages, read, shape};

fn places(names: &[&str]) -> PlaceSet {
    names
        .iter()
        .fold(PlaceSet::empty(), |set, n| set.union(&geo::lookup(n).unwrap().set()))
}

fn class(text: &str) -> Class {
    Class(text.split('.').map(Into::into).collect())
}

fn names(uses: &[Use]) -> Vec<&str> {
    uses.iter().map(|u| &*u.value).collect()
}

fn number(n: i64) -> Option<Number> {
    Some(Number::from(n))
}

#[test]
fn the_quickstart_decodes_wholly() {
    let shape = shape(include_str!("../../examples/quickstart/clinic.situs"));
    assert_eq!(
        shape.operators.keys().map(|n| &**n).collect::<Vec<_>>(),
        ["clinic", "nimbus", "nimbus_eu"]
    );
    assert_eq!(shape.operators["nimbus_eu"].owned_by[0].operator.value, "nimbus".into());
    let munich = &shape.sites["munich"];
    assert_eq!(
        (munich.kind, munich.at.unwrap().longitude),
        (SiteKind::Datacenter, 11_580_000)
    );
    assert_eq!(
        munich.managed_from.as_ref().unwrap().value,
        Whence::Site("munich".into())
    );
    assert_eq!(munich.capacity.get("cpu"), number(8).as_ref());
    assert_eq!(munich.capacity.get("memory"), number(32 << 30).as_ref());
    assert_eq!(munich.price["cpu"].to_string(), "0.05EUR/vcpu/h");
    assert_eq!(shape.sites["dublin"].at.unwrap().longitude, -6_260_000);
    assert_eq!(shape.links.len(), 3);
    assert_eq!(
        (shape.links[2].sealed, shape.links[0].sealed),
        (Sealed::EndToEnd, Sealed::No)
    );
    assert_eq!(shape.links[1].via.as_ref().unwrap().value, places(&["IE", "US"]));
    let records = &shape.datasets["records"];
    assert_eq!(records.class.as_ref().unwrap().value, class("personal.health"));
    assert_eq!(
        (names(&records.at), names(&records.collected_at), records.replicas),
        (vec!["munich"], vec!["munich"], 1)
    );
    assert_eq!(shape.derives[0].by.value, Alternative::Aggregate { min: 20 });
    assert_eq!(
        &*shape.derives[0].asserted_by.as_ref().unwrap().value,
        "dpo@clinic.example"
    );
    let intake = &shape.services["intake"];
    assert_eq!(
        (names(&intake.writes), names(&intake.at)),
        (vec!["records"], vec!["munich"])
    );
    let call = &intake.calls[0];
    assert_eq!(
        (&*call.service.value, call.within.as_ref().unwrap().value),
        ("triage", 300)
    );
    assert_eq!(names(&call.carries.as_ref().unwrap().value), ["records"]);
    assert_eq!((&*intake.ports[0].name, intake.ports[0].number), ("http", Some(8701)));
    let health = intake.health.as_ref().unwrap();
    assert_eq!(
        (health.kind, &*health.path, health.every, health.timeout),
        (HealthKind::Http, "/healthz", 10_000, 2_000)
    );
    let dashboard = &shape.services["dashboard"];
    assert_eq!(
        dashboard.late.keys().map(|n| &**n).collect::<Vec<_>>(),
        ["command", "env"]
    );
    assert!(dashboard.calls[0].carries.as_ref().unwrap().value.is_empty());
    let gdpr = &shape.residencies["gdpr"];
    let both = [
        Selector::ClassWithin(class("personal")),
        Selector::PeopleIn(places(&["EEA"])),
    ];
    assert_eq!(gdpr.selector, Selector::And(both.into()));
    let RuleKind::Restrict {
        modes,
        polarity,
        preposition,
        written,
        ..
    } = &gdpr.rules[0].kind
    else {
        panic!()
    };
    assert_eq!(modes, &[Mode::Store, Mode::Process]);
    assert_eq!(
        (*polarity, *preposition, &**written),
        (Polarity::Only, Preposition::In, "EEA")
    );
    assert_eq!(gdpr.rules[1].unless[0].value, Alternative::Sealed);
    assert!(matches!(&gdpr.rules[3].kind, RuleKind::NeverCompellable { places: p, .. } if *p == places(&["US"])));
}

/// What the reference says is declared like the ones shown.
const BESIDE: &str = "
operator obs_inc { incorporated = US }
site dublin { in = IE, operator = aws_emea }
site munich { in = DE-BY, operator = clinic }
site par3 { in = FR, operator = clinic }
site us_dr { in = US, operator = amazon }
site iad1 { in = US-VA, operator = amazon }
dataset scores { class = personal }
service loki { image = \"loki\" }
";

#[test]
fn the_language_by_example_decodes_but_for_what_comes_later() {
    let text = format!("{}{BESIDE}", include_str!("../syntax/language.situs"));
    let later: Vec<String> = messages(&text)
        .into_iter()
        .map(|m| m.split(" | ").next().unwrap().to_owned())
        .collect();
    assert_eq!(
        later,
        [
            "E056 21:3 `offline_up_to` is not supported yet",
            "E056 70:1 `instrument` is not supported yet",
            "E056 83:1 `exception` is not supported yet",
            "E056 86:1 `rollout` is not supported yet",
        ]
    );
    let shape = read(&text).0;
    let ward7 = &shape.sites["ward7"];
    assert_eq!((ward7.kind, ward7.relays), (SiteKind::Edge, Relays::No));
    assert!(ward7.traits.contains("gpu:l4"));
    let runtime = ward7.runtime.as_ref().unwrap();
    assert_eq!(
        (&*runtime.name.value, runtime.settings.as_ref().unwrap().items.len()),
        ("host", 2)
    );
    let link = &shape.links[0];
    assert_eq!(
        (link.latency, &link.bandwidth, link.sealed),
        (Some(90), &number(200_000_000), Sealed::Tls)
    );
    assert_eq!(&*link.carrier.as_ref().unwrap().value, "clinic");
    assert_eq!(shape.populations["patients_de"].users, number(400_000));
    assert_eq!(&*shape.keys["k_eu"].under.as_ref().unwrap().value, "clinic");
    let records = &shape.datasets["records"];
    assert_eq!((records.replicas, &records.size), (2, &number(800 << 30)));
    assert_eq!(
        (&records.spread[0].across, records.spread[0].strength),
        (&Dimension::Operator, Strength::Hard)
    );
    let backup = records.backup.as_ref().unwrap();
    assert_eq!(
        (backup.every, backup.keep, names(&backup.to)),
        (Some(86_400_000), Some(2_592_000_000), vec!["munich"])
    );
    let intake = &shape.services["intake"];
    assert_eq!(
        (&*intake.needs[0].value, names(&intake.logs_to)),
        ("camera", vec!["loki"])
    );
    assert_eq!(
        (
            intake.serves[0].port.as_ref().map(|p| p.value),
            intake.serves[0].within.as_ref().unwrap().value
        ),
        (Some(8443), 300)
    );
    assert_eq!(
        (&*intake.secrets[0].0.value, &intake.calls[0].traffic),
        ("TOKEN", &number(20_000_000))
    );
    let triage = &shape.services["triage"];
    let across: Vec<&Dimension> = triage.spread.iter().map(|s| &s.across).collect();
    assert_eq!(across, [&Dimension::Operator, &Dimension::Country]);
    assert_eq!(triage.failover.as_ref().unwrap().value, places(&["EEA"]));
    assert!(
        matches!(&shape.derives[0].by.value, Alternative::Pseudonymous { table_at: Some(site), .. } if &*site.value == "munich")
    );
    let covered = Alternative::CoveredBy(vec!["scc".into(), "bcr".into()]);
    assert_eq!(shape.residencies["gdpr"].rules[0].unless[0].value, covered);
    let accepted: Vec<_> = shape.residencies["schrems"].rules[0]
        .unless
        .iter()
        .map(|a| a.value.clone())
        .collect();
    let eea = Some(places(&["EEA"]));
    let encrypted = Alternative::Encrypted {
        keys_in: eea.clone(),
        keys_under: eea.clone(),
    };
    assert_eq!(
        accepted,
        [
            encrypted,
            Alternative::Pseudonymous {
                table_in: eea,
                table_at: None
            }
        ]
    );
    assert_eq!(shape.objective.minimize, [Goal::Cost, Goal::Latency]);
    assert_eq!(shape.objective.move_price.as_ref().unwrap().to_string(), "10EUR");
}

/// The kind of the one rule of a block.
fn rule(text: &str) -> RuleKind {
    let shape = shape(&format!("site munich {{ }}\nresidency r on dataset {{\n{text}\n}}\n"));
    shape.residencies["r"].rules[0].kind.clone()
}

#[test]
fn every_form_of_a_rule_is_read() {
    let eu = places(&["EU"]);
    assert_eq!(
        rule("store, process of backup, log never under US | CN"),
        RuleKind::Restrict {
            modes: vec![Mode::Store, Mode::Process],
            kinds: vec![Kind::Backup, Kind::Log],
            polarity: Polarity::Never,
            preposition: Preposition::Under,
            places: places(&["US", "CN"]),
            written: "US | CN".into(),
        }
    );
    assert_eq!(
        rule("store at least 2 of replica in EU"),
        RuleKind::AtLeast {
            count: 2,
            kinds: vec![Kind::Replica],
            places: eu.clone(),
            written: "EU".into()
        }
    );
    assert_eq!(
        rule("collect first in DE"),
        RuleKind::CollectFirst {
            places: places(&["DE"]),
            written: "DE".into()
        }
    );
    assert_eq!(
        rule("strictly in EU"),
        RuleKind::Strictly {
            places: eu.clone(),
            written: "EU".into()
        }
    );
    assert_eq!(
        rule("keep at most 72h"),
        RuleKind::Keep {
            bound: Bound::AtMost,
            millis: 259_200_000,
            places: None
        }
    );
    assert_eq!(
        rule("keep at least 24h in EU"),
        RuleKind::Keep {
            bound: Bound::AtLeast,
            millis: 86_400_000,
            places: Some(eu)
        }
    );
    for words in [
        "purpose only care, billing",
        "access only by persons resident in EU",
        "access only by persons citizens of DE, FR",
        "store only at munich",
    ] {
        assert_eq!(rule(words), RuleKind::Unchecked { words: words.into() });
    }
    for words in [
        "access only by EU",
        "manage never from CN",
        "transit only under EU",
        "decrypt only at DE",
    ] {
        assert!(matches!(rule(words), RuleKind::Restrict { .. }), "{words}");
    }
}

fn set(text: &str) -> PlaceSet {
    match rule(&format!("store only in {text}")) {
        RuleKind::Restrict { places, .. } => places,
        other => panic!("{other:?}"),
    }
}

#[test]
fn places_have_an_algebra() {
    let (eu, de, ch) = (places(&["EU"]), places(&["DE"]), places(&["CH"]));
    assert_eq!(set("EU | CH"), eu.union(&ch));
    assert_eq!(set("EU, CH"), eu.union(&ch));
    assert_eq!(set("[EU, CH]"), eu.union(&ch));
    assert_eq!(set("EU - DE"), eu.difference(&de));
    assert_eq!(set("CH | EU & DE"), ch.union(&de));
    assert_eq!(set("(CH | EU) & DE"), de);
    assert_eq!(set("EU - DE | DE-BY"), eu.difference(&de).union(&places(&["DE-BY"])));
    assert_eq!(set("var.places"), places(&["DE", "FR"]));
    let text = "jurisdiction home { places = dach - CH }\njurisdiction dach { places = [DE, AT, CH] }\n\
                population p { in = jurisdiction.home | FR }\n";
    assert_eq!(shape(text).populations["p"].places, places(&["DE", "AT", "FR"]));
}

fn selector(text: &str) -> Selector {
    shape(&format!("dataset records {{ }}\nresidency r on {text} {{ }}\n")).residencies["r"]
        .selector
        .clone()
}

#[test]
fn conditions_bind_as_the_reference_says() {
    let personal = || Selector::ClassWithin(class("personal"));
    let people = |names: &[&str]| Selector::PeopleIn(places(names));
    let not = |s: Selector| Selector::Not(Box::new(s));
    let cases = [
        ("dataset", Selector::All),
        ("records", Selector::Named("records".into())),
        ("dataset.records", Selector::Named("records".into())),
        ("dataset where class <= personal", personal()),
        (
            "dataset where class == personal.health",
            Selector::ClassIs(class("personal.health")),
        ),
        (
            "dataset where class <= var.class",
            Selector::ClassWithin(class("personal.health")),
        ),
        ("dataset where name == \"records\"", Selector::Named("records".into())),
        (
            "dataset where volume > 1M",
            Selector::Volume(Comparison::Gt, Number::from(1_000_000_i64)),
        ),
        ("dataset where people_in & EU & DE", people(&["DE"])),
        ("dataset where people_in & (DE | FR)", people(&["DE", "FR"])),
        ("dataset where people_in & [DE, FR]", people(&["DE", "FR"])),
        (
            "dataset where people_in - EEA",
            Selector::PeopleIn(PlaceSet::all().difference(&places(&["EEA"]))),
        ),
        (
            "dataset where people_in <= EEA",
            not(Selector::PeopleIn(PlaceSet::all().difference(&places(&["EEA"])))),
        ),
        (
            "dataset where class <= personal & people_in & DE",
            Selector::And(vec![personal(), people(&["DE"])]),
        ),
        (
            "dataset where people_in & DE & class <= personal",
            Selector::And(vec![people(&["DE"]), personal()]),
        ),
        (
            "dataset where not class <= personal and people_in & DE or people_in & FR",
            Selector::Or(vec![
                Selector::And(vec![not(personal()), people(&["DE"])]),
                people(&["FR"]),
            ]),
        ),
        (
            "dataset where ! (class <= personal && people_in & DE) || people_in & FR",
            Selector::Or(vec![
                not(Selector::And(vec![personal(), people(&["DE"])])),
                people(&["FR"]),
            ]),
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(selector(text), expected, "{text}");
    }
}

#[test]
fn values_come_from_variables_and_choices() {
    let shape = shape(
        "operator o { incorporated = var.eu ? DE : US, owned_by = [{ operator = p, share = 49% }] }\n\
         operator p { }\n\
         site munich { operator = operator.o, in = [DE, CH], support_from = [munich, IN | IE], relays = true }\n\
         site dublin { }\n\
         key k { held_at = var.home }\n\
         dataset d { people_in = var.eu ? EEA : US, class = var.class, size = var.size\n at site.dublin }\n\
         service s {\n  restart = always\n  replicas = 2 + 1\n  cpu = 2 * 500mvcpu\n  at var.home, dublin\n  \
         spread across site.labels.rack soft\n}\n",
    );
    assert_eq!(shape.operators["o"].incorporated.as_ref().unwrap().value.code(), "DE");
    assert_eq!(
        shape.operators["o"].owned_by[0].share,
        Some(Number::parse("0.49").unwrap())
    );
    let munich = &shape.sites["munich"];
    assert_eq!((munich.territories.len(), munich.relays), (2, Relays::Yes));
    assert_eq!(munich.support_from[0].value, Whence::Site("munich".into()));
    assert_eq!(munich.support_from[1].value, Whence::Places(places(&["IN", "IE"])));
    assert_eq!(&*shape.keys["k"].held_at.as_ref().unwrap().value, "munich");
    assert_eq!(shape.datasets["d"].size, number(4 << 30));
    let service = &shape.services["s"];
    assert_eq!(
        (service.replicas, &service.cpu, names(&service.at)),
        (3, &number(1), vec!["munich", "dublin"])
    );
    assert_eq!(service.late["restart"].as_text(), Some("always"));
    assert_eq!(
        (&service.spread[0].across, service.spread[0].strength),
        (&Dimension::Label("rack".into()), Strength::Soft)
    );
}

/// Every default is one that its type takes, and every description ends without a full stop.
#[test]
fn the_schema_keeps_its_own_rules() {
    fn walk(block: &Block, seen: &mut Vec<String>) {
        assert!(!block.about.is_empty() && !block.about.ends_with('.'), "{}", block.word);
        assert!(block.usage.starts_with(block.word), "{}", block.usage);
        for attribute in block.body.attributes {
            assert!(
                !attribute.about.is_empty() && !attribute.about.ends_with('.'),
                "{}",
                attribute.name
            );
            if let Default::Is(text) = attribute.default {
                seen.push(format!("{}.{} = {text}", block.word, attribute.name));
            }
        }
        block.body.blocks.iter().for_each(|inner| walk(inner, seen));
    }
    let mut defaults = Vec::new();
    blocks::KINDS.iter().for_each(|kind| walk(&kind.block, &mut defaults));
    assert_eq!(
        defaults,
        [
            "site.kind = datacenter",
            "site.relays = false",
            "dataset.replicas = 1",
            "service.replicas = 1",
            "port.number = auto",
            "health.path = \"/\"",
            "health.every = 10s",
            "health.timeout = 2s",
            "health.within = 30s",
            "variable.sensitive = false",
            "variable.nullable = true",
            "variable.ephemeral = false",
            "output.sensitive = false",
            "output.ephemeral = false",
            "lifecycle.destroy = true",
            "backend.path = \".situs/state.db\"",
            "backend.workspaces = \".situs/workspaces\"",
        ]
    );
    let words: Vec<&str> = blocks::KINDS.iter().map(|kind| kind.block.word).collect();
    let distinct: std::collections::BTreeSet<&&str> = words.iter().collect();
    assert_eq!(distinct.len(), words.len());
}

#[test]
fn long_chains_do_not_overflow() {
    let places = vec!["DE"; 3_000].join(" | ");
    let nots = "not ".repeat(20_000);
    let text = format!(
        "population p {{ in = {places} }}\nresidency r on dataset where {nots} class <= personal {{\n  store only in {places} | ({places})\n}}\n"
    );
    assert_eq!(messages(&text), Vec::<String>::new());
}
