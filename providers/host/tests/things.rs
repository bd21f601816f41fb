//! Files, directories, users, packages and commands.

use situs_provider::Found;
use situs_sdk::trial::{Changed, KEY};

use crate::bed::{Bed, text};

#[tokio::test]
async fn a_file_is_written_read_changed_and_removed() {
    let Some(bed) = Bed::up().await else { return };
    let config = r#"{"path": "/etc/app's conf", "content": "a\n$HOME 'b' \"c\"\n", "mode": "640", "owner": "daemon", "group": "adm"}"#;
    let mut file = bed.make("host_file", config).await;
    assert_eq!(
        bed.there(r#"cat "/etc/app's conf"; stat -c '%a %U %G' "/etc/app's conf""#),
        "a\n$HOME 'b' \"c\"\n640 daemon adm\n"
    );
    assert!(matches!(bed.trial.lookup(&file, KEY).await.unwrap(), Found::Object(_)));

    bed.there(r#"echo other > "/etc/app's conf"; chmod 600 "/etc/app's conf""#);
    let seen = bed.trial.read(&file).await.unwrap().unwrap();
    assert_eq!(seen.get("content"), Some(&"other\n".into()));
    assert_eq!(seen.get("mode"), Some(&"0600".into()));
    file.state = seen;
    assert_eq!(
        bed.trial.change(&mut file, &text(config)).await.unwrap(),
        Changed::InPlace
    );

    let imported = bed.trial.import("host_file", "/etc/app's conf").await.unwrap().unwrap();
    assert_eq!(imported.state.get("sha256"), file.state.get("sha256"));
    assert!(bed.trial.import("host_file", "/etc/nothing").await.unwrap().is_none());
    bed.trial.remove(&file).await.unwrap();
    assert!(matches!(bed.trial.lookup(&file, KEY).await.unwrap(), Found::Nothing));
}

#[tokio::test]
async fn a_file_is_a_copy_of_one_here() {
    let Some(bed) = Bed::up().await else { return };
    std::fs::write(bed.directory().join("here"), [0, 159, 146, 150]).unwrap();
    let mut file = bed
        .make("host_file", r#"{"path": "/root/copy", "source": "here"}"#)
        .await;
    assert_eq!(bed.there("od -An -tu1 /root/copy").trim(), "0 159 146 150");
    std::fs::write(bed.directory().join("here"), [1]).unwrap();
    let same = text(r#"{"path": "/root/copy", "source": "here"}"#);
    assert_eq!(bed.trial.change(&mut file, &same).await.unwrap(), Changed::InPlace);
    assert_eq!(bed.there("od -An -tu1 /root/copy").trim(), "1");
}

#[tokio::test]
async fn a_secret_is_there_and_nowhere_else() {
    let Some(bed) = Bed::up().await else { return };
    let with = |secret: &str| format!(r#"{{"path": "/root/key", "secret_content": "{secret}", "mode": "0600"}}"#);
    let mut file = bed.make("host_file", &with("first")).await;
    assert_eq!(bed.there("cat /root/key"), "first");
    assert!(!format!("{:?}", file.state).contains("first"));
    assert_eq!(file.state.get("sha256"), Some(&situs_value::Value::Null));
    assert_eq!(
        bed.trial.change(&mut file, &text(&with("first"))).await.unwrap(),
        Changed::Not
    );
    assert_eq!(
        bed.trial.change(&mut file, &text(&with("second"))).await.unwrap(),
        Changed::InPlace
    );
    assert_eq!(bed.there("cat /root/key"), "second");
    bed.there("echo changed > /root/key");
    assert_eq!(
        bed.trial.change(&mut file, &text(&with("second"))).await.unwrap(),
        Changed::InPlace
    );
}

#[tokio::test]
async fn a_directory_is_kept_while_something_is_in_it() {
    let Some(bed) = Bed::up().await else { return };
    let mut made = bed
        .make(
            "host_directory",
            r#"{"path": "/srv/a/b", "mode": "0750", "owner": "daemon"}"#,
        )
        .await;
    assert_eq!(bed.there("stat -c '%a %U' /srv/a/b"), "750 daemon\n");
    bed.there("touch /srv/a/b/data");
    let faults = bed.trial.remove(&made).await.unwrap_err();
    assert!(
        faults[0].contains("cannot remove the directory `/srv/a/b` on `edge`"),
        "{faults:?}"
    );
    let all = text(r#"{"path": "/srv/a/b", "mode": "0750", "owner": "daemon", "recursive": true}"#);
    assert_eq!(bed.trial.change(&mut made, &all).await.unwrap(), Changed::InPlace);
    bed.trial.remove(&made).await.unwrap();
}

#[tokio::test]
async fn a_user_comes_changes_and_goes() {
    let Some(bed) = Bed::up().await else { return };
    let config = r#"{"name": "app", "groups": ["adm", "www-data"], "shell": "/bin/bash", "comment": "The App", "keys": ["ssh-ed25519 AAAA one"]}"#;
    let mut user = bed.make("host_user", config).await;
    assert_eq!(
        bed.there("id -Gn app | tr ' ' '\\n' | sort | tr '\\n' ' '"),
        "adm app www-data "
    );
    assert_eq!(
        bed.there("cat /home/app/.ssh/authorized_keys; stat -c '%a %U' /home/app/.ssh/authorized_keys"),
        "ssh-ed25519 AAAA one\n600 app\n"
    );
    let other = text(r#"{"name": "app", "groups": ["adm"], "shell": "/bin/sh", "keys": []}"#);
    assert_eq!(bed.trial.change(&mut user, &other).await.unwrap(), Changed::InPlace);
    assert_eq!(bed.there("id -Gn app"), "app adm\n");
    let imported = bed.trial.import("host_user", "app").await.unwrap().unwrap();
    assert_eq!(imported.state.get("uid"), user.state.get("uid"));
    bed.trial.remove(&user).await.unwrap();
    assert_eq!(bed.there("ls -d /home/app 2>/dev/null"), "");
    let system = bed
        .make(
            "host_user",
            r#"{"name": "daemon2", "system": true, "shell": "/usr/sbin/nologin"}"#,
        )
        .await;
    bed.trial.remove(&system).await.unwrap();
}

#[tokio::test]
async fn a_package_that_is_there_is_left_alone() {
    let Some(bed) = Bed::up().await else { return };
    let package = bed
        .make("host_package", r#"{"name": "openssh-server", "keep": true}"#)
        .await;
    let imported = bed
        .trial
        .import("host_package", "openssh-server")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(imported.state.get("name"), package.state.get("name"));
    assert!(
        bed.trial
            .import("host_package", "no-such-package")
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn a_command_is_done_once_and_undone() {
    let Some(bed) = Bed::up().await else { return };
    let config = r#"{"create": "echo did it; echo $WHO >> /root/log", "check": "grep -q $WHO /root/log", "destroy": "rm /root/log",
        "environment": {"WHO": "me"}, "triggers": {"v": "1"}}"#;
    let mut made = bed.make("host_command", config).await;
    assert_eq!(made.state.get("output"), Some(&"did it".into()));
    assert_eq!(bed.there("cat /root/log"), "me\n");
    // It is done already: another one does nothing.
    bed.make("host_command", config).await;
    assert_eq!(bed.there("cat /root/log"), "me\n");
    bed.there("rm /root/log");
    assert!(bed.trial.read(&made).await.unwrap().is_none());
    let other = text(&config.replace("\"1\"", "\"2\""));
    bed.there("echo me > /root/log");
    assert_eq!(bed.trial.change(&mut made, &other).await.unwrap(), Changed::Replaced);
    let never = r#"{"create": "true", "check": "false"}"#;
    let faults = bed.trial.create("host_command", &text(never)).await.unwrap_err();
    assert!(faults[0].contains("what it was to do is not done"), "{faults:?}");
}
