//! Images, volumes and networks.

use situs_provider::Found;
use situs_sdk::trial::{Changed, KEY};

use crate::bed::{BOX, Bed, text};

fn says(made: &situs_sdk::trial::Made, name: &str) -> String {
    made.state
        .get(name)
        .and_then(|v| v.as_str())
        .unwrap_or_default()
        .to_owned()
}

#[tokio::test]
async fn an_image_is_loaded_imported_and_removed() {
    let Some((bed, mut image)) = Bed::with_image().await else {
        return;
    };
    assert!(says(&image, "id").starts_with("sha256:"));
    let again = bed.trial.import("docker_image", BOX).await.unwrap().unwrap();
    assert_eq!(again.state.get("id"), image.state.get("id"));
    assert!(
        bed.trial
            .import("docker_image", "localhost/none:1")
            .await
            .unwrap()
            .is_none()
    );
    let kept = text(&format!(r#"{{"name": "{BOX}", "archive": "box.tar", "keep": "yes"}}"#));
    assert_eq!(bed.trial.change(&mut image, &kept).await.unwrap(), Changed::InPlace);
    let open = text(&format!(r#"{{"name": "{BOX}", "archive": "box.tar"}}"#));
    assert_eq!(bed.trial.change(&mut image, &open).await.unwrap(), Changed::InPlace);
    assert!(matches!(bed.trial.lookup(&image, KEY).await.unwrap(), Found::Object(_)));
    bed.trial.remove(&image).await.unwrap();
    assert!(matches!(bed.trial.lookup(&image, KEY).await.unwrap(), Found::Nothing));
}

#[tokio::test]
async fn an_image_is_pulled_by_its_tag_or_by_its_digest() {
    let Some((bed, first)) = Bed::with_registry().await else {
        return;
    };
    let name = "10.213.0.20:5000/box:1";
    let by_tag = bed.make("docker_image", &format!(r#"{{"name": "{name}"}}"#)).await;
    assert_eq!(says(&by_tag, "digest"), first);

    // The tag is given to another image; what is here stays, and a digest is what it says.
    bed.asks(
        "POST",
        "/containers/create?name=c",
        &format!(r#"{{"Image": "{name}"}}"#),
    );
    let other = bed.asks("POST", "/commit?container=c&repo=localhost/other&tag=1", "{}");
    assert!(other.contains("Id"), "{other}");
    bed.asks("DELETE", "/containers/c", "");
    bed.trial.remove(&by_tag).await.unwrap();
    let second = bed.push("localhost/other:1");
    assert_ne!(second, first);
    // An image that was made here has a digest of its own, which no registry knows.
    bed.asks("DELETE", "/images/localhost/other:1", "");
    let now = bed.make("docker_image", &format!(r#"{{"name": "{name}"}}"#)).await;
    assert_eq!(says(&now, "digest"), second);
    let pinned = format!(r#"{{"name": "{name}", "digest": "{first}"}}"#);
    let mut now = now;
    assert_eq!(
        bed.trial.change(&mut now, &text(&pinned)).await.unwrap(),
        Changed::Replaced
    );
    assert_eq!(says(&now, "digest"), first);

    bed.trial.remove(&now).await.unwrap();
    let wrong = format!(r#"{{"name": "{name}", "digest": "sha256:{}"}}"#, "0".repeat(64));
    let faults = bed.trial.create("docker_image", &text(&wrong)).await.unwrap_err();
    assert!(
        faults[0].contains("cannot pull the image `10.213.0.20:5000/box@sha256:000"),
        "{faults:?}"
    );
    let never = format!(r#"{{"name": "{name}", "pull": "never"}}"#);
    let faults = bed.trial.create("docker_image", &text(&never)).await.unwrap_err();
    assert!(faults[0].contains("there is no image"), "{faults:?}");
}

#[tokio::test]
async fn a_volume_lives_and_is_found_by_its_key() {
    let Some(bed) = Bed::up().await else { return };
    let mut volume = bed
        .make("docker_volume", r#"{"name": "data", "labels": {"of": "clinic"}}"#)
        .await;
    assert!(says(&volume, "mountpoint").contains("data"));
    assert!(matches!(
        bed.trial.lookup(&volume, KEY).await.unwrap(),
        Found::Object(_)
    ));
    assert!(matches!(
        bed.trial.lookup(&volume, "another").await.unwrap(),
        Found::Nothing
    ));
    let imported = bed.trial.import("docker_volume", "data").await.unwrap().unwrap();
    assert_eq!(imported.state, volume.state);
    let other = text(r#"{"name": "data", "labels": {"of": "ward"}}"#);
    assert_eq!(bed.trial.change(&mut volume, &other).await.unwrap(), Changed::Replaced);
    bed.asks("DELETE", "/volumes/data", "");
    assert!(bed.trial.read(&volume).await.unwrap().is_none());
    bed.trial.remove(&volume).await.unwrap();
}

#[tokio::test]
async fn a_network_lives() {
    let Some(bed) = Bed::up().await else { return };
    let config = r#"{"name": "back", "internal": true, "subnets": [{"cidr": "10.9.0.0/24", "gateway": "10.9.0.1"}], "labels": {"a": "b"}}"#;
    let network = bed.make("docker_network", config).await;
    let imported = bed.trial.import("docker_network", "back").await.unwrap().unwrap();
    assert_eq!(imported.state.get("id"), network.state.get("id"));
    assert!(matches!(
        bed.trial.lookup(&network, KEY).await.unwrap(),
        Found::Object(_)
    ));
    let twice = bed
        .trial
        .create("docker_network", &text(r#"{"name": "back"}"#))
        .await
        .unwrap_err();
    assert!(twice[0].contains("there is a network `back` already"), "{twice:?}");
    bed.trial.remove(&network).await.unwrap();
}
