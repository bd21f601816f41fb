//! From nothing to services on three sites, through changes, and back to nothing.

use std::path::Path;

use super::world::{World, copy, get, ran, until};

#[test]
fn a_clinic_comes_to_life_and_goes() {
    let world = World::clinic();
    world.run(&["init"]).expect(0);
    world.run(&["validate"]).expect(0).says("Success!");
    world.run(&["fmt", "-check"]).expect(0);
    world.run(&["plan", "-detailed-exitcode"]).expect(2).says("proved");
    assert!(world.running().is_empty());

    world.answer(&["apply"], "no\n").expect(1);
    assert!(world.running().is_empty());
    world
        .answer(&["apply"], "yes\n")
        .expect(0)
        .says("Apply complete! Resources:")
        .says("0 changed, 0 destroyed.");
    assert_eq!(world.running(), ["dashboard@ashburn", "intake@munich", "triage@munich"]);

    let address = world.run(&["output", "-raw", "dashboard"]).expect(0).out;
    assert!(get(address.trim(), "/").contains("dashboard on ashburn"), "{address}");
    world
        .run(&["plan", "-detailed-exitcode"])
        .expect(0)
        .says("No changes. Your infrastructure matches the configuration.");
    world.run(&["show"]).expect(0).says("service.triage@munich");
    let listed = world.run(&["state", "list"]).expect(0).out;
    let process = listed
        .lines()
        .find(|l| l.starts_with("service.triage@munich.local_process"))
        .unwrap()
        .to_owned();
    world.run(&["state", "show", &process]).expect(0).says("pid");
    world
        .run(&["logs", "triage"])
        .expect(0)
        .says("triage on munich listens");
    world.run(&["graph"]).expect(0).says("digraph").says("triage");
    world
        .run(&["graph", "-type=mermaid"])
        .expect(0)
        .says("flowchart")
        .says("triage");
    world.run(&["why", "service.triage"]).expect(0).says("munich");
    world.run(&["why", "service.triage@dublin"]).expect(0).says("US");

    world
        .run(&["destroy", "-auto-approve"])
        .expect(0)
        .says("Destroy complete! Resources:");
    assert!(world.running().is_empty());
    world.run(&["state", "list"]).expect(0).does_not_say("service.");
}

#[test]
fn a_killed_service_is_drift_and_only_that_is_repaired() {
    let world = World::clinic();
    world.apply().expect(0);
    let before = world.services();
    world.stop_for_good("triage@munich");
    world
        .run(&["plan", "-detailed-exitcode"])
        .expect(2)
        .says("service.triage@munich.local_process")
        .does_not_say("service.intake@munich.local_process.main will");
    world.apply().expect(0);
    let after = world.services();
    let same = |name: &str| {
        let pid = |list: &[(String, u32)]| list.iter().find(|(n, _)| n == name).map(|(_, pid)| *pid);
        assert_eq!(pid(&before), pid(&after), "{name} was touched");
    };
    same("intake@munich");
    same("dashboard@ashburn");
    assert_eq!(world.running(), ["dashboard@ashburn", "intake@munich", "triage@munich"]);
}

#[test]
fn edits_change_what_they_say() {
    let world = World::clinic();
    world.apply().expect(0);
    world.edit("TITLE = \"Beds\"", "TITLE = \"Free beds\"");
    world
        .run(&["plan"])
        .expect(0)
        .says("Free beds")
        .says("Plan: 0 to add, 1 to change, 0 to destroy.");
    world.apply().expect(0);
    let address = world.run(&["output", "-raw", "dashboard"]).expect(0).out;
    assert!(get(address.trim(), "/").contains("Free beds"));

    world.edit("service triage {", "service triage {\n  replicas = 2");
    world.apply().expect(0);
    assert_eq!(
        world.running(),
        ["dashboard@ashburn", "intake@munich", "triage@munich", "triage@munich"]
    );
    world.edit("service triage {\n  replicas = 2", "service triage {");
    world.apply().expect(0);
    assert_eq!(world.running(), ["dashboard@ashburn", "intake@munich", "triage@munich"]);
    world.run(&["plan", "-detailed-exitcode"]).expect(0);
}

