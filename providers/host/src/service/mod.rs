//! `host_service`: a program that runs for as long as the host does, cared for by systemd or runit, whichever is there.

mod ready;
mod text;

use std::collections::BTreeMap;

use situs_sdk::async_trait;
use situs_sdk::kit::{Ask, Check, Failure, Field, Looked, Object, Planning, Problem, Problems, Resource, Sought};

use crate::contents::sha256;
use crate::host::{Host, Manager, check_path};

/// A program that runs for as long as the host does.
#[derive(Clone, Debug, Default, Object)]
pub struct Service {
    /// what it is called, once on the host
    #[attr(required, replace)]
    pub name: Field<String>,
    /// the program and its arguments; no shell reads them
    #[attr(required)]
    pub command: Field<Vec<String>>,
    /// its environment
    #[attr(optional)]
    pub environment: Field<BTreeMap<String, String>>,
    /// more of its environment, in a file that only root reads; never shown and never kept in the state
    #[attr(optional, sensitive, write_only)]
    pub secrets: Field<BTreeMap<String, String>>,
    /// the directory that it starts in
    #[attr(default = "/")]
    pub working_directory: Field<String>,
    /// who it runs as
    #[attr(optional)]
    pub user: Field<String>,
    /// when it is started again: `always`, `on-failure` or `no`
    #[attr(default = "on-failure")]
    pub restart: Field<String>,
    /// whether it is started with the host
    #[attr(default = true)]
    pub enabled: Field<bool>,
    /// whether it runs
    #[attr(default = true)]
    pub running: Field<bool>,
    /// how it is seen, when it is started, that it answers: what needs it waits for that
    #[attr(optional)]
    pub ready: Field<Ready>,
    /// its name
    #[attr(computed)]
    pub id: Field<String>,
    /// the SHA-256 of what systemd or runit are told about it
    #[attr(computed)]
    pub definition: Field<String>,
    /// counts how often its secrets changed
    #[attr(computed)]
    pub revision: Field<u64>,
}

/// How it is seen that it answers.
#[derive(Clone, Debug, Default, PartialEq, Object)]
pub struct Ready {
    /// the program and its arguments, run on the host; it answers where that ends with 0
    #[attr(required)]
    pub command: Field<Vec<String>>,
    /// how often it is looked at, in milliseconds
    #[attr(default = 500_i64)]
    pub every_ms: Field<u64>,
    /// how long it may take until it answers
    #[attr(default = 60_000_i64)]
    pub within_ms: Field<u64>,
}

/// The resource type.
pub struct Services;

/// Lines: the digest of what it is told, whether it is enabled, whether it runs. Nothing where there is none.
const READ_SYSTEMD: &str = r#"
f=/etc/systemd/system/$1.service
[ -f "$f" ] || exit 0
sha256sum < "$f" | cut -d' ' -f1
if systemctl is-enabled -q "$1"; then echo true; else echo false; fi
if systemctl is-active -q "$1"; then echo true; else echo false; fi"#;

const READ_RUNIT: &str = r#"
d=/etc/sv/$1
[ -f "$d/run" ] || exit 0
cat "$d/run" "$d/finish" | sha256sum | cut -d' ' -f1
if [ -e "$2/$1" ] && [ ! -e "$d/down" ]; then echo true; else echo false; fi
case $(sv status "$2/$1" 2>/dev/null) in run:*) echo true;; *) echo false;; esac"#;

/// What it is told and the secrets come in, the first so many bytes long.
const WRITE_SYSTEMD: &str = r#"
set -e
umask 077
mkdir -p /etc/situs
s=/etc/situs/$1.secrets; u=/etc/systemd/system/$1.service
dd bs=1 count="$2" of="$u.new" 2>/dev/null
cat > "$s.new"
chmod 644 "$u.new"
mv -f "$s.new" "$s"
mv -f "$u.new" "$u"
systemctl daemon-reload
if [ "$3" = true ]; then systemctl enable -q "$1"; else systemctl disable -q "$1"; fi
if [ "$4" = true ]; then systemctl restart "$1"; else systemctl stop "$1"; fi"#;

const WRITE_RUNIT: &str = r#"
set -e
umask 077
d=/etc/sv/$1; l=$6/$1
mkdir -p "$d"; chmod 755 "$d"
dd bs=1 count="$2" of="$d/run.new" 2>/dev/null
dd bs=1 count="$3" of="$d/finish.new" 2>/dev/null
cat > "$d/secrets.new"
chmod 755 "$d/run.new" "$d/finish.new"
mv -f "$d/secrets.new" "$d/secrets"; mv -f "$d/finish.new" "$d/finish"; mv -f "$d/run.new" "$d/run"
# It is not to start before it is told to.
: > "$d/down"
[ -e "$l" ] || ln -s "$d" "$l"
i=0
while [ ! -p "$d/supervise/ok" ]; do
  i=$((i + 1)); [ $i -lt 150 ] || { echo "runsvdir does not look at $6" >&2; exit 1; }
  sleep 0.1
