//! `local_process`: a process that outlives `situs`, kept by a supervisor of its own.

mod claim;
mod control;
mod health;
mod os;
mod record;
pub mod supervisor;

use std::collections::BTreeMap;

use async_trait::async_trait;
use situs_provider::schema::{Mode, Schema};
use situs_provider::{Applied, Apply, Found, Lookup, Plan, Planned, Problem, Problems};
use situs_value::{Type, Value};

use crate::provider::{Place, Resource, found};
use situs_provider::attributes::{Check, attribute, get, number, or, path, schema, table, text, texts, with};

use control::Control;
use record::{Launch, Restart};

/// The resource type.
pub struct LocalProcess;

/// Where a process is when nothing else is said.
const HOST: &str = "127.0.0.1";
const STOP_TIMEOUT_MS: u64 = 10_000;
/// What a process is started anew for. Everything else is taken over while it runs.
const STARTS_ANEW: &[&str] = &["command", "environment", "working_directory"];
/// The state of a process that needs no mending.
const RUNNING: &str = "running";

#[async_trait]
impl Resource for LocalProcess {
    fn schema(&self) -> Schema {
        let words = || Type::map(Type::String);
        let secrets = attribute(
            "secrets",
            words(),
            Mode::Optional,
            "more of its environment, never shown and never kept in the state",
        );
        let mut secrets = (secrets.0, secrets.1.sensitive());
        secrets.1.write_only = true;
        schema(
            "A process on this machine that goes on when situs ends, and is started again when it fails.",
            [
                attribute(
                    "name",
                    Type::String,
                    Mode::Required,
                    "its name, once under the provider's `root`",
                ),
                attribute(
                    "command",
                    Type::list(Type::String),
                    Mode::Required,
                    "the program and its arguments; no shell reads them",
                ),
                attribute(
                    "environment",
                    words(),
                    Mode::Optional,
                    "its environment; besides it gets PATH, HOME and the like",
                ),
                secrets,
                attribute(
                    "working_directory",
                    Type::String,
                    Mode::Optional,
                    "where it runs; relative to the configuration, which is also the default",
                ),
                attribute(
                    "host",
                    Type::String,
                    Mode::Optional,
                    "the address that its ports are on: `127.0.0.1`",
                ),
                attribute(
                    "ports",
                    Type::map(Type::Number),
                    Mode::Optional,
                    "its TCP ports by name; they must be free when it starts",
                ),
                attribute(
                    "health",
                    health::kind(),
                    Mode::Optional,
                    "how to see that it answers: `{ kind = \"http\" | \"tcp\", port, path, every_ms, timeout_ms, within_ms }`",
                ),
                attribute(
                    "restart",
                    Type::String,
                    Mode::OptionalComputed,
                    "when it is started again: `always`, `on_failure` (the default) or `never`",
                ),
                attribute(
                    "stop_timeout_ms",
                    Type::Number,
                    Mode::OptionalComputed,
                    "how long it may take to end before it is killed: 10000",
                ),
                attribute("id", Type::String, Mode::Computed, "names it, once for ever"),
                attribute("pid", Type::Number, Mode::Computed, "its number while it runs"),
                attribute("log", Type::String, Mode::Computed, "the file that holds what it says"),
                attribute(
                    "status",
                    Type::String,
                    Mode::Computed,
                    "`running`, or what is wrong: `restarting`, `stopped`, `unhealthy`, `outdated`, `unsupervised`",
                ),
            ],
        )
    }

    fn validate(&self, config: &Value) -> Problems {
        let mut check = Check::default();
        check_name(&mut check, config);
        check_command(&mut check, config);
        check_environment(&mut check, config);
        check_ports(&mut check, config);
        health::validate(&mut check, config);
        let restart = text(config, "restart").is_none_or(|w| Restart::parse(w).is_some());
        check.that(
            restart,
            "restart",
            "`restart` is not a policy",
            "write \"always\", \"on_failure\" or \"never\"",
        );
        let stop = get(config, "stop_timeout_ms");
        let fits =
            stop.is_null() || !stop.is_known() || number(config, "stop_timeout_ms").is_some_and(|n| n <= 3_600_000);
        check.that(
            fits,
            "stop_timeout_ms",
            "`stop_timeout_ms` is not a time",
            "give whole milliseconds, up to 3600000",
        );
        check.0
    }

