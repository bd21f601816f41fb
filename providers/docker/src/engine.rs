//! The connection to a container engine.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bollard::auth::DockerCredentials;
use bollard::errors::Error;
use bollard::{API_DEFAULT_VERSION, Docker};
use situs_sdk::async_trait;
use situs_sdk::kit::{Check, Client, Field, Object, Place, Problem, Problems};
use situs_ssh::{Address, Connection};

/// Where the engine listens when nothing else is said.
const SOCKET: &str = "unix:///var/run/docker.sock";
/// So long one answer may take, in seconds: an engine that stops a container waits for it.
const PATIENCE: u64 = 300;
/// So long the first answer may take.
const FIRST: Duration = Duration::from_secs(15);

/// The label that carries the key of the change that made something.
pub const KEY: &str = "situs.key";

/// A container engine.
#[derive(Clone, Debug, Default, Object)]
pub struct Config {
    /// where the engine is: `unix:///run/podman/podman.sock`, `tcp://host:2376`, `ssh://user@host` or `ssh://user@host/run/podman/podman.sock`; else what DOCKER_HOST says, else `unix:///var/run/docker.sock`
    #[attr(optional)]
    host: Field<String>,
    /// the address at which what containers publish is reached; the runtime `docker` tells it to other services
    #[attr(optional)]
    address: Field<String>,
    /// the file with the certificate of the authority that vouches for the engine, for `tcp://`
    #[attr(optional)]
    ca_file: Field<String>,
    /// the file with our certificate, for `tcp://`
    #[attr(optional)]
    cert_file: Field<String>,
    /// the file with its key, for `tcp://`
    #[attr(optional)]
    key_file: Field<String>,
    /// the file with the configuration of `ssh`, instead of the user's, for `ssh://`
    #[attr(optional)]
    ssh_config_file: Field<String>,
    /// who we are at registries, by their address: `docker.io`, `registry.example:5000`
    #[attr(optional, sensitive)]
    registries: Field<BTreeMap<String, Login>>,
}

/// Who we are at a registry.
#[derive(Clone, Debug, Default, Object)]
struct Login {
    /// the name
    #[attr(required)]
    username: Field<String>,
    /// the password, or a token
    #[attr(required)]
    password: Field<String>,
}

/// An engine that is connected to.
pub struct Engine {
    /// The Engine API.
    pub api: Docker,
    /// What relative paths start from.
    pub directory: PathBuf,
    /// Whether it is Podman, which tells less than Docker, and something else.
    pub podman: bool,
    registries: BTreeMap<String, Login>,
    _tunnel: Option<Connection>,
}

#[async_trait]
impl Client for Engine {
    type Config = Config;

    fn validate(config: &Config, check: &mut Check) {
        if let Field::Known(host) = &config.host {
            let known = ["unix://", "tcp://", "ssh://"]
                .iter()
                .any(|scheme| host.starts_with(scheme));
            let wanted = "write `unix:///path/of/its.sock`, `tcp://host:2376` or `ssh://user@host`";
            check.that(known, "host", "this is no address of a container engine", wanted);
        }
        let tls = [&config.ca_file, &config.cert_file, &config.key_file];
        let some = tls.iter().filter(|f| !f.is_null()).count();
        let all = "`ca_file`, `cert_file` and `key_file` are needed together";
        check.that(
            some == 0 || some == tls.len(),
            "ca_file",
            "a part of the certificates is missing",
            all,
        );
    }

    async fn connect(config: Config, place: Place) -> Result<Self, Problems> {
        let host = match &config.host {
            Field::Unknown => {
                let why = "It depends on something that is made first.";
                return Err(vec![Problem::error(
                    "the address of the container engine is not known yet",
                    why,
                )]);
            }
            Field::Known(host) => host.clone(),
            Field::Null => std::env::var("DOCKER_HOST")
                .ok()
                .filter(|host| !host.is_empty())
                .unwrap_or_else(|| SOCKET.to_owned()),
        };
        let away = |why: String| {
            vec![Problem::error(
                format!("the container engine at {host} cannot be reached"),
                why,
            )]
        };
        let (api, tunnel) = dial(&host, &config, &place.directory).await.map_err(away)?;
        let negotiated = tokio::time::timeout(FIRST, api.negotiate_version()).await;
        let late = || away(format!("It does not answer within {} seconds.", FIRST.as_secs()));
        let api = negotiated.map_err(|_| late())?.map_err(|error| away(text(&error)))?;
        let version = api.version().await.map_err(|error| away(text(&error)))?;
        let podman = version
            .components
            .iter()
            .flatten()
            .any(|part| part.name.starts_with("Podman"));
        Ok(Self {
            api,
            podman,
            directory: place.directory,
            registries: config.registries.into_known().unwrap_or_default(),
            _tunnel: tunnel,
        })
    }
}