done
sv -v -w 10 down "$l" >/dev/null || sv -v -w 10 kill "$l" >/dev/null
if [ "$4" = true ]; then rm -f "$d/down"; fi
if [ "$5" = true ]; then sv up "$l" >/dev/null; fi"#;

const REMOVE_SYSTEMD: &str = r#"
[ -f "/etc/systemd/system/$1.service" ] || exit 0
systemctl disable -q --now "$1"
rm -f "/etc/systemd/system/$1.service" "/etc/situs/$1.secrets"
systemctl daemon-reload"#;

const REMOVE_RUNIT: &str = r#"
d=/etc/sv/$1
[ -d "$d" ] || exit 0
sv -v -w 10 down "$2/$1" >/dev/null 2>&1 || sv -v kill "$2/$1" >/dev/null 2>&1
rm -f "$2/$1"
sv exit "$d" >/dev/null 2>&1
i=0
while [ -p "$d/supervise/ok" ] && sv status "$d" >/dev/null 2>&1 && [ $i -lt 50 ]; do i=$((i + 1)); sleep 0.1; done
rm -rf "$d""#;

/// The secrets that are there, as they were written.
const SECRETS: &str = r#"cat "$1" 2>/dev/null || true"#;

/// Where its secrets are.
fn secrets_file(manager: &Manager, name: &str) -> String {
    match manager {
        Manager::Runit(_) => format!("/etc/sv/{name}/secrets"),
        _ => format!("/etc/situs/{name}.secrets"),
    }
}

fn no_manager(host: &Host) -> Result<(), Problem> {
    match host.manager {
        Manager::None => Err(Problem::error(
            "there is neither systemd nor runit on this host",
            "Nothing cares for services there. Install one of them, or use another runtime.",
        )),
        _ => Ok(()),
    }
}

/// What its manager is told, whole.
fn told(host: &Host, service: &Service) -> text::Told {
    match host.manager {
        Manager::Runit(_) => text::runit(service),
        _ => text::systemd(service),
    }
}

fn secrets_text(host: &Host, secrets: &Field<BTreeMap<String, String>>) -> String {
    let secrets = secrets.known().cloned().unwrap_or_default();
    match host.manager {
        Manager::Runit(_) => text::exports(&secrets),
        _ => text::environment_file(&secrets),
    }
}

/// Whether all that its manager is told is known.
fn is_known(service: &Service) -> bool {
    let texts = [
        &service.name,
        &service.working_directory,
        &service.user,
        &service.restart,
    ];
    !texts.iter().any(|f| f.is_unknown()) && !service.command.is_unknown() && !service.environment.is_unknown()
}

async fn write(host: &Host, planned: Service, ask: Ask<'_, Service>) -> Result<Service, Failure<Service>> {
    no_manager(host)?;
    let name = planned.name.text();
    let told = told(host, &planned);
    let secrets = secrets_text(host, &ask.config.secrets);
    let input = [told.main.as_str(), &told.finish, &secrets].concat();
    let (main, finish) = (told.main.len().to_string(), told.finish.len().to_string());
    let (enabled, running) = (planned.enabled.get().to_string(), planned.running.get().to_string());
    let what = format!("set up the service `{name}`");
    match &host.manager {
        Manager::Runit(directory) => {
            let arguments = [name, &main, &finish, &enabled, &running, directory];
            host.give(&what, WRITE_RUNIT, &arguments, input.as_bytes()).await?
        }
        _ => {
            let arguments = [name, &main, &enabled, &running];
            host.give(&what, WRITE_SYSTEMD, &arguments, input.as_bytes()).await?
        }
    };
    let made = Service {
        definition: told.digest().into(),
        ..planned
    };
    match made.running.get() {
        true => match ready::wait(host, &made).await {
            Ok(()) => Ok(made),
            Err(problems) => Err(Failure::after(made, problems)),
        },
        false => Ok(made),
    }
}

#[async_trait]
impl Resource for Services {
    type Client = Host;
    type State = Service;