    fn plan(&self, place: &Place, request: &Plan) -> Result<Planned, Problems> {
        let (prior, config) = (&request.prior, &request.config);
        let settled = [
            ("secrets", Value::Null),
            ("restart", or(get(config, "restart"), "on_failure".into())),
            (
                "stop_timeout_ms",
                or(get(config, "stop_timeout_ms"), STOP_TIMEOUT_MS.into()),
            ),
            ("log", log_path(place, get(config, "name"))),
            ("status", RUNNING.into()),
        ];
        let state = settled
            .into_iter()
            .fold(request.proposed.clone(), |state, (name, value)| {
                with(&state, name, value)
            });
        let state = if prior.is_null() {
            with(&state, "id", Value::unknown(Type::String))
        } else {
            state
        };
        let anew = prior.is_null() || starts_anew(place, prior, &state, config);
        let state = if anew {
            with(&state, "pid", Value::unknown(Type::Number))
        } else {
            state
        };
        Ok(Planned::new(state, vec![path("name"), path("log")], Vec::new()))
    }

    async fn read(&self, place: &Place, current: &Value) -> Result<Value, Problems> {
        Control::of(place, current)
            .map_err(|p| vec![p])?
            .read(current)
            .await
            .map_err(|p| vec![p])
    }

    async fn apply(&self, place: &Place, request: &Apply) -> Applied {
        let target = if request.planned.is_null() {
            &request.prior
        } else {
            &request.planned
        };
        match Control::of(place, target) {
            Ok(control) if request.planned.is_null() => control.destroy(&request.prior).await,
            Ok(control) => control.put(request).await,
            Err(problem) => Applied::failed(problem),
        }
    }

    async fn lookup(&self, place: &Place, request: &Lookup) -> Result<Found, Problems> {
        let known = if request.planned.is_null() {
            &request.prior
        } else {
            &request.planned
        };
        let control = Control::of(place, known).map_err(|p| vec![p])?;
        let id = text(&request.prior, "id");
        control
            .look(|spec| Some(&*spec.id) == id || spec.key == request.key)
            .await
            .map(found)
            .map_err(|p| vec![p])
    }

    fn import(&self, place: &Place, id: &str) -> Result<Value, Problem> {
        let mut check = Check::default();
        check_name(&mut check, &Value::object([("name", Value::string(id))]));
        if let Some(problem) = check.0.pop() {
            return Err(problem);
        }
        let log = log_path(place, &id.into());
        Control::of(place, &Value::object([("log", log)]))?.import()
    }
}

/// Whether the change needs another start: something that a process gets only then is other than it was, or it does not run well.
fn starts_anew(place: &Place, prior: &Value, planned: &Value, config: &Value) -> bool {
    let other = |name: &&str| get(prior, name) != get(planned, name);
    STARTS_ANEW.iter().any(other)
        || text(prior, "status") != Some(RUNNING)
        || !get(config, "secrets").is_wholly_known()
        || Control::of(place, prior).is_ok_and(|c| c.secrets() != table(config, "secrets"))
}

fn log_path(place: &Place, name: &Value) -> Value {
    match (&place.root, name.as_str()) {
        (Some(root), Some(name)) => Value::string(format!("{root}/processes/{name}/log")),
        _ => Value::unknown(Type::String),
    }
}

