//! What goes wrong, and what is said.

use situs_sdk::trial::Trial;

use crate::bed::{BOX, Bed, text};

async fn refused(config: &str) -> String {
    let begun = Trial::begin(situs_docker::provider(), text(config), "/").await;
    begun.err().unwrap().join("\n")
}

#[tokio::test]
async fn an_engine_that_is_not_there_is_told() {
    let said = refused(r#"{"host": "unix:///nowhere/docker.sock"}"#).await;
    assert!(
        said.contains("the container engine at unix:///nowhere/docker.sock cannot be reached"),
        "{said}"
    );
    let said = refused(r#"{"host": "tcp://127.0.0.1:1"}"#).await;
    assert!(
        said.contains("the container engine at tcp://127.0.0.1:1 cannot be reached"),
        "{said}"
    );
    assert!(said.contains("refused"), "{said}");
    let said = refused(r#"{"host": "ssh://-oProxyCommand=touch"}"#).await;
    assert!(said.contains("names no host"), "{said}");
}

#[tokio::test]
async fn an_engine_is_reached_over_ssh() {
    let Some(bed) = Bed::over_ssh().await else { return };
    let volume = bed.make("docker_volume", r#"{"name": "data"}"#).await;
    let image = bed
        .make("docker_image", &format!(r#"{{"name": "{BOX}", "archive": "box.tar"}}"#))
        .await;
    bed.trial.remove(&image).await.unwrap();
    bed.trial.remove(&volume).await.unwrap();
}

#[tokio::test]
async fn addresses_and_certificates_are_looked_at() {
    let said = refused(r#"{"host": "10.0.0.1"}"#).await;
    assert!(
        said.contains("this is no address of a container engine (`host`)"),
        "{said}"
    );
    let said = refused(r#"{"host": "tcp://a:1", "ca_file": "x"}"#).await;
    assert!(
        said.contains("a part of the certificates is missing (`ca_file`)"),
        "{said}"
    );
}

#[tokio::test]
async fn configurations_are_looked_at() {
    let Some(bed) = Bed::up().await else { return };
    for (type_name, config, said) in [
        (
            "docker_container",
            r#"{"name": "a b", "image": "x"}"#,
            "`a b` is no name that an engine takes",
        ),
        (
            "docker_container",
            r#"{"name": "a", "image": "x", "restart": "often"}"#,
            "`often` is none of these",
        ),
        (
            "docker_container",
            r#"{"name": "a", "image": "x", "ports": [{"container": 70000}]}"#,
            "there is no such port",
        ),
        (
            "docker_container",
            r#"{"name": "a", "image": "x", "mounts": [{"target": "/d"}]}"#,
            "a mount has no source",
        ),
        (
            "docker_container",
            r#"{"name": "a", "image": "x", "network_mode": "host", "networks": [{"name": "n"}]}"#,
            "it is in networks, or it is not",
        ),
        (
            "docker_image",
            r#"{"name": "a@sha256:00"}"#,
            "an image is named by repository and tag",
        ),
        (
            "docker_image",
            r#"{"name": "a", "digest": "sha256:00"}"#,
            "this is no digest",
        ),
    ] {
        let problems = bed.trial.problems(type_name, &text(config)).await.unwrap();
        assert!(problems.iter().any(|p| p.summary == said), "{config}: {problems:?}");
    }
}

#[tokio::test]
async fn what_an_engine_refuses_is_told() {
    let Some((bed, image)) = Bed::with_image().await else {
        return;
    };
    let said = |faults: Vec<String>| faults.join("\n");
    let none = text(r#"{"name": "a", "image": "localhost/none:1"}"#);
    let faults = said(bed.trial.create("docker_container", &none).await.unwrap_err());
    assert!(
        faults.contains("cannot make the container `a`") && faults.contains("`docker_image` fetches one"),
        "{faults}"
    );
    let lost = text(r#"{"name": "localhost/x:1", "archive": "nothing.tar"}"#);
    let faults = said(bed.trial.create("docker_image", &lost).await.unwrap_err());
    assert!(faults.contains("cannot open the archive `nothing.tar`"), "{faults}");
    let other = text(r#"{"name": "localhost/x:1", "archive": "box.tar"}"#);
    let faults = said(bed.trial.create("docker_image", &other).await.unwrap_err());
    assert!(
        faults.contains("there is no image `localhost/x:1` after all"),
        "{faults}"
    );
    let web = bed
        .make(
            "docker_container",
            &format!(r#"{{"name": "web", "image": "{BOX}", "stop_timeout": 0}}"#),
        )
        .await;
    let twice = text(&format!(r#"{{"name": "web", "image": "{BOX}"}}"#));
    let faults = said(bed.trial.create("docker_container", &twice).await.unwrap_err());
    assert!(faults.contains("there is a container `web` already"), "{faults}");
    let faults = said(bed.trial.remove(&image).await.unwrap_err());
    assert!(faults.contains("With `keep = \"used\"` it stays then"), "{faults}");
    bed.trial.remove(&web).await.unwrap();
    let pulled = text(r#"{"name": "127.0.0.1:1/none:1"}"#);
    let faults = said(bed.trial.create("docker_image", &pulled).await.unwrap_err());
    assert!(
        faults.contains("cannot pull the image `127.0.0.1:1/none:1`"),
        "{faults}"
    );
}
