//! `local_process`, with real processes.

use std::fs;
use std::time::{Duration, Instant};

use situs_provider::Found;
use situs_value::{Number, Type, Value};

use super::mending::{running, sleeper};
use super::support::{
    World, at, configured, eventually, free_port, is_alive, kill, number, processes_with, shell, table, words,
};

const SERVER: &str = r#"
use IO::Socket::INET; $| = 1; sleep $ENV{SLOW} if $ENV{SLOW};
my $s = IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => $ENV{PORT}, Listen => 5, ReuseAddr => 1) or die "no: $!\n";
print "listening\n";
while (my $c = $s->accept) { my $l = <$c>; my $code = $l =~ m{/ok} ? 200 : 503; print $c "HTTP/1.1 $code X\r\nContent-Length: 0\r\n\r\n"; close $c }
"#;

fn health(port: u16, path: &str, within_ms: u64) -> Value {
    Value::object([
        ("kind", "http".into()),
        ("port", number(port)),
        ("path", path.into()),
        ("within_ms", within_ms.into()),
    ])
}

#[tokio::test]
async fn a_process_from_its_start_to_its_end() {
    let world = World::new().await;
    let mut process = world.resource("local_process");
    let config = [
        ("name", "p".into()),
        ("command", shell("echo hello $WHO in $(pwd); exec sleep 1000")),
        ("environment", table(&[("WHO", "you")])),
    ];
    process.apply(&config).await.unwrap();
    let pid = process.pid();
    assert!(is_alive(pid));
    assert_eq!(process.text("status"), "running");
    assert_eq!(process.text("restart"), "on_failure");
    assert_eq!(process.text("log"), ".situs/sites/default/processes/p/log");
    assert!(process.text("id").starts_with("p-"));
    let directory = world.directory.path().canonicalize().unwrap();
    assert_eq!(world.log("p"), format!("hello you in {}\n", directory.display()));
    assert!(process.is_settled(&config).await);
    assert_eq!(process.pid(), pid);

    let supervisor = world.supervisor("p");
    assert!(process.destroy().await.is_empty());
    assert!(process.state.is_null() && !is_alive(pid) && !is_alive(supervisor));
    let left: Vec<_> = fs::read_dir(world.home("p"))
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    assert_eq!(left, ["log"]);
}

#[tokio::test]
async fn it_is_in_a_session_of_its_own_and_no_child_of_situs() {
    let world = World::new().await;
    let process = running(&world, "exec sleep 1000").await;
    let stat = |pid: i64| fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let field = |pid: i64, n: usize| -> i64 {
        stat(pid)
            .rsplit_once(')')
            .unwrap()
            .1
            .split_whitespace()
            .nth(n)
            .unwrap()
            .parse()
            .unwrap()
    };
    let own = i64::from(std::process::id());
    let supervisor = world.supervisor("p");
    assert_ne!(field(supervisor, 1), own, "the supervisor's parent");
    assert_eq!(field(supervisor, 3), field(process.pid(), 3), "one session");
    assert_ne!(field(supervisor, 3), field(own, 3), "not the session of situs");
    assert_eq!(field(process.pid(), 2), process.pid(), "a group of its own");
    let fds = fs::read_dir(format!("/proc/{supervisor}/fd")).unwrap().count();
    assert!(fds < 16, "{fds} files are open");
    assert_eq!(
        fs::read_dir(format!("/proc/{supervisor}/task")).unwrap().count(),
        1,
        "one thread"
    );
}

