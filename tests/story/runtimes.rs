//! The example with three runtimes, on two real Podmans and a real SSH host in network namespaces: applied, a site cut off and healed,
//! changed, destroyed; nothing is left behind.

use std::path::Path;

use situs_testbed::{HOST, PODMAN};

use super::world::{Ran, World, copy};

/// Two container engines and a host.
struct Bed(situs_testbed::Bed);

impl Bed {
    fn up() -> Option<Self> {
        let up = "./podman up munich 11; ./podman up augsburg 12; ./host up ward7 21
            ./image $SITUS_TB_DIR/box.tar localhost/box:1
            for site in munich augsburg; do
              curl -s --unix-socket $SITUS_TB_DIR/$site/docker.sock -H 'Content-Type: application/x-tar' \
                -T $SITUS_TB_DIR/box.tar -X POST http://d/v1.41/images/load
            done";
        let down = "./podman down munich; ./podman down augsburg; ./host down ward7";
        situs_testbed::Bed::up(&std::env::temp_dir(), &[PODMAN, HOST], up, down).map(Self)
    }

    /// What an engine has.
    fn engine(&self, site: &str, path: &str) -> String {
        self.0.engine(site, "GET", path, "")
    }

    fn ward7(&self, command: &str) -> String {
        self.0.host("ward7", command)
    }

    fn situs(&self, world: &World, args: &[&str], token: &str) -> Ran {
        let here = self.0.directory.display();
        let engine = |site: &str, n: u32| {
            format!(r#"-var={site}={{engine = "unix://{here}/{site}/docker.sock", address = "10.213.0.{n}"}}"#)
        };
        let ward7 = format!(r#"-var=ward7={{address = "ward7", config_file = "{here}/ward7/ssh_config"}}"#);
        let (munich, augsburg) = (engine("munich", 11), engine("augsburg", 12));
        let token = format!("-var=token={token}");
        let vars = [&munich, &augsburg, &ward7, "-var=image=localhost/box:1", &token];
        world.run(&[args, &vars[..]].concat())
    }
}

#[test]
fn three_runtimes_at_once() {
    let Some(bed) = Bed::up() else { return };
    let world = World::with("");
    copy(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/runtimes"),
        world.path(),
    );
    std::fs::remove_file(world.path().join("main.situs")).unwrap();

    let plan = ["plan", "-detailed-exitcode"];
    let apply = ["apply", "-auto-approve"];
    let applied = bed.situs(&world, &apply, "s3cr3t").expect(0);
    applied
        .says("Apply complete! Resources: 9 added, 0 changed, 0 destroyed.")
        .does_not_say("s3cr3t");
    bed.situs(&world, &plan, "s3cr3t").expect(0);

    // What is where it is to be, and the secret there and not in the state.
    let fetched = bed
        .0
        .script(". ./lib.sh; in_site augsburg curl -s http://10.213.0.11:8081");
    assert_eq!(fetched, "files\n");
    let container = bed.engine("munich", "/containers/munich-files-0/json");
    assert!(container.contains("TOKEN=s3cr3t"));
    assert!(bed.ward7("cat /etc/sv/monitor-0/secrets").contains("s3cr3t"));
    assert!(bed.ward7("cat /etc/sv/monitor-0/run").contains("10.213.0.11:8081"));
    let state = std::fs::read(world.path().join(".situs/state.db")).unwrap();
    assert!(!state.windows(6).any(|w| w == b"s3cr3t"));

    // What changed outside is seen, whatever it is, and put right.
    bed.0.engine("augsburg", "POST", "/containers/augsburg-beds-0/kill", "");
    bed.ward7("sv -v down /run/service/monitor-0");
    let seen = bed.situs(&world, &plan, "s3cr3t").expect(2);
    seen.says("Plan: 0 to add, 2 to change, 0 to destroy.");
    bed.situs(&world, &apply, "s3cr3t").expect(0);
    bed.situs(&world, &plan, "s3cr3t").expect(0);

    // A site that is away is named, and nothing is lost by it.
    bed.0.script(". ./lib.sh; cut_off 21");
    let away = bed.situs(&world, &plan, "s3cr3t").expect(1);
    away.says("the host `ward7` cannot be reached");
    bed.0.script(". ./lib.sh; heal 21");
    bed.situs(&world, &plan, "s3cr3t").expect(0);

    // Another secret reaches both places, and touches nothing else.
    let changed = bed.situs(&world, &apply, "0ther").expect(0);
    changed.says("Apply complete! Resources: 1 added, 1 changed, 1 destroyed.");
    let container = bed.engine("munich", "/containers/munich-files-0/json");
    assert!(container.contains("TOKEN=0ther"));
    assert!(bed.ward7("cat /etc/sv/monitor-0/secrets").contains("0ther"));
    bed.situs(&world, &plan, "0ther").expect(0);

    bed.situs(&world, &["destroy", "-auto-approve"], "0ther")
        .expect(0)
        .says("Destroy complete! Resources: 9 destroyed.");
    for site in ["munich", "augsburg"] {
        assert_eq!(bed.engine(site, "/containers/json?all=1").trim(), "[]");
        assert!(bed.engine(site, "/volumes").contains("\"Volumes\":[]"));
    }
    let left = bed.ward7("ls -d /etc/sv/monitor-0 /var/lib/situs/readings 2>/dev/null; pgrep -f \"sleep 1 while\"");
    assert_eq!(left, "");
}
