//! Files that somebody else may have touched: a plan file and the state. What is damaged is refused, and nothing is changed.

use std::fs;
use std::path::PathBuf;

use rusqlite::Connection;
use serde_json::{Value as Json, json};
use situs::base::digest::Digest;

use super::world::World;

const FILES: &str = r#"
terraform {
  required_providers {
    local = { source = "builtin/situs/local" }
  }
}

resource "local_file" "a" {
  path    = "a.txt"
  content = "x"
}

resource "local_file" "b" {
  path    = "b.txt"
  content = local_file.a.content
}
"#;

/// Refused, with a message, and without a trace of us in it.
fn refused(world: &World, args: &[&str], what: &str) {
    let ran = world.run(args);
    assert_eq!(ran.code, 1, "{what}: {}", ran.all());
    assert!(ran.err.starts_with("error[E4"), "{what}: {}", ran.all());
    assert!(!ran.all().contains("panicked"), "{what}: {}", ran.all());
}

fn planned() -> (World, PathBuf) {
    let world = World::with(FILES);
    world.run(&["plan", "-out=p.plan"]).expect(0);
    let path = world.path().join("p.plan");
    (world, path)
}

fn nothing_was_made(world: &World, what: &str) {
    assert!(
        !world.path().join("a.txt").exists() && !world.path().join("b.txt").exists(),
        "{what}"
    );
}

#[test]
fn a_plan_file_is_the_same_each_time() {
    let world = World::clinic();
    let plan = |name: &str| {
        world.run(&["plan", &format!("-out={name}")]).expect(0);
        fs::read(world.path().join(name)).unwrap()
    };
    assert_eq!(plan("a.plan"), plan("b.plan"));
    world.apply().expect(0);
    world.edit("TITLE = \"Beds\"", "TITLE = \"Free beds\"");
    assert_eq!(plan("a.plan"), plan("b.plan"));
}

#[test]
fn a_damaged_plan_file_is_refused() {
    let (world, path) = planned();
    let whole = fs::read(&path).unwrap();
    let last = whole.len() - 2;
    for at in (0..last).step_by(last / 20).chain([last]) {
        fs::write(&path, &whole[..at]).unwrap();
        refused(&world, &["apply", "p.plan"], &format!("cut at {at}"));
        let mut flipped = whole.clone();
        flipped[at] ^= 1;
        fs::write(&path, flipped).unwrap();
        refused(&world, &["apply", "p.plan"], &format!("flipped at {at}"));
    }
    nothing_was_made(&world, "damaged");
}

type Forge<'a> = &'a dyn Fn(&mut Json);

/// The same plan with a part of it changed, and a digest that fits.
fn forged(whole: &str, forge: impl Fn(&mut Json)) -> String {
    let (head, body) = whole.split_once('\n').unwrap();
    let (mut head, mut body): (Json, Json) = (serde_json::from_str(head).unwrap(), serde_json::from_str(body).unwrap());
    forge(&mut body);
    let body = body.to_string();
    head["digest"] = json!(Digest::of(&body));
    format!("{head}\n{body}\n")
}

