//! Services, cared for by a real runit.

use situs_provider::Found;
use situs_sdk::trial::{Changed, KEY};

use crate::bed::{Bed, text};

fn web(rest: &str) -> String {
    format!(
        r#"{{"name": "web", "command": ["busybox", "httpd", "-f", "-p", "127.0.0.1:8080", "-h", "/srv"], "working_directory": "/srv",
        "ready": {{"command": ["nc", "-z", "127.0.0.1", "8080"]}}{rest}}}"#
    )
}

#[tokio::test]
async fn a_service_answers_changes_and_goes() {
    let Some(bed) = Bed::up().await else { return };
    bed.there("echo hello > /srv/index.html");
    let mut made = bed
        .make("host_service", &web(r#", "environment": {"A": "it's"}"#))
        .await;
    assert_eq!(bed.there("curl -s http://127.0.0.1:8080"), "hello\n");
    assert!(matches!(bed.trial.lookup(&made, KEY).await.unwrap(), Found::Object(_)));

    let changed = text(&web(r#", "environment": {"A": "other"}"#));
    assert_eq!(bed.trial.change(&mut made, &changed).await.unwrap(), Changed::InPlace);
    let environment = bed.there("tr '\\0' '\\n' < /proc/$(pgrep -x busybox)/environ");
    assert!(environment.contains("A=other"), "{environment}");

    bed.there("sv -v down /run/service/web; echo '# by hand' >> /etc/sv/web/run");
    let seen = bed.trial.read(&made).await.unwrap().unwrap();
    assert_eq!(seen.get("running"), Some(&false.into()));
    assert_ne!(seen.get("definition"), made.state.get("definition"));
    made.state = seen;
    assert_eq!(bed.trial.change(&mut made, &changed).await.unwrap(), Changed::InPlace);
    assert_eq!(bed.there("curl -s http://127.0.0.1:8080"), "hello\n");

    let off = text(&web(r#", "running": false, "enabled": false"#));
    assert_eq!(bed.trial.change(&mut made, &off).await.unwrap(), Changed::InPlace);
    assert_eq!(bed.there("curl -s http://127.0.0.1:8080"), "");
    bed.trial.remove(&made).await.unwrap();
    assert_eq!(
        bed.there("ls -d /etc/sv/web /run/service/web 2>/dev/null; pgrep -f 'runsv web'"),
        ""
    );
}

#[tokio::test]
async fn secrets_are_at_the_host_alone() {
    let Some(bed) = Bed::up().await else { return };
    let with = |secret: &str| web(&format!(r#", "secrets": {{"TOKEN": "{secret}"}}"#));
    let mut made = bed.make("host_service", &with("fi'rst")).await;
    assert!(!format!("{:?}", made.state).contains("rst\""));
    let environment = |bed: &Bed| bed.there("tr '\\0' '\\n' < /proc/$(pgrep -x busybox)/environ");
    assert!(environment(&bed).contains("TOKEN=fi'rst"));
    assert_eq!(bed.there("stat -c %a /etc/sv/web/secrets"), "600\n");
    assert_eq!(
        bed.trial.change(&mut made, &text(&with("fi'rst"))).await.unwrap(),
        Changed::Not
    );
    assert_eq!(
        bed.trial.change(&mut made, &text(&with("second"))).await.unwrap(),
        Changed::InPlace
    );
    assert!(environment(&bed).contains("TOKEN=second"));
    bed.trial.remove(&made).await.unwrap();
}

#[tokio::test]
async fn what_ends_is_started_again_or_not() {
    let Some(bed) = Bed::up().await else { return };
    let config = |name: &str, restart: &str, code: &str| {
        format!(
            r#"{{"name": "{name}", "command": ["sh", "-c", "echo x >> /root/{name}; exit {code}"], "restart": "{restart}", "running": true}}"#
        )
    };
    for (name, restart, code) in [
        ("again", "on-failure", "1"),
        ("well", "on-failure", "0"),
        ("once", "no", "1"),
    ] {
        // It ends at once: what is read may differ from what was made.
        let _ = bed
            .trial
            .create("host_service", &text(&config(name, restart, code)))
            .await;
    }
    tokio::time::sleep(std::time::Duration::from_secs(4)).await;
    let count = |name: &str| {
        bed.there(&format!("wc -l < /root/{name}"))
            .trim()
            .parse::<u32>()
            .unwrap()
    };
    assert!(count("again") > 2, "{}", count("again"));
    assert!(count("well") == 1, "{}", count("well"));
    assert!(count("once") == 1, "{}", count("once"));
}

#[tokio::test]
async fn what_does_not_answer_is_told() {
    let Some(bed) = Bed::up().await else { return };
    let silent = web("").replace(
        r#""ready": {"command": ["nc", "-z", "127.0.0.1", "8080"]}"#,
        r#""ready": {"command": ["false"], "within_ms": 300, "every_ms": 50}"#,
    );
    let faults = bed.trial.create("host_service", &text(&silent)).await.unwrap_err();
    assert_eq!(
        faults,
        ["does not carry out a change: the service `web` does not answer: `false` has not ended with 0 within 300 ms."]
    );
}
