//! What goes wrong, and what is said.

use situs_sdk::trial::Trial;

use crate::bed::{Bed, begin, text};

#[tokio::test]
async fn a_host_that_is_not_there_is_told() {
    let refused = async |config: &str| {
        let begun = Trial::begin(situs_host::provider(), text(config), "/").await;
        begun.err().unwrap().join("\n")
    };
    let said = refused(r#"{"address": "127.0.0.1", "port": 1, "config_file": "/dev/null"}"#).await;
    assert!(
        said.contains("the host `127.0.0.1` cannot be reached") && said.contains("refused"),
        "{said}"
    );
    let said = refused(r#"{"address": "-oProxyCommand=touch /tmp/x"}"#).await;
    assert!(said.contains("names no host (`address`)"), "{said}");
    let said = refused(r#"{"address": "a", "jump": "-x"}"#).await;
    assert!(said.contains("this names no host (`jump`)"), "{said}");
}

#[tokio::test]
async fn a_host_that_is_another_one_is_not_spoken_to() {
    let Some(bed) = Bed::up().await else { return };
    let known = bed.directory().join("edge/known_hosts");
    let other = "10.213.0.21 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n";
    std::fs::write(known, other).unwrap();
    let said = begin(bed.directory()).await.err().unwrap().join("\n");
    assert!(said.contains("the host `edge` cannot be reached"), "{said}");
    assert!(said.contains("Host key verification failed"), "{said}");
}

#[tokio::test]
async fn a_host_that_goes_away_is_told_and_comes_back() {
    let Some(bed) = Bed::up().await else { return };
    let file = bed.make("host_file", r#"{"path": "/root/a", "content": "x"}"#).await;
    bed.bed.script("pkill -f \"ssh -M.*$(basename $SITUS_TB_DIR)/edge\"");
    let said = bed.trial.read(&file).await.unwrap_err().join("\n");
    assert!(said.contains("the host `edge` cannot be reached any more"), "{said}");
    let again = begin(bed.directory()).await.unwrap();
    assert!(again.read(&file).await.unwrap().is_some());
}

#[tokio::test]
async fn configurations_are_looked_at() {
    let Some(bed) = Bed::up().await else { return };
    for (type_name, config, said) in [
        ("host_file", r#"{"path": "etc/x"}"#, "`etc/x` is no path of a host"),
        ("host_file", r#"{"path": "/x", "mode": "rw"}"#, "`rw` is no mode"),
        (
            "host_file",
            r#"{"path": "/x", "content": "a", "source": "b"}"#,
            "a file has one content",
        ),
        ("host_user", r#"{"name": "-r"}"#, "`-r` is no name of a user"),
        ("host_package", r#"{"name": "-y"}"#, "`-y` is none"),
        (
            "host_service",
            r#"{"name": "../x", "command": ["a"]}"#,
            "`../x` is no name of a service",
        ),
        (
            "host_service",
            r#"{"name": "x", "command": []}"#,
            "a service needs a program",
        ),
        (
            "host_service",
            r#"{"name": "x", "command": ["a\nb"]}"#,
            "what a service is told is one line each",
        ),
        (
            "host_command",
            r#"{"create": "a", "environment": {"a b": "c"}}"#,
            "a variable has a name that `sh` does not take",
        ),
    ] {
        let problems = bed.trial.problems(type_name, &text(config)).await.unwrap();
        assert!(problems.iter().any(|p| p.summary == said), "{config}: {problems:?}");
    }
}

#[tokio::test]
async fn what_a_host_refuses_is_told() {
    let Some(bed) = Bed::up().await else { return };
    let said = |faults: Vec<String>| faults.join("\n");
    let nobody = text(r#"{"path": "/root/x", "content": "a", "owner": "nobody-there"}"#);
    let faults = said(bed.trial.create("host_file", &nobody).await.unwrap_err());
    assert!(
        faults.contains("cannot write the file `/root/x` on `edge`") && faults.contains("invalid user"),
        "{faults}"
    );
    assert_eq!(bed.there("ls -A /root | grep -c situs"), "0\n");
    let directory = text(r#"{"path": "/root", "content": "a"}"#);
    let faults = said(bed.trial.create("host_file", &directory).await.unwrap_err());
    assert!(faults.contains("`/root`"), "{faults}");
    let lost = text(r#"{"path": "/root/x", "source": "nothing"}"#);
    let faults = said(bed.trial.create("host_file", &lost).await.unwrap_err());
    assert!(faults.contains("cannot read `nothing`"), "{faults}");
    let failing = text(r#"{"create": "echo no >&2; exit 3"}"#);
    let faults = said(bed.trial.create("host_command", &failing).await.unwrap_err());
    assert_eq!(
        faults,
        "does not carry out a change: cannot run a command on `edge`: no"
    );
}
