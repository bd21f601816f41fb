//! Every example is laid out, is valid, and plans what is written beside this file. `UPDATE=1` writes it anew. What needs engines and
//! hosts is planned where there are some: see `runtimes.rs`.

use std::fs;
use std::path::Path;

use super::world::{World, copy};

#[test]
fn every_example_plans_what_is_written_here() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for entry in fs::read_dir(root.join("examples")).unwrap().flatten() {
        let name = entry.file_name().into_string().unwrap();
        let world = World::with("");
        copy(&entry.path(), world.path());
        fs::remove_file(world.path().join("main.situs")).unwrap();
        world.run(&["fmt", "-check"]).expect(0);
        world.run(&["validate"]).expect(0).does_not_say("warning");
        if name == "runtimes" {
            continue;
        }
        let plan = world
            .run(&["plan"])
            .expect(0)
            .out
            .replace(&*world.path().to_string_lossy(), "[DIR]");
        let golden = root.join(format!("tests/story/{name}.plan"));
        if std::env::var("UPDATE").is_ok() {
            fs::write(&golden, &plan).unwrap();
        }
        assert_eq!(
            plan,
            fs::read_to_string(&golden).unwrap_or_default(),
            "{}",
            golden.display()
        );
    }
}