#[tokio::test]
async fn what_it_gets_is_what_is_configured() {
    let world = World::new().await;
    let mut process = world.resource("local_process");
    fs::create_dir(world.path("sub")).unwrap();
    fs::write(
        world.path("sub/run"),
        "#!/bin/sh\nenv | sort; echo \"$0 $@\"; exec sleep 1000\n",
    )
    .unwrap();
    std::process::Command::new("chmod")
        .args(["+x"])
        .arg(world.path("sub/run"))
        .status()
        .unwrap();
    let config = [
        ("name", "p".into()),
        ("command", words(&["./run", "a b", "$HOME"])),
        ("environment", table(&[("A", "1")])),
        ("secrets", table(&[("TOKEN", "hush")])),
        ("working_directory", "sub".into()),
    ];
    process.apply(&config).await.unwrap();
    let log = world.log("p");
    assert!(
        log.contains("A=1\n") && log.contains("TOKEN=hush\n") && log.contains("SITUS_RESOURCE_ID=p-"),
        "{log}"
    );
    assert!(log.contains("run a b $HOME\n"), "{log}");
    assert!(
        !log.contains("CARGO"),
        "the environment of situs is not the process's: {log}"
    );
    assert!(process.state.get("secrets").unwrap().is_null());
    assert!(!format!("{:?}", process.state).contains("hush"));
    assert!(
        !fs::read_to_string(world.home("p").join("spec.json"))
            .unwrap()
            .contains("hush")
    );
    assert!(process.is_settled(&config).await);

    let mut other = config.clone();
    other[3].1 = table(&[("TOKEN", "louder")]);
    assert!(!process.is_settled(&other).await, "another secret is another start");
    process.apply(&other).await.unwrap();
    assert!(world.log("p").contains("TOKEN=louder\n"));
    assert!(process.is_settled(&other).await);
}

#[tokio::test]
async fn a_change_of_its_environment_starts_it_anew_and_keeps_its_id() {
    let world = World::new().await;
    let mut process = world.resource("local_process");
    let config = |who: &str| {
        [
            ("name", "p".into()),
            ("command", shell("echo $WHO; exec sleep 1000")),
            ("environment", table(&[("WHO", who)])),
        ]
    };
    process.apply(&config("one")).await.unwrap();
    let (id, pid, supervisor) = (process.text("id"), process.pid(), world.supervisor("p"));
    let planned = process.plan(&process.config(&config("two"))).await;
    assert!(!planned.state.get("pid").unwrap().is_known());
    assert_eq!(planned.state.get("id"), process.state.get("id"));
    process.apply(&config("two")).await.unwrap();
    assert_eq!((process.text("id"), world.supervisor("p")), (id, supervisor));
    assert!(!is_alive(pid) && is_alive(process.pid()));
    assert_eq!(world.log("p"), "one\ntwo\n");
    assert!(process.is_settled(&config("two")).await);
}

#[tokio::test]
async fn a_change_of_how_it_is_kept_does_not_touch_it() {
    let world = World::new().await;
    let mut process = running(&world, "exec sleep 1000").await;
    let pid = process.pid();
    let mut config = sleeper("exec sleep 1000");
    config.push(("restart", "never".into()));
    config.push(("stop_timeout_ms", 500_u64.into()));
    let planned = process.plan(&process.config(&config)).await;
    assert!(planned.state.is_wholly_known());
    process.apply(&config).await.unwrap();
    assert!(process.is_settled(&config).await);
    assert_eq!(process.pid(), pid);
    kill(pid, "-9");
    eventually("its supervisor keeps to `never`", || {
        world.status("p")["phase"] == "stopped"
    });
}

#[tokio::test]
async fn another_name_is_another_process() {
    let world = World::new().await;
    let process = running(&world, "exec sleep 1000").await;
    let planned = process
        .plan(&process.config(&[("name", "q".into()), ("command", shell("exec sleep 1000"))]))
        .await;
    assert_eq!(planned.replace, [at("name"), at("log")]);
}

#[tokio::test]
async fn another_root_finds_the_old_process() {
    let world = World::new().await;
    let mut process = running(&world, "exec sleep 1000").await;
    let pid = process.pid();
    process.provider = configured(world.directory.path(), "elsewhere".into()).await;
    assert!(!process.read().await.is_null());
    let planned = process.plan(&process.config(&sleeper("exec sleep 1000"))).await;
    assert_eq!(
        planned.state.get("log"),
        Some(&Value::string("elsewhere/processes/p/log"))
    );
    assert!(process.destroy().await.is_empty());
    assert!(!is_alive(pid));
}

#[tokio::test]
async fn one_that_does_not_end_is_killed() {
    let world = World::new().await;
    let mut process = world.resource("local_process");
    let script = "trap '' TERM; while true; do sleep 0.05; done";
    let config = [
        ("name", "p".into()),
        ("command", shell(script)),
        ("stop_timeout_ms", 300_u64.into()),
    ];
    process.apply(&config).await.unwrap();
    let (pid, begin) = (process.pid(), Instant::now());
    assert!(process.destroy().await.is_empty());
    assert!(!is_alive(pid));
    assert!(begin.elapsed() >= Duration::from_millis(290));
}

