//! Containers.

use situs_provider::Found;
use situs_sdk::trial::{Changed, KEY, Made};
use situs_value::Value;

use crate::bed::{BOX, Bed, text};

fn web(rest: &str) -> String {
    format!(r#"{{"name": "web", "image": "{BOX}", "stop_timeout": 0{rest}}}"#)
}

async fn now(bed: &Bed, made: &Made) -> Value {
    bed.trial.read(made).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_container_answers_changes_and_goes() {
    let Some((bed, _image)) = Bed::with_image().await else {
        return;
    };
    let ready = r#", "ready": {"command": ["wget", "-q", "-O", "/dev/null", "http://127.0.0.1"]}"#;
    let ports = r#", "ports": [{"container": 80, "host": 8080}]"#;
    let mut made = bed.make("docker_container", &web(&format!("{ready}{ports}"))).await;
    assert_eq!(bed.inside("curl -s http://10.213.0.11:8080"), "hello\n");
    assert!(matches!(bed.trial.lookup(&made, KEY).await.unwrap(), Found::Object(_)));
    assert_eq!(now(&bed, &made).await, made.state);

    // It stops by itself, and is started again.
    bed.asks("POST", "/containers/web/kill", "");
    let stopped = now(&bed, &made).await;
    assert_eq!(stopped.get("running"), Some(&false.into()));
    made.state = stopped;
    let same = text(&web(&format!("{ready}{ports}")));
    assert_eq!(bed.trial.change(&mut made, &same).await.unwrap(), Changed::InPlace);
    assert_eq!(bed.inside("curl -s http://10.213.0.11:8080"), "hello\n");

    let other = text(&web(r#", "ports": [{"container": 80, "host": 8081}]"#));
    assert_eq!(bed.trial.change(&mut made, &other).await.unwrap(), Changed::Replaced);
    let off = text(&web(
        r#", "running": false, "ports": [{"container": 80, "host": 8081}]"#,
    ));
    assert_eq!(bed.trial.change(&mut made, &off).await.unwrap(), Changed::InPlace);
    bed.trial.remove(&made).await.unwrap();
}

#[tokio::test]
async fn everything_that_is_set_is_read_again() {
    let Some((bed, _image)) = Bed::with_image().await else {
        return;
    };
    bed.make("docker_volume", r#"{"name": "data"}"#).await;
    bed.make(
        "docker_network",
        r#"{"name": "back", "subnets": [{"cidr": "10.9.0.0/24"}]}"#,
    )
    .await;
    bed.make("docker_network", r#"{"name": "front"}"#).await;
    // `make` reads what it made, and plans it again: nothing may differ.
    let config = web(
        r#", "command": ["sleep", "1000"], "entrypoint": ["/bin/busybox"], "environment": {"A": "1", "B": "x=y"},
        "labels": {"role": "web"}, "working_directory": "/www", "user": "0:0", "hostname": "web1", "restart": "always",
        "stop_signal": "SIGINT", "ports": [{"container": 80}, {"container": 53, "protocol": "udp", "address": "127.0.0.1"}],
        "mounts": [{"source": "data", "target": "/data"}, {"kind": "bind", "source": "/tmp", "target": "/host", "read_only": true},
                   {"kind": "tmpfs", "target": "/scratch"}],
        "networks": [{"name": "back", "aliases": ["www"], "address": "10.9.0.77"}, {"name": "front"}],
        "dns": ["10.9.0.1"], "hosts": {"db.local": "10.9.0.2"}, "memory": 67108864, "processes": 50,
        "read_only": true, "init": false, "add_capabilities": ["NET_ADMIN"], "drop_capabilities": ["CHOWN"],
        "log_driver": "k8s-file", "health": {"command": ["true"], "retries": 2}"#,
    );
    let made = bed.make("docker_container", &config).await;
    let port = made.state.get("ports").unwrap().elements().unwrap()[0].clone();
    assert!(port.get("host").unwrap().as_number().is_some());
    assert_eq!(made.state.get("revision"), Some(&1_i64.into()));

    bed.asks(
        "POST",
        "/networks/front/disconnect",
        r#"{"Container": "web", "Force": true}"#,
    );
    let seen = now(&bed, &made).await;
    assert_eq!(seen.get("networks").unwrap().elements().unwrap().len(), 1);
    let mut made = made;
    made.state = seen;
    assert_eq!(
        bed.trial.change(&mut made, &text(&config)).await.unwrap(),
        Changed::InPlace
    );
    assert_eq!(made.state.get("networks").unwrap().elements().unwrap().len(), 2);
    let less = config.replace("67108864", "50331648");
    assert_eq!(
        bed.trial.change(&mut made, &text(&less)).await.unwrap(),
        Changed::Replaced
    );
    bed.trial.remove(&made).await.unwrap();
}

#[tokio::test]
async fn secrets_reach_the_container_and_nothing_else() {
    let Some((bed, _image)) = Bed::with_image().await else {
        return;
    };
    let with = |secret: &str| web(&format!(r#", "secrets": {{"TOKEN": "{secret}"}}"#));
    let mut made = bed.make("docker_container", &with("first")).await;
    assert!(!format!("{:?}", made.state).contains("first"));
    assert!(bed.asks("GET", "/containers/web/json", "").contains("TOKEN=first"));
    assert_eq!(
        bed.trial.change(&mut made, &text(&with("first"))).await.unwrap(),
        Changed::Not
    );
    assert_eq!(
        bed.trial.change(&mut made, &text(&with("second"))).await.unwrap(),
        Changed::Replaced
    );
    assert!(bed.asks("GET", "/containers/web/json", "").contains("TOKEN=second"));
}

#[tokio::test]
async fn what_was_made_elsewhere_is_taken_over() {
    let Some((bed, _image)) = Bed::with_image().await else {
        return;
    };
    let body = format!(
        r#"{{"Image": "{BOX}", "Env": ["A=1"], "Labels": {{"role": "old"}}, "ExposedPorts": {{"80/tcp": {{}}}},
        "HostConfig": {{"PortBindings": {{"80/tcp": [{{"HostPort": "8090"}}]}}, "RestartPolicy": {{"Name": "always"}}}}}}"#
    );
    bed.asks("POST", "/containers/create?name=old", &body);
    let mut made = bed.trial.import("docker_container", "old").await.unwrap().unwrap();
    let config = format!(
        r#"{{"name": "old", "image": "{BOX}", "environment": {{"A": "1"}}, "labels": {{"role": "old"}}, "restart": "always",
        "ports": [{{"container": 80, "host": 8090}}], "running": false}}"#
    );
    assert_eq!(bed.trial.change(&mut made, &text(&config)).await.unwrap(), Changed::Not);
}

#[tokio::test]
async fn what_does_not_answer_is_there_and_told() {
    let Some((bed, _image)) = Bed::with_image().await else {
        return;
    };
    let ready = r#", "ready": {"command": ["false"], "every_ms": 50, "within_ms": 400}"#;
    let faults = bed
        .trial
        .create("docker_container", &text(&web(ready)))
        .await
        .unwrap_err();
    let expected = "does not carry out a change: the container `web` does not answer: `false` has not ended with 0 in it within 400 ms.";
    assert_eq!(faults, [expected]);
    assert!(bed.asks("GET", "/containers/web/json", "").contains(BOX));
    let ends = r#", "command": ["sh", "-c", "exit 3"], "ready": {"command": ["true"]}"#;
    let other = web(ends).replace("\"web\"", "\"ends\"");
    let faults = bed.trial.create("docker_container", &text(&other)).await.unwrap_err();
    assert!(
        faults[0].contains("the container `ends` ended before it answered: It ended with 3."),
        "{faults:?}"
    );
}