    fn validate(&self, config: &Service, check: &mut Check) {
        if let Field::Known(name) = &config.name {
            let first = name.starts_with(|c: char| c.is_ascii_alphanumeric());
            let rest = name.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c));
            let wanted = "letters, digits, `_`, `.` and `-`, a letter or a digit first";
            check.that(
                first && rest,
                "name",
                format!("`{name}` is no name of a service"),
                wanted,
            );
        }
        let program = config
            .command
            .known()
            .is_none_or(|all| all.first().is_some_and(|p| !p.is_empty()));
        check.that(program, "command", "a service needs a program", "name it first");
        let restart = config
            .restart
            .known()
            .is_none_or(|r| ["always", "on-failure", "no"].contains(&r.as_str()));
        let wanted = "always, on-failure, no";
        check.that(
            restart,
            "restart",
            format!("`{}` is none of these", config.restart.text()),
            wanted,
        );
        check_path(
            check,
            "working_directory",
            &match config.working_directory.text() {
                "/" => Field::Null,
                _ => config.working_directory.clone(),
            },
        );
        let word = |name: &String| {
            name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        };
        let maps = config.environment.known().into_iter().chain(config.secrets.known());
        let names = maps.flat_map(|map| map.keys()).all(word);
        let wanted = "letters, digits and `_`, no digit first";
        check.that(
            names,
            "environment",
            "a variable has a name that `sh` does not take",
            wanted,
        );
        let maps = config.environment.known().into_iter().chain(config.secrets.known());
        let lines = maps
            .flat_map(|map| map.values())
            .chain(config.command.all())
            .all(|v| !v.contains(['\n', '\0']));
        check.that(
            lines,
            "command",
            "what a service is told is one line each",
            "put longer texts into a file",
        );
    }

    async fn plan(&self, host: &Host, plan: Planning<'_, Service>, planned: &mut Service) -> Result<(), Problems> {
        no_manager(host).map_err(|problem| vec![problem])?;
        planned.id = planned.name.clone();
        planned.definition = match is_known(planned) {
            true => told(host, planned).digest().into(),
            false => Field::Unknown,
        };
        let Some(prior) = plan.prior else {
            planned.revision = 1.into();
            return Ok(());
        };
        let name = prior.name.text();
        let same = match plan.config.secrets.is_unknown() {
            true => false,
            false => {
                let file = secrets_file(&host.manager, name);
                let is = host
                    .ask(&format!("read the secrets of `{name}`"), SECRETS, &[&file])
                    .await?;
                is == secrets_text(host, &plan.config.secrets)
            }
        };
        planned.revision = (prior.revision.get() + u64::from(!same)).into();
        Ok(())
    }

    async fn create(&self, host: &Host, planned: Service, ask: Ask<'_, Service>) -> Result<Service, Failure<Service>> {
        write(host, planned, ask).await
    }

    async fn read(&self, host: &Host, current: Service) -> Result<Option<Service>, Problems> {
        let name = current.name.text();
        let what = format!("read the service `{name}`");
        let said = match &host.manager {
            Manager::Runit(directory) => host.ask(&what, READ_RUNIT, &[name, directory]).await?,
            _ => host.ask(&what, READ_SYSTEMD, &[name]).await?,
        };
        let lines: Vec<&str> = said.lines().collect();
        let [definition, enabled, running] = lines.as_slice() else {
            return Ok(None);
        };
        Ok(Some(Service {
            definition: (*definition).into(),
            enabled: (*enabled == "true").into(),
            running: (*running == "true").into(),
            ..current
        }))
    }

    async fn update(
        &self,
        host: &Host,
        _: Service,
        planned: Service,
        ask: Ask<'_, Service>,
    ) -> Result<Service, Failure<Service>> {
        write(host, planned, ask).await
    }

    async fn delete(&self, host: &Host, prior: Service) -> Result<(), Problems> {
        let name = prior.name.text();
        let what = format!("remove the service `{name}`");
        match &host.manager {
            Manager::Runit(directory) => host.ask(&what, REMOVE_RUNIT, &[name, directory]).await?,
            _ => host.ask(&what, REMOVE_SYSTEMD, &[name]).await?,
        };
        Ok(())
    }

    async fn lookup(&self, host: &Host, sought: Sought<Service>) -> Result<Looked<Service>, Problems> {
        let Some(planned) = sought.planned else {
            return Ok(Looked::CannotTell);
        };
        let wanted = told(host, &planned).digest();
        let found = self.read(host, planned).await?;
        let same = found.filter(|service| service.definition.text() == wanted);
        Ok(same.map_or(Looked::Nothing, |service| Looked::Object(Box::new(service))))
    }
}

impl text::Told {
    /// The digest of all of it.
    fn digest(&self) -> String {
        sha256([self.main.as_str(), &self.finish].concat().as_bytes())
    }
}
