//! `local_file` and `local_directory`.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use situs_provider::{Found, Severity};
use situs_value::{Type, Value};

use super::support::{World, at};

fn mode(path: &std::path::Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[tokio::test]
async fn a_file_from_its_making_to_its_end() {
    let world = World::new().await;
    let mut file = world.resource("local_file");
    let config = [("path", "deep/er/a.txt".into()), ("content", "one\n".into())];
    file.apply(&config).await.unwrap();
    assert_eq!(fs::read_to_string(world.path("deep/er/a.txt")).unwrap(), "one\n");
    assert_eq!(mode(&world.path("deep/er/a.txt")), 0o644);
    assert_eq!(file.text("id"), "deep/er/a.txt");
    assert_eq!(
        file.text("sha256"),
        "2c8b08da5ce60398e1f19af0e5dccc744df274b826abe585eaba68c525434806"
    );
    assert!(file.is_settled(&config).await);

    file.apply(&[
        ("path", "deep/er/a.txt".into()),
        ("content", "two\n".into()),
        ("mode", "600".into()),
    ])
    .await
    .unwrap();
    assert_eq!(fs::read_to_string(world.path("deep/er/a.txt")).unwrap(), "two\n");
    assert_eq!(
        (mode(&world.path("deep/er/a.txt")), file.text("mode")),
        (0o600, "600".to_owned())
    );
    assert_eq!(fs::read_dir(world.path("deep/er")).unwrap().count(), 1);

    assert!(file.destroy().await.is_empty());
    assert!(!world.path("deep/er/a.txt").exists() && file.state.is_null());
}

#[tokio::test]
async fn what_others_do_to_a_file_is_seen_and_mended() {
    let world = World::new().await;
    let mut file = world.resource("local_file");
    let config = [("path", "a".into()), ("content", "ours".into())];
    file.apply(&config).await.unwrap();

    fs::write(world.path("a"), "theirs").unwrap();
    assert!(!file.is_settled(&config).await);
    assert_eq!(file.text("content"), "theirs");
    file.apply(&config).await.unwrap();
    assert_eq!(fs::read_to_string(world.path("a")).unwrap(), "ours");

    fs::set_permissions(world.path("a"), fs::Permissions::from_mode(0o666)).unwrap();
    assert!(!file.is_settled(&config).await);
    file.apply(&config).await.unwrap();
    assert_eq!(mode(&world.path("a")), 0o644);

    fs::write(world.path("a"), [0xff, 0xfe]).unwrap();
    assert!(!file.is_settled(&config).await);
    file.apply(&config).await.unwrap();
    fs::remove_file(world.path("a")).unwrap();
    assert!(file.read().await.is_null());
    file.apply(&config).await.unwrap();
    assert!(file.is_settled(&config).await);
}

#[tokio::test]
async fn a_secret_file_is_for_its_owner_only() {
    let world = World::new().await;
    let mut file = world.resource("local_file");
    let config = [("path", "s".into()), ("sensitive_content", "hush".into())];
    file.apply(&config).await.unwrap();
    assert_eq!(mode(&world.path("s")), 0o600);
    fs::write(world.path("s"), "loud").unwrap();
    assert!(!file.is_settled(&config).await);
    assert_eq!(
        (file.text("sensitive_content"), file.text("content")),
        ("loud".to_owned(), String::new())
    );
}

#[tokio::test]
async fn what_is_there_already_is_not_overwritten() {
    let world = World::new().await;
    fs::write(world.path("mine"), "precious").unwrap();
    let mut file = world.resource("local_file");
    let problems = file
        .apply(&[("path", "mine".into()), ("content", "new".into())])
        .await
        .unwrap_err();
    assert_eq!(problems[0].summary, "`mine` is already there");
    assert_eq!(fs::read_to_string(world.path("mine")).unwrap(), "precious");
    // One that is what it should be is no quarrel: an interrupted run may have made it.
    file.apply(&[("path", "mine".into()), ("content", "precious".into())])
        .await
        .unwrap();
}

#[tokio::test]
async fn mistakes_are_told() {
    let world = World::new().await;
    let file = world.resource("local_file");
    let wrong = [
        ("path", "".into()),
        ("content", "a".into()),
        ("sensitive_content", "b".into()),
        ("mode", "rw".into()),
    ];
    let problems = world
        .provider
        .validate_resource("local_file", &file.config(&wrong))
        .await;
    let told: Vec<&str> = problems.iter().map(|p| &*p.summary).collect();
    assert_eq!(
        told,
        [
            "`path` is empty or holds a zero byte",
            "`mode` is not a file mode",
            "`content` and `sensitive_content` exclude each other"
        ]
    );
    let unknown = [
        ("path", Value::unknown(Type::String)),
        ("content", Value::unknown(Type::String)),
    ];
    assert!(
        world
            .provider
            .validate_resource("local_file", &file.config(&unknown))
            .await
            .is_empty()
    );
    let planned = file.plan(&file.config(&unknown)).await;
    assert!(!planned.state.get("sha256").unwrap().is_known());
    let none = world.provider.validate_resource("local_thing", &Value::Null).await;
    assert_eq!(
        none[0].summary,
        "the provider `local` has no resource type `local_thing`"
    );
}

#[tokio::test]
async fn an_interrupted_file_is_found_by_what_it_holds() {
    let world = World::new().await;
    let file = world.resource("local_file");
    let config = file.config(&[("path", "a".into()), ("content", "x".into())]);
    let planned = file.plan(&config).await.state;
    assert!(matches!(file.lookup("k", planned.clone()).await, Found::Nothing));
    fs::write(world.path("a"), "x").unwrap();
    assert!(matches!(file.lookup("k", planned.clone()).await, Found::Object(_)));
    fs::write(world.path("a"), "y").unwrap();
    assert!(matches!(file.lookup("k", planned).await, Found::Nothing));
}

#[tokio::test]
async fn a_change_of_path_is_another_file() {
    let world = World::new().await;
    let mut file = world.resource("local_file");
    file.apply(&[("path", "a".into()), ("content", "x".into())])
        .await
        .unwrap();
    let planned = file
        .plan(&file.config(&[("path", "b".into()), ("content", "x".into())]))
        .await;
    assert_eq!(planned.replace, [at("path")]);
}

#[tokio::test]
async fn a_directory_is_taken_over_and_what_is_in_it_outlives_it() {
    let world = World::new().await;
    fs::create_dir(world.path("data")).unwrap();
    let mut directory = world.resource("local_directory");
    let config = [("path", "data".into()), ("mode", "0750".into())];
    directory.apply(&config).await.unwrap();
    assert_eq!(mode(&world.path("data")), 0o750);
    assert!(directory.is_settled(&config).await);
    fs::set_permissions(world.path("data"), fs::Permissions::from_mode(0o700)).unwrap();
    assert!(!directory.is_settled(&config).await);

    fs::write(world.path("data/rows"), "1").unwrap();
    let problems = directory.destroy().await;
    assert_eq!(problems[0].severity, Severity::Warning);
    assert_eq!(
        problems[0].summary,
        "the directory `data` is kept, because something is in it"
    );
    assert!(directory.state.is_null() && world.path("data/rows").exists());

    let force = [("path", "data".into()), ("force_destroy", true.into())];
    directory.apply(&force).await.unwrap();
    assert!(directory.destroy().await.is_empty());
    assert!(!world.path("data").exists());
}
