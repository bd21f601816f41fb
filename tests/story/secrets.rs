//! Where a secret may be read in the clear, and where not.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::world::World;

const WITH_SECRETS: &str = r#"
terraform {
  required_providers {
    local = { source = "builtin/situs/local" }
  }
}

operator clinic { incorporated = DE }

site munich {
  in           = DE-BY
  operator     = clinic
  managed_from = munich
}

variable password {
  type      = string
  sensitive = true
}

service intake {
  command = ["perl", "app.pl"]
  at      munich
  port    http {}
  secret  TOKEN { from = file("token") }
  env     = { SITUS_TEST_DIRECTORY = path.cwd }
}

resource "local_file" "configuration" {
  path              = "out/configuration"
  sensitive_content = "password=${var.password}"
}

output password {
  value     = var.password
  sensitive = true
}
"#;

const TOKEN: &str = "t0ken-of-the-service";
const PASSWORD: &str = "passw0rd-of-somebody";

/// The files under a directory that hold a text, by their paths from it; nobody else may read any of them.
fn holders(root: &Path, secret: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut open: Vec<PathBuf> = vec![root.to_owned()];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(fs::read_dir(path).unwrap().map(|e| e.unwrap().path()));
        } else if fs::read(&path)
            .unwrap()
            .windows(secret.len())
            .any(|w| w == secret.as_bytes())
        {
            let name = path.strip_prefix(root).unwrap().display().to_string();
            let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
            assert!(name == "token" || mode == 0o600, "{name} {mode:o}");
            found.push(name);
        }
    }
    found.sort();
    found
}

#[test]
fn secrets_are_where_they_must_be_and_nowhere_else() {
    let world = World::with(WITH_SECRETS);
    world.write("token", TOKEN);
    let run = |args: &[&str]| {
        let mut command = world.command(args);
        command.env("TF_VAR_password", PASSWORD);
        let ran = world.finish(command).expect(0);
        ran.does_not_say(TOKEN).does_not_say(PASSWORD)
    };
    run(&["plan"]);
    run(&["plan", "-json", "-out=p.plan"]);
    run(&["show", "p.plan"]);
    run(&["show", "-json", "p.plan"]);
    // A plan file holds the texts and the variables that it was made from.
    assert_eq!(holders(world.path(), TOKEN), ["p.plan", "token"]);
    assert_eq!(holders(world.path(), PASSWORD), ["p.plan"]);
    run(&["apply", "-json", "p.plan"]);
    fs::remove_file(world.path().join("p.plan")).unwrap();
    let addresses = run(&["state", "list"]).out;
    for addr in addresses.lines() {
        run(&["state", "show", addr]);
        run(&["state", "show", "-json", addr]);
    }
    for args in [
        &["show"][..],
        &["show", "-json"],
        &["output"],
        &["output", "-json"],
        &["logs", "intake"],
        &["graph"],
    ] {
        run(args);
    }
    let kept = ".situs/sites/munich/processes/intake-0/secrets.json";
    assert_eq!(holders(world.path(), TOKEN), [kept, "token"]);
    // What a resource or an output is made of is in the state, as in that of other tools; the file of it is private.
    let state = |name: &String| name.starts_with(".situs/state.db") || name == "out/configuration";
    assert!(holders(world.path(), PASSWORD).iter().all(state));
    world.write("token", "an0ther-token");
    run(&["apply", "-auto-approve"])
        .says("1 changed")
        .does_not_say("an0ther-token");
    assert_eq!(holders(world.path(), "an0ther-token"), [kept, "token"]);
    assert!(holders(world.path(), TOKEN).is_empty());
    run(&["destroy", "-auto-approve"]);
}
