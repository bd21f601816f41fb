//! The story when it is cut short: `kill -9` at every journal point, Ctrl-C once and twice.

use std::process::Command;

use super::world::{World, ran, until};

const ALL: [&str; 3] = ["dashboard@ashburn", "intake@munich", "triage@munich"];

#[test]
fn killed_at_any_journal_point_the_next_apply_finishes() {
    for point in 1..200 {
        let world = World::clinic();
        let mut command = world.command(&["apply", "-auto-approve"]);
        command.env("SITUS_TEST_KILL_AT", point.to_string());
        let first = world.finish(command);
        world.run(&["state", "list"]).expect(0);
        world.apply().expect(0);
        assert_eq!(world.running(), ALL, "killed at point {point}");
        world.run(&["plan", "-detailed-exitcode"]).expect(0);
        world.run(&["destroy", "-auto-approve"]).expect(0);
        assert!(world.running().is_empty(), "killed at point {point}");
        if first.code == 0 {
            assert!(point > 10, "only {point} points were met");
            return;
        }
    }
    panic!("the apply never came to its end");
}

#[test]
fn ctrl_c_once_finishes_what_is_in_flight() {
    let world = slow();
    let child = world
        .command(&["apply", "-auto-approve", "-parallelism=1"])
        .spawn()
        .unwrap();
    until("something runs", || !world.running().is_empty());
    interrupt(child.id());
    let ran = ran(child).expect(1).says("Interrupt");
    assert!(ran.all().contains("remain"), "{}", ran.all());
    let half = world.running().len();
    assert!((1..3).contains(&half), "{:?}", world.running());
    world.apply().expect(0);
    assert_eq!(world.running(), ALL);
}

#[test]
fn ctrl_c_twice_stops_at_once_and_the_next_apply_settles() {
    let world = slow();
    let child = world.command(&["apply", "-auto-approve"]).spawn().unwrap();
    until("something runs", || !world.running().is_empty());
    interrupt(child.id());
    std::thread::sleep(std::time::Duration::from_millis(200));
    interrupt(child.id());
    let started = std::time::Instant::now();
    let ran = ran(child);
    assert_ne!(ran.code, 0);
    assert!(started.elapsed().as_secs() < 2, "it did not stop at once");
    world.apply().expect(0);
    assert_eq!(world.running(), ALL);
}

/// The clinic with services that take their time to be well.
fn slow() -> World {
    let world = World::clinic();
    world.edit(
        "command = [\"perl\", \"app.pl\"]",
        "command = [\"sh\", \"-c\", \"sleep 2; exec perl app.pl\"]",
    );
    world
}

fn interrupt(pid: u32) {
    assert!(
        Command::new("kill")
            .args(["-INT", &pid.to_string()])
            .status()
            .unwrap()
            .success()
    );
}