#[test]
fn a_forged_plan_file_is_refused() {
    let (world, path) = planned();
    let whole = fs::read_to_string(&path).unwrap();
    let forgeries: &[(&str, Forge)] = &[
        ("format", &|p| p["format"] = json!(2)),
        ("an operation waits for itself", &|p| {
            p["exec"]["ops"][0]["after"] = json!([0]);
        }),
        ("two wait for each other", &|p| {
            p["exec"]["ops"][0]["after"] = json!([1]);
            p["exec"]["ops"][1]["after"] = json!([0]);
        }),
        ("waits for what is not there", &|p| {
            p["exec"]["ops"][0]["after"] = json!([999]);
        }),
        ("a change that is not there", &|p| {
            each(&mut p["exec"]["ops"], "change", &json!(99));
        }),
        ("another operation", &|p| p["exec"]["ops"][1]["op"] = json!("explode")),
        ("no changes", &|p| p["changes"] = json!([])),
        ("a negative index", &|p| p["exec"]["ops"][0]["after"] = json!([-1])),
        ("no addresses", &|p| each(&mut p["changes"], "addr", &json!("..[["))),
        ("addresses of nothing", &|p| {
            each(&mut p["changes"], "addr", &json!("local_file.zzz"));
        }),
        ("the same address twice", &|p| {
            each(&mut p["changes"], "addr", &json!("local_file.a"));
        }),
        ("no provider", &|p| {
            each(&mut p["changes"], "provider", &json!("nobody"));
        }),
        ("no verdict", &|p| p["verdict"] = json!(null)),
        ("another verdict", &|p| p["verdict"]["verdict"] = json!("violated")),
        ("no texts", &|p| p["input"]["files"] = json!({})),
        ("broken texts", &|p| p["input"]["files"]["main.situs"] = json!("site {")),
        ("deep", &|p| {
            p["changes"][0]["after"] =
                serde_json::from_str(&format!("{}{}", "[".repeat(100), "]".repeat(100))).unwrap();
        }),
        ("another state", &|p| p["base"]["lineage"] = json!("abc")),
        ("null for all", &|p| *p = json!(null)),
    ];
    for (what, forge) in forgeries {
        fs::write(&path, forged(&whole, forge)).unwrap();
        let ran = world.run(&["show", "p.plan"]);
        assert!(
            matches!(ran.code, 0 | 1) && !ran.all().contains("panicked"),
            "{what}: {}",
            ran.all()
        );
        let ran = world.run(&["apply", "p.plan"]);
        assert_eq!(ran.code, 1, "{what}: {}", ran.all());
        assert!(
            !ran.all().contains("panicked") && (ran.err.contains("error[") || ran.out.contains("Residency: ")),
            "{what}: {}",
            ran.all()
        );
        nothing_was_made(&world, what);
    }
    fs::write(&path, forged(&whole, |_| {})).unwrap();
    world.run(&["apply", "p.plan"]).expect(0);
}

fn each(list: &mut Json, name: &str, to: &Json) {
    for one in list.as_array_mut().unwrap() {
        if one.get(name).is_some() {
            one[name] = to.clone();
        }
    }
}

#[test]
fn a_damaged_state_is_refused() {
    let world = World::with(FILES);
    world.apply().expect(0);
    let path = world.path().join(".situs/state.db");
    let open = || Connection::open(&path).unwrap();
    // One file, without a log beside it.
    open().execute_batch("PRAGMA journal_mode = DELETE").unwrap();
    let whole = fs::read(&path).unwrap();
    let sql = |text: &str| {
        fs::write(&path, &whole).unwrap();
        open().execute_batch(text).unwrap();
        fs::read(&path).unwrap()
    };
    let mut damaged = vec![
        ("garbage".to_owned(), b"hello, hello, hello".repeat(50)),
        ("half of it".to_owned(), whole[..whole.len() / 2].to_vec()),
        ("its first bytes".to_owned(), whole[..100].to_vec()),
        (
            "zeros".to_owned(),
            [&whole[..4096], &vec![0; whole.len() - 4096]].concat(),
        ),
    ];
    let statements = [
        "DROP TABLE head",
        "DROP TABLE journal",
        "DROP TABLE snapshot",
        "DROP TABLE lease",
        "DROP TABLE head; DROP TABLE journal; DROP TABLE snapshot; DROP TABLE lease; CREATE TABLE other (a)",
        "DELETE FROM head",
        "DELETE FROM journal",
        "UPDATE head SET format = 9",
        "UPDATE head SET serial = -5",
        "UPDATE head SET serial = 9223372036854775807",
        "UPDATE head SET serial = 'abc'",
        "UPDATE journal SET entry = '{}'",
        "UPDATE journal SET entry = x'ff00'",
        "INSERT INTO snapshot VALUES (1, '[')",
    ];
    damaged.extend(statements.map(|text| (text.to_owned(), sql(text))));
    for (what, bytes) in damaged {
        fs::write(&path, &bytes).unwrap();
        for args in [
            &["plan"][..],
            &["state", "list"],
            &["show"],
            &["apply", "-auto-approve"],
        ] {
            refused(&world, args, &what);
        }
        assert_eq!(
            fs::read(&path).unwrap().len(),
            bytes.len(),
            "{what}: the file was written to"
        );
    }
    fs::write(&path, &whole).unwrap();
    let _ = fs::remove_file(path.with_file_name("state.db-wal"));
    let _ = fs::remove_file(path.with_file_name("state.db-shm"));
    world.run(&["plan"]).expect(0).says("No changes");
}
