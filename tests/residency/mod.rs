//! Residency through its public face: worlds by hand, what is said about them, and an oracle that works it out the slow way.

mod world;

use situs::lang::eval::shape::Alternative::*;
use situs::lang::eval::shape::Mode::*;
use situs::lang::eval::shape::Preposition::{In, Under, Via};
use situs::lang::eval::shape::*;
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

#[test]
fn show() {
    for site in ["munich", "dublin", "ashburn"] {
        println!("{}\n", text(&quickstart(site).verdict()));
    }
}