async fn dial(host: &str, config: &Config, directory: &Path) -> Result<(Docker, Option<Connection>), String> {
    let said = |error: Error| text(&error);
    if host.starts_with("ssh://") {
        let (mut address, path) = Address::parse(host)?;
        address.config = config.ssh_config_file.known().map(|file| directory.join(file));
        let there = if path.len() > 1 { path } else { "/var/run/docker.sock" };
        let tunnel = Connection::forward(&address, there).await?;
        let here = tunnel.forwarded();
        let api = Docker::connect_with_unix(&here.to_string_lossy(), PATIENCE, API_DEFAULT_VERSION).map_err(said)?;
        return Ok((api, Some(tunnel)));
    }
    let api = match (host.strip_prefix("unix://"), &config.ca_file) {
        (Some(socket), _) => Docker::connect_with_unix(socket, PATIENCE, API_DEFAULT_VERSION),
        (None, Field::Known(ca)) => {
            let file = |field: &Field<String>| directory.join(field.text());
            let (key, cert) = (file(&config.key_file), file(&config.cert_file));
            Docker::connect_with_ssl(host, &key, &cert, &directory.join(ca), PATIENCE, API_DEFAULT_VERSION)
        }
        (None, _) => Docker::connect_with_http(host, PATIENCE, API_DEFAULT_VERSION),
    };
    Ok((api.map_err(said)?, None))
}

impl Engine {
    /// Who we are at the registry of an image.
    pub fn login(&self, image: &str) -> Option<DockerCredentials> {
        let registry = registry(image);
        let login = self.registries.get(registry)?;
        Some(DockerCredentials {
            username: login.username.known().cloned(),
            password: login.password.known().cloned(),
            serveraddress: Some(registry.to_owned()),
            ..DockerCredentials::default()
        })
    }
}

/// The registry of an image: what is before the first `/` where it looks like a host.
fn registry(image: &str) -> &str {
    match image.split_once('/') {
        Some((host, _)) if host.contains(['.', ':']) || host == "localhost" => host,
        _ => "docker.io",
    }
}

/// What an error says, down to its cause.
pub fn text(error: &Error) -> String {
    match error {
        Error::DockerResponseServerError { message, .. } => message.trim().to_owned(),
        Error::DockerStreamError { error } => error.trim().to_owned(),
        other => {
            let mut said = other.to_string();
            let mut at: &dyn std::error::Error = other;
            while let Some(cause) = at.source() {
                let more = cause.to_string();
                if !said.contains(&more) {
                    said = format!("{said}: {more}");
                }
                at = cause;
            }
            said
        }
    }
}

/// What could not be done, for `map_err`. What comes of a connection that fails may pass.
pub fn cannot(what: impl Into<String>) -> impl FnOnce(Error) -> Problems {
    let what = what.into();
    move |error| {
        let passing = matches!(
            error,
            Error::HyperResponseError { .. } | Error::HyperLegacyError { .. } | Error::RequestTimeoutError
        );
        let problem = Problem::error(format!("cannot {what}"), text(&error));
        vec![if passing { problem.passing(500) } else { problem }]
    }
}

/// The answer, or nothing where the engine does not know what it is asked about.
pub fn found<T>(answer: Result<T, Error>) -> Result<Option<T>, Error> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if status(&error) == Some(404) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The status of an answer that is an error.
pub fn status(error: &Error) -> Option<u16> {
    match error {
        Error::DockerResponseServerError { status_code, .. } => Some(*status_code),
        _ => None,
    }
}