#[test]
fn a_site_that_goes_is_emptied() {
    let world = World::clinic();
    world.apply().expect(0);
    let text = super::world::CLINIC;
    let without = |text: &str, head: &str| {
        let start = text.find(head).unwrap();
        let end = text[start..]
            .find("\n}\n")
            .map_or_else(|| text.len(), |e| start + e + 3);
        format!("{}{}", &text[..start], &text[end..])
    };
    let text = text
        .replace("at ashburn", "at munich")
        .replace("at      ashburn", "at      munich");
    let text = without(&text, "site ashburn {");
    let text: String = text
        .lines()
        .filter(|l| !(l.starts_with("link") && l.contains("ashburn")))
        .map(|l| format!("{l}\n"))
        .collect();
    world.write("main.situs", &text);
    world.apply().expect(0);
    assert_eq!(world.running(), ["dashboard@munich", "intake@munich", "triage@munich"]);
    world.run(&["state", "list"]).expect(0).does_not_say("ashburn");
}

#[test]
fn what_the_law_forbids_is_refused_before_anything_is_touched() {
    let world = World::clinic();
    world.edit("  reads   records\n", "  at      dublin\n  reads   records\n");
    world
        .run(&["plan", "-detailed-exitcode"])
        .expect(11)
        .says("never compellable by US")
        .says("dataset.records ──reads──▶ service.triage@dublin")
        .says("nimbus")
        .says("help: place triage at munich");
    world.apply().expect(1);
    assert!(world.running().is_empty());
    assert!(!world.path().join(".situs/sites").exists());
    world.run(&["plan"]).expect(1);
}

#[test]
fn a_dataset_where_the_law_forbids_it_is_refused() {
    let world = World::clinic();
    world.edit("people_in = DE\n  at munich", "people_in = DE\n  at ashburn");
    world
        .run(&["plan", "-detailed-exitcode"])
        .expect(11)
        .says("records")
        .says("only in EEA")
        .says("munich");
    assert!(world.running().is_empty());
}

#[test]
fn a_plan_file_is_applied_as_it_is_or_refused() {
    let world = World::clinic();
    world.run(&["plan", "-out=the.plan"]).expect(0);
    world.run(&["show", "the.plan"]).expect(0).says("will be created");
    world.run(&["show", "-json", "the.plan"]).expect(0).says("\"verdict\"");
    // What is edited after the plan is not in it.
    world.edit("TITLE = \"Beds\"", "TITLE = \"Later\"");
    world.run(&["apply", "the.plan"]).expect(0).says("Apply complete!");
    let address = world.run(&["output", "-raw", "dashboard"]).expect(0).out;
    assert!(get(address.trim(), "/").contains("Beds"));
    world.run(&["apply", "the.plan"]).expect(1).says("no longer fits");
    world.write("no.plan", "not a plan");
    world.run(&["apply", "no.plan"]).expect(1).says("no.plan");
}

#[test]
fn two_applies_do_not_meet() {
    let world = World::clinic();
    world.edit(
        "command = [\"perl\", \"app.pl\"]\n  at      munich",
        "command = [\"sh\", \"-c\", \"sleep 3; exec perl app.pl\"]\n  at      munich",
    );
    let first = world.command(&["apply", "-auto-approve"]).spawn().unwrap();
    until("the first apply works", || {
        world.running().iter().any(|s| s.starts_with("triage"))
    });
    world.apply().expect(1).says("tester@");
    let waiting = world.run(&["apply", "-auto-approve", "-lock-timeout=60s"]).expect(0);
    let waiting = waiting.says("Acquiring state lock. This may take a few moments...");
    waiting.says("0 added, 0 changed, 0 destroyed");
    ran(first).expect(0);
    assert_eq!(world.running().len(), 3, "{:?}", world.running());
}

#[test]
fn the_quickstart_answers_on_its_ports() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/quickstart");
    let world = World::with("");
    copy(&example, world.path());
    std::fs::remove_file(world.path().join("main.situs")).unwrap();
    world.run(&["fmt", "-check"]).expect(0);
    world.answer(&["apply"], "yes\n").expect(0);
    assert!(get("127.0.0.1:8721", "/").contains("Beds in ashburn"));
    assert!(get("127.0.0.1:8701", "/").contains("SITUS_CALL_TRIAGE=127.0.0.1:8711 says: ok"));
    world.run(&["destroy", "-auto-approve"]).expect(0);
    assert!(std::net::TcpStream::connect("127.0.0.1:8721").is_err());
}