#[tokio::test]
async fn it_is_waited_for_until_it_is_healthy() {
    let world = World::new().await;
    let port = free_port();
    let mut process = world.resource("local_process");
    let config = [
        ("name", "p".into()),
        ("command", words(&["perl", "-e", SERVER])),
        ("environment", table(&[("PORT", &port.to_string()), ("SLOW", "1")])),
        ("ports", Value::map([("http", number(port))])),
        ("health", health(port, "/ok", 20_000)),
    ];
    process.apply(&config).await.unwrap();
    assert!(world.log("p").contains("listening"));
    assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
    assert!(process.is_settled(&config).await);

    // A change that makes it ill is told, and what is there stays to be looked at, and is not called well by the next plan.
    let mut ill = config.clone();
    ill[4].1 = health(port, "/bad", 300);
    let problems = process.apply(&ill).await.unwrap_err();
    assert_eq!(problems[0].summary, "it did not become healthy within 300 ms");
    assert!(
        problems[0]
            .detail
            .starts_with(&format!("http://127.0.0.1:{port}/bad answers with code 503")),
        "{problems:?}"
    );
    assert!(is_alive(process.pid()));
    assert!(!process.is_settled(&ill).await);
    assert_eq!(process.text("status"), "unhealthy");
    process.apply(&config).await.unwrap();
    assert!(process.is_settled(&config).await);
}

#[tokio::test]
async fn one_that_cannot_begin_leaves_nothing_but_its_log() {
    let world = World::new().await;
    let mut process = world.resource("local_process");
    let script = "echo looking for trouble; echo found it >&2; exit 3";
    let problems = process.apply(&sleeper(script)).await.unwrap_err();
    assert_eq!(problems[0].summary, "it does not stay up: it ended with code 3");
    assert!(
        problems[0]
            .detail
            .contains("Its log ends with:\n  looking for trouble\n  found it"),
        "{problems:?}"
    );
    assert!(process.state.is_null());
    assert_eq!(fs::read_dir(world.home("p")).unwrap().count(), 1);

    let nowhere = [("name", "p".into()), ("command", words(&["/no/such/program"]))];
    let problems = process.apply(&nowhere).await.unwrap_err();
    assert_eq!(
        problems[0].summary,
        "it cannot be started: the program `/no/such/program`: No such file or directory"
    );
    let mut nowhere = sleeper("sleep 9");
    nowhere.push(("working_directory", "gone".into()));
    let problems = process.apply(&nowhere).await.unwrap_err();
    assert!(problems[0].summary.ends_with("gone` does not exist"), "{problems:?}");
    assert!(processes_with(&world.directory.path().display().to_string()).is_empty());
}

#[tokio::test]
async fn a_taken_port_is_told_with_who_has_it() {
    let world = World::new().await;
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let mut process = world.resource("local_process");
    let mut config = sleeper("exec sleep 1000");
    config.push(("ports", Value::map([("http", number(port))])));
    let problems = process.apply(&config).await.unwrap_err();
    let who = format!("process {} (", std::process::id());
    let said = &problems[0].summary;
    assert!(
        said.starts_with(&format!(
            "it cannot be started: its port `http` (127.0.0.1:{port}) is taken by {who}"
        )),
        "{said}"
    );
    drop(taken);
    process.apply(&config).await.unwrap();
}

#[tokio::test]
async fn a_name_that_is_taken_is_told() {
    let world = World::new().await;
    let process = running(&world, "exec sleep 1000").await;
    let mut other = world.resource("local_process");
    other.keys = 100;
    let problems = other.apply(&sleeper("exec sleep 1000")).await.unwrap_err();
    assert!(
        problems[0]
            .summary
            .starts_with("a process of this name runs already in"),
        "{problems:?}"
    );
    assert!(
        problems[0]
            .detail
            .contains(&format!("`kill {}`", world.supervisor("p")))
    );
    assert!(is_alive(process.pid()));

    // What is left of one that is gone is in nobody's way.
    let supervisor = world.supervisor("p");
    kill(supervisor, "-TERM");
    eventually("it is gone", || !is_alive(supervisor));
    other.apply(&sleeper("exec sleep 1000")).await.unwrap();
    assert_ne!(other.text("id"), process.text("id"));
}

