//! `src/wire` is generated from `proto/`; `UPDATE=1` writes it anew.

use std::fs;
use std::path::Path;

#[test]
fn the_messages_are_those_of_the_proto_files() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("wire");
    fs::create_dir_all(&out).unwrap();
    let files =
        ["tfplugin6", "tfplugin5", "goplugin", "situs"].map(|name| here.join("proto").join(format!("{name}.proto")));
    let described = protox::compile(&files, [here.join("proto")]).unwrap();
    let mut config = prost_build::Config::new();
    // What a provider answers may hold secrets: messages are not printed.
    config.skip_debug(["."]);
    config.disable_comments(["."]).btree_map(["."]).out_dir(&out);
    config.compile_fds(described).unwrap();
    for name in ["tfplugin6", "tfplugin5", "plugin", "situs"] {
        let made = fs::read_to_string(out.join(format!("{name}.rs"))).unwrap();
        let kept = here.join("src/wire").join(format!("{name}.rs"));
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&kept, &made).unwrap();
        }
        let kept = fs::read_to_string(&kept).unwrap_or_default();
        assert!(made == kept, "{name}.rs is not what `proto/` says; UPDATE=1 writes it");
    }
}