/// What the supervisor needs to know of an object.
fn launch(place: &Place, object: &Value) -> Launch {
    let ports = get(object, "ports").attributes().into_iter().flatten();
    Launch {
        command: texts(object, "command"),
        environment: table(object, "environment"),
        directory: text(object, "working_directory").map_or_else(|| place.directory.clone(), |d| place.at(d)),
        host: text(object, "host").unwrap_or(HOST).to_owned(),
        ports: ports
            .filter_map(|(name, value)| Some((name.to_string(), port(value)?)))
            .collect::<BTreeMap<_, _>>(),
        restart: text(object, "restart").and_then(Restart::parse).unwrap_or_default(),
        stop_timeout_ms: number(object, "stop_timeout_ms").unwrap_or(STOP_TIMEOUT_MS),
    }
}

/// A port, if the value is one.
fn port(value: &Value) -> Option<u16> {
    let number = value.as_number()?.to_u64()?;
    u16::try_from(number).ok().filter(|p| *p > 0)
}

/// `host:port`, with brackets where the host has colons.
fn address(host: &str, port: u16) -> String {
    if host.contains(':') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    }
}

fn check_name(check: &mut Check, config: &Value) {
    let fits = |name: &str| {
        let plain = |c: char| c.is_ascii_alphanumeric() || "._-@".contains(c);
        !name.is_empty() && name.len() <= 100 && !name.starts_with('.') && name.chars().all(plain)
    };
    let detail = "use letters, digits, `-`, `_`, `@` and `.`, at most 100, not beginning with `.`";
    check.that(
        text(config, "name").is_none_or(fits),
        "name",
        "`name` cannot be the name of a directory",
        detail,
    );
}

fn check_command(check: &mut Check, config: &Value) {
    let command = get(config, "command");
    let parts = command.elements().unwrap_or_default();
    let named = parts
        .first()
        .is_some_and(|p| !p.is_known() || p.as_str().is_some_and(|p| !p.is_empty()));
    let detail = "give the program and its arguments: `command = [\"perl\", \"app.pl\"]`";
    check.that(
        !command.is_known() || named,
        "command",
        "`command` names no program",
        detail,
    );
    let clean = parts
        .iter()
        .all(|p| !p.is_known() || p.as_str().is_some_and(|p| !p.contains('\0')));
    check.that(clean, "command", "`command` holds null or a zero byte", "take it out");
    let directory = text(config, "working_directory").is_none_or(|d| !d.is_empty() && !d.contains('\0'));
    check.that(
        directory,
        "working_directory",
        "`working_directory` is empty or holds a zero byte",
        "give a path, or leave it out",
    );
}

fn check_environment(check: &mut Check, config: &Value) {
    let (open, secret) = (get(config, "environment"), get(config, "secrets"));
    for (attribute, map) in [("environment", open), ("secrets", secret)] {
        for (name, value) in map.attributes().into_iter().flatten() {
            let named = !name.is_empty() && !name.contains(['=', '\0']);
            check.that(
                named,
                attribute,
                format!("{name:?} cannot be the name of a variable"),
                "a name is not empty and has no `=`",
            );
            let fits = !value.is_known() || value.as_str().is_some_and(|v| !v.contains('\0'));
            check.that(
                fits,
                attribute,
                format!("the variable `{name}` is null or holds a zero byte"),
                "give it a text, or leave it out",
            );
            let once = attribute == "environment" || open.get(name).is_none();
            check.that(
                once,
                attribute,
                format!("`{name}` is in `environment` and in `secrets`"),
                "keep one of them",
            );
        }
    }
}

fn check_ports(check: &mut Check, config: &Value) {
    for (name, value) in get(config, "ports").attributes().into_iter().flatten() {
        let fits = !value.is_known() || port(value).is_some();
        check.that(
            fits,
            "ports",
            format!("the port `{name}` is not a port"),
            "give a number from 1 to 65535",
        );
    }
    let host = text(config, "host")
        .is_none_or(|h| !h.is_empty() && !h.contains(|c: char| c.is_whitespace() || c.is_control()));
    check.that(
        host,
        "host",
        "`host` is not an address",
        "give a name or an IP address, or leave it out",
    );
}