#[tokio::test]
async fn an_interrupted_change_is_found_by_its_key() {
    let world = World::new().await;
    let mut process = world.resource("local_process");
    let config = sleeper("exec sleep 1000");
    let planned = process.plan(&process.config(&config)).await.state;
    assert!(matches!(process.lookup("key-1", planned.clone()).await, Found::Nothing));
    process.apply(&config).await.unwrap();
    let made = std::mem::replace(&mut process.state, Value::Null);
    match process.lookup("key-1", planned.clone()).await {
        Found::Object(answer) => assert_eq!(answer.state, made),
        other => panic!("{other:?}"),
    }
    assert!(matches!(process.lookup("another", planned).await, Found::Nothing));
    // The same change once more makes no second one.
    process.keys = 0;
    process.apply(&config).await.unwrap();
    assert_eq!(process.state, made);

    assert!(
        matches!(process.lookup("k", Value::Null).await, Found::Object(_)),
        "a destruction that did not begin"
    );
    let prior = process.state.clone();
    process.destroy().await;
    process.state = prior;
    assert!(
        matches!(process.lookup("k", Value::Null).await, Found::Nothing),
        "a destruction that is done"
    );
}

#[tokio::test]
async fn it_is_imported_by_its_name() {
    let world = World::new().await;
    let process = running(&world, "exec sleep 1000").await;
    let import = |id: &str| situs_provider::Import {
        type_name: "local_process".to_owned(),
        id: id.to_owned(),
    };
    let found = world.provider.import(import("p")).await.unwrap();
    let mut again = world.resource("local_process");
    again.state = found[0].state.clone();
    assert_eq!(again.read().await, process.state);
    assert!(world.provider.import(import("q")).await.unwrap().is_empty());
    assert!(world.provider.import(import("../p")).await.is_err());
}

#[tokio::test]
async fn a_wish_to_stop_ends_the_wait() {
    let world = World::new().await;
    let mut process = world.resource("local_process");
    let mut config = sleeper("exec sleep 1000");
    config.push(("health", health(free_port(), "/", 60_000)));
    let provider = world.provider.clone();
    let stop = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(400)).await;
        provider.stop().await;
    });
    let problems = process.apply(&config).await.unwrap_err();
    stop.await.unwrap();
    assert_eq!(problems[0].summary, "stopped before it was seen to be well");
    assert!(is_alive(process.pid()), "it is there, and the state knows it");
}

#[tokio::test]
async fn mistakes_are_told() {
    let world = World::new().await;
    let process = world.resource("local_process");
    let wrong = [
        ("name", "../up".into()),
        ("command", words(&[""])),
        ("environment", table(&[("A=B", "1"), ("TOKEN", "1")])),
        ("secrets", table(&[("TOKEN", "2")])),
        ("ports", Value::map([("http", Value::from(70_000_u64))])),
        ("restart", "sometimes".into()),
        ("stop_timeout_ms", Value::Number(Number::parse("1.5").unwrap())),
        (
            "health",
            Value::object([("kind", "ftp".into()), ("port", number(1)), ("path", "x".into())]),
        ),
    ];
    let problems = world
        .provider
        .validate_resource("local_process", &process.config(&wrong))
        .await;
    let told: Vec<&str> = problems.iter().map(|p| &*p.summary).collect();
    let expected = [
        "`name` cannot be the name of a directory",
        "`command` names no program",
        "\"A=B\" cannot be the name of a variable",
        "`TOKEN` is in `environment` and in `secrets`",
        "the port `http` is not a port",
        "`health.kind` is neither \"http\" nor \"tcp\"",
        "`health.path` is not the path of a URL",
        "`restart` is not a policy",
        "`stop_timeout_ms` is not a time",
    ];
    assert_eq!(told, expected);
    let unknown = process.config(&[
        ("name", "p".into()),
        ("command", Value::unknown(Type::list(Type::String))),
    ]);
    assert!(
        world
            .provider
            .validate_resource("local_process", &unknown)
            .await
            .is_empty()
    );
}
