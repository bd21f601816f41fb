//! `docker_container`: a container, running.

mod body;
mod live;
mod ready;

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use bollard::models::{ContainerUpdateBody, EndpointIpamConfig, EndpointSettings, NetworkConnectRequest};
use bollard::query_parameters::{
    CreateContainerOptions, InspectContainerOptions, ListContainersOptions, RemoveContainerOptions,
    StartContainerOptions, StopContainerOptions,
};
use situs_sdk::async_trait;
use situs_sdk::kit::{Ask, Check, Failure, Field, Looked, Object, Planning, Problem, Problems, Resource, Sought};
use situs_value::Number;

use crate::engine::{Engine, cannot, found, status};
use crate::volume::{by_key, check_name, taken};

/// A container. What an engine can change of it while it runs is changed; for everything else it is made anew.
#[derive(Clone, Debug, Default, Object)]
pub struct Container {
    /// what it is called, once on its engine
    #[attr(required, replace)]
    pub name: Field<String>,
    /// the image that it is made of, by name or by id; the engine has to have it, see `docker_image`
    #[attr(required, replace)]
    pub image: Field<String>,
    /// what it runs, where that is not what the image says
    #[attr(optional, replace)]
    pub command: Field<Vec<String>>,
    /// what runs that
    #[attr(optional, replace)]
    pub entrypoint: Field<Vec<String>>,
    /// its environment, beside what the image says
    #[attr(optional, replace)]
    pub environment: Field<BTreeMap<String, String>>,
    /// more of its environment, never shown and never kept in the state
    #[attr(optional, sensitive, write_only)]
    pub secrets: Field<BTreeMap<String, String>>,
    /// notes on it
    #[attr(optional, replace)]
    pub labels: Field<BTreeMap<String, String>>,
    /// the directory that it starts in
    #[attr(optional, replace)]
    pub working_directory: Field<String>,
    /// who it runs as: `1000`, `app:app`
    #[attr(optional, replace)]
    pub user: Field<String>,
    /// what it takes its host to be
    #[attr(optional, replace)]
    pub hostname: Field<String>,
    /// when it is started again: `no`, `on-failure`, `unless-stopped` or `always`
    #[attr(default = "no")]
    pub restart: Field<String>,
    /// what it is told to end by: `SIGTERM`
    #[attr(optional, replace)]
    pub stop_signal: Field<String>,
    /// how many seconds it may take to end
    #[attr(optional, replace)]
    pub stop_timeout: Field<u64>,
    /// which of its ports are reached from outside
    #[attr(optional, replace)]
    pub ports: Field<Vec<Port>>,
    /// what of elsewhere is in its file system
    #[attr(optional, replace)]
    pub mounts: Field<Vec<Mount>>,
    /// the networks that it is in
    #[attr(optional)]
    pub networks: Field<Vec<Attachment>>,
    /// instead of networks: `host`, `none`, `bridge` or `container:NAME`
    #[attr(optional, replace)]
    pub network_mode: Field<String>,
    /// who it asks for names
    #[attr(optional, replace)]
    pub dns: Field<Vec<String>>,
    /// addresses by name, beside what those say
    #[attr(optional, replace)]
    pub hosts: Field<BTreeMap<String, String>>,
    /// how many processors it may use: `0.5`
    #[attr(optional)]
    pub cpus: Field<Number>,
    /// how many bytes of memory it may use
    #[attr(optional)]
    pub memory: Field<u64>,
    /// how many processes it may have
    #[attr(optional, replace)]
    pub processes: Field<u64>,
    /// whether it cannot write into its own file system
    #[attr(default = false, replace)]
    pub read_only: Field<bool>,
    /// whether it may do all that its host may
    #[attr(default = false, replace)]
    pub privileged: Field<bool>,
    /// whether a small process in it cares for those that lost their parent
    #[attr(default = false, replace)]
    pub init: Field<bool>,
    /// what it may do beside the usual: `NET_ADMIN`
    #[attr(optional, replace)]
    pub add_capabilities: Field<Vec<String>>,
    /// what of the usual it may not do: `ALL`
    #[attr(optional, replace)]
    pub drop_capabilities: Field<Vec<String>>,
    /// what else the engine is told about security: `no-new-privileges`
    #[attr(optional, replace)]
    pub security_options: Field<Vec<String>>,
    /// settings of the kernel for it alone
    #[attr(optional, replace)]
    pub sysctls: Field<BTreeMap<String, String>>,
    /// where the engine writes what it says: `json-file`, `journald`
    #[attr(optional, replace)]
    pub log_driver: Field<String>,
    /// what that is told
    #[attr(optional, replace)]
    pub log_options: Field<BTreeMap<String, String>>,
    /// how the engine looks at it from time to time
    #[attr(optional, replace)]
    pub health: Field<Health>,
    /// how it is seen, when it is started, that it answers: what needs it waits for that
    #[attr(optional)]
    pub ready: Field<Ready>,
    /// whether it runs
    #[attr(default = true)]
    pub running: Field<bool>,
    /// what the engine calls it
    #[attr(computed)]
    pub id: Field<String>,
    /// what the engine calls its image
    #[attr(computed)]
    pub image_id: Field<String>,
    /// counts how often it was made anew because its secrets changed, or a limit that its engine cannot change while it runs
    #[attr(computed, replace)]
    pub revision: Field<u64>,
}

/// A port that is reached from outside.
#[derive(Clone, Debug, Default, PartialEq, Object)]
pub struct Port {
    /// its number in the container
    #[attr(required)]
    pub container: Field<u64>,
    /// its number outside, where the engine is not to choose
    #[attr(optional, computed)]
    pub host: Field<u64>,
    /// the address outside, where it is not all of them
    #[attr(optional)]
    pub address: Field<String>,
    /// `tcp`, `udp` or `sctp`
    #[attr(default = "tcp")]
    pub protocol: Field<String>,
}

/// What of elsewhere is in its file system.
#[derive(Clone, Debug, Default, PartialEq, Object)]
pub struct Mount {
    /// `volume`, `bind` (of the host) or `tmpfs` (memory)
    #[attr(default = "volume")]
    pub kind: Field<String>,
    /// the name of the volume, or the path on the host
    #[attr(optional)]
    pub source: Field<String>,
    /// where it is in the container
    #[attr(required)]
    pub target: Field<String>,
    /// whether it can only be read
    #[attr(default = false)]
    pub read_only: Field<bool>,
}

/// A network that it is in.
#[derive(Clone, Debug, Default, PartialEq, Object)]
pub struct Attachment {
    /// its name
    #[attr(required)]
    pub name: Field<String>,
    /// what else it is called there
    #[attr(optional)]
    pub aliases: Field<Vec<String>>,
    /// its address there, where the engine is not to choose
    #[attr(optional)]
    pub address: Field<String>,
}

/// How an engine looks at a container from time to time.
#[derive(Clone, Debug, Default, PartialEq, Object)]
pub struct Health {
    /// the program and its arguments; it is well where that ends with 0
    #[attr(required)]
    pub command: Field<Vec<String>>,
    /// how often, in milliseconds
    #[attr(default = 30_000_i64)]
    pub every_ms: Field<u64>,
    /// how long one look may take
    #[attr(default = 30_000_i64)]
    pub timeout_ms: Field<u64>,
    /// how long it may take to get well after a start
    #[attr(default = 0_i64)]
    pub start_ms: Field<u64>,
    /// how often in a row it may look ill
    #[attr(default = 3_i64)]
    pub retries: Field<u64>,
}

/// How it is seen that a container answers.
#[derive(Clone, Debug, Default, PartialEq, Object)]
pub struct Ready {
    /// the program and its arguments, run in the container; it answers where that ends with 0
    #[attr(required)]
    pub command: Field<Vec<String>>,
    /// how often it is looked at, in milliseconds
    #[attr(default = 500_i64)]
    pub every_ms: Field<u64>,
    /// how long one look may take
    #[attr(default = 5_000_i64)]
    pub timeout_ms: Field<u64>,
    /// how long it may take until it answers
    #[attr(default = 60_000_i64)]
    pub within_ms: Field<u64>,
}

/// The resource type.
pub struct Containers;

/// What the engine says of a container. Between its end and its being tidied up Podman calls it `stopped`, which is no state of the API.
async fn inspect(engine: &Engine, name: &str) -> Result<Option<live::Live>, Problems> {
    let mut tries = 0;
    loop {
        let live = engine
            .api
            .inspect_container(name, None::<InspectContainerOptions>)
            .await;
        if !matches!(live, Err(bollard::errors::Error::JsonDataError { .. })) || tries == 50 {
            return found(live).map_err(cannot(format!("read the container `{name}`")));
        }
        tries += 1;
        tokio::time::sleep(Duration::from_millis(40)).await;
    }
}

/// The container as it is after a change.
async fn after(engine: &Engine, planned: &Container) -> Result<Container, Problems> {
    let name = planned.name.text();
    match inspect(engine, name).await? {
        Some(live) => Ok(live::as_it_is(planned, &live, engine.podman)),
        None => {
            let title = format!("the container `{name}` is gone again");
            Err(vec![Problem::error(title, "Something else removed it.")])
        }
    }
}

/// Starts it, and waits until it answers.
async fn start(engine: &Engine, container: &Container) -> Result<(), Problems> {
    let name = container.name.text();
    let started = engine.api.start_container(name, None::<StartContainerOptions>).await;
    started.map_err(cannot(format!("start the container `{name}`")))?;
    ready::wait(engine, container).await
}

async fn stop(engine: &Engine, name: &str) -> Result<(), Problems> {
    match engine.api.stop_container(name, None::<StopContainerOptions>).await {
        // It does not run.
        Err(error) if matches!(status(&error), Some(304 | 404)) => Ok(()),
        stopped => stopped.map_err(cannot(format!("stop the container `{name}`"))),
    }
}

/// Podman says it with a 500.
fn in_use(error: &bollard::errors::Error) -> bool {
    status(error) == Some(409) || crate::engine::text(error).contains("is already in use")
}

async fn join(engine: &Engine, container: &str, network: &Attachment) -> Result<(), Problems> {
    let name = network.name.text();
    let request = NetworkConnectRequest {
        container: container.to_owned(),
        endpoint_config: Some(endpoint(network)),
    };
    let joined = engine.api.connect_network(name, request).await;
    joined.map_err(cannot(format!(
        "put the container `{container}` into the network `{name}`"
    )))
}

async fn leave(engine: &Engine, container: &str, network: &str) -> Result<(), Problems> {
    let request = bollard::models::NetworkDisconnectRequest {
        container: container.to_owned(),
        force: Some(true),
    };
    let left = engine.api.disconnect_network(network, request).await;
    found(left).map_err(cannot(format!(
        "take the container `{container}` out of the network `{network}`"
    )))?;
    Ok(())
}

fn endpoint(network: &Attachment) -> EndpointSettings {
    EndpointSettings {
        aliases: network.aliases.known().cloned(),
        ipam_config: network.address.known().map(|address| EndpointIpamConfig {
            ipv4_address: (!address.contains(':')).then(|| address.clone()),
            ipv6_address: address.contains(':').then(|| address.clone()),
            ..EndpointIpamConfig::default()
        }),
        ..EndpointSettings::default()
    }
}

/// All networks but the first, which it is made in: engines before version 1.44 of the API take no more.
fn others(container: &Container) -> &[Attachment] {
    container.networks.all().split_first().map_or(&[], |(_, rest)| rest)
}

#[async_trait]
impl Resource for Containers {
    type Client = Engine;
    type State = Container;

    fn validate(&self, config: &Container, check: &mut Check) {
        check_name(check, &config.name);
        let one_of = |check: &mut Check, name: &str, field: &Field<String>, all: &[&str]| {
            let right = field.known().is_none_or(|text| all.contains(&text.as_str()));
            check.that(
                right,
                name,
                format!("`{}` is none of these", field.text()),
                all.join(", "),
            );
        };
        one_of(
            check,
            "restart",
            &config.restart,
            &["no", "on-failure", "unless-stopped", "always"],
        );
        for port in config.ports.all() {
            one_of(check, "ports", &port.protocol, &["tcp", "udp", "sctp"]);
            let number = |field: &Field<u64>| field.known().is_none_or(|n| (1..=65_535).contains(n));
            let right = number(&port.container) && number(&port.host);
            check.that(right, "ports", "there is no such port", "1 to 65535");
        }
        for mount in config.mounts.all() {
            one_of(check, "mounts", &mount.kind, &["volume", "bind", "tmpfs"]);
            let memory = mount.kind.text() == "tmpfs";
            let what = "`source` is the name of a volume, or a path of the host";
            check.that(
                memory || !mount.source.is_null(),
                "mounts",
                "a mount has no source",
                what,
            );
            check.that(
                !memory || mount.source.is_null(),
                "mounts",
                "memory has no source",
                "take `source` out",
            );
            let absolute = mount.target.known().is_none_or(|t| t.starts_with('/'));
            check.that(
                absolute,
                "mounts",
                "a mount has a place in the container",
                "`target` starts with `/`",
            );
        }
        let both = !config.networks.is_null() && !config.network_mode.is_null();
        check.that(
            !both,
            "network_mode",
            "it is in networks, or it is not",
            "keep `networks` or `network_mode`",
        );
        let environment = config.environment.known().into_iter().chain(config.secrets.known());
        let names = environment.flat_map(|map| map.keys());
        let wrong = names
            .filter(|name| name.is_empty() || name.contains(['=', '\0']))
            .count();
        check.that(
            wrong == 0,
            "environment",
            "a variable has a name without `=`",
            "name it otherwise",
        );
        let cpus = config.cpus.known().is_none_or(|n| !n.is_negative() && !n.is_zero());
        check.that(
            cpus,
            "cpus",
            "a container needs a processor",
            "write how many, or a part of one: `0.5`",
        );
    }

    async fn plan(
        &self,
        engine: &Engine,
        plan: Planning<'_, Container>,
        planned: &mut Container,
    ) -> Result<(), Problems> {
        let Some(prior) = plan.prior else {
            planned.revision = 1.into();
            return Ok(());
        };
        let changed = match &plan.config.secrets {
            Field::Unknown => true,
            secrets => {
                let live = inspect(engine, prior.name.text()).await?;
                let wanted = secrets.known().cloned().unwrap_or_default();
                live.is_some_and(|live| !live::has_secrets(&live, &wanted))
            }
        };
        // Podman changes no limit of what it has made.
        let limits = limits(prior) != limits(planned);
        if changed || (engine.podman && limits) {
            planned.revision = (prior.revision.get() + 1).into();
        }
        Ok(())
    }

    async fn create(
        &self,
        engine: &Engine,
        planned: Container,
        ask: Ask<'_, Container>,
    ) -> Result<Container, Failure<Container>> {
        let name = planned.name.text();
        let options = CreateContainerOptions {
            name: Some(name.to_owned()),
            ..CreateContainerOptions::default()
        };
        let body = body::of(&planned, &ask.config.secrets, ask.key).map_err(|problem| vec![problem])?;
        match engine.api.create_container(Some(options), body).await {
            Ok(_) => {}
            Err(error) if in_use(&error) => return Err(taken("container", name).into()),
            Err(error) if status(&error) == Some(404) => {
                let mut problems = cannot(format!("make the container `{name}`"))(error);
                let why = "The engine has no such image, network or volume; `docker_image` fetches one.";
                problems
                    .iter_mut()
                    .for_each(|p| p.detail = format!("{}. {why}", p.detail));
                return Err(problems.into());
            }
            Err(error) => return Err(cannot(format!("make the container `{name}`"))(error).into()),
        }
        let finished = async {
            for network in others(&planned) {
                join(engine, name, network).await?;
            }
            match planned.running.get() {
                true => start(engine, &planned).await,
                false => Ok(()),
            }
        };
        match finished.await {
            Ok(()) => Ok(after(engine, &planned).await?),
            Err(problems) => match after(engine, &planned).await {
                Ok(made) => Err(Failure::after(made, problems)),
                Err(_) => Err(problems.into()),
            },
        }
    }

    async fn read(&self, engine: &Engine, current: Container) -> Result<Option<Container>, Problems> {
        let live = inspect(engine, current.name.text()).await?;
        Ok(live.map(|live| live::as_it_is(&current, &live, engine.podman)))
    }

    async fn update(
        &self,
        engine: &Engine,
        prior: Container,
        planned: Container,
        _: Ask<'_, Container>,
    ) -> Result<Container, Failure<Container>> {
        let name = planned.name.text();
        if limits(&prior) != limits(&planned) {
            let host = body::limits(&planned).map_err(|problem| vec![problem])?;
            let update = ContainerUpdateBody {
                memory: host.memory,
                memory_swap: host.memory_swap,
                nano_cpus: host.nano_cpus,
                restart_policy: host.restart_policy,
                ..ContainerUpdateBody::default()
            };
            let updated = engine.api.update_container(name, update).await;
            updated.map_err(cannot(format!("change the container `{name}`")))?;
        }
        let (was, will) = (prior.networks.all(), planned.networks.all());
        for network in was.iter().filter(|one| !will.contains(one)) {
            leave(engine, name, network.name.text()).await?;
        }
        for network in will.iter().filter(|one| !was.contains(one)) {
            join(engine, name, network).await?;
        }
        match (prior.running.get(), planned.running.get()) {
            (false, true) => start(engine, &planned).await?,
            (true, false) => stop(engine, name).await?,
            _ => {}
        }
        Ok(after(engine, &planned).await?)
    }

    async fn delete(&self, engine: &Engine, prior: Container) -> Result<(), Problems> {
        let name = prior.name.text();
        stop(engine, name).await?;
        let options = RemoveContainerOptions {
            v: true,
            force: true,
            ..RemoveContainerOptions::default()
        };
        let removed = engine.api.remove_container(name, Some(options)).await;
        found(removed).map_err(cannot(format!("remove the container `{name}`")))?;
        Ok(())
    }

    async fn import(&self, engine: &Engine, id: &str) -> Result<Option<Container>, Problems> {
        let Some(live) = inspect(engine, id).await? else {
            return Ok(None);
        };
        let image = crate::image::live(engine, live.image.as_deref().unwrap_or_default()).await?;
        Ok(Some(live::everything(&live, image.as_ref(), engine.podman)))
    }

    async fn lookup(&self, engine: &Engine, sought: Sought<Container>) -> Result<Looked<Container>, Problems> {
        let options = ListContainersOptions {
            all: true,
            filters: Some(by_key(&sought.key)),
            ..ListContainersOptions::default()
        };
        let all = engine.api.list_containers(Some(options)).await;
        let all = all.map_err(cannot("look for a container"))?;
        let (Some(one), Some(planned)) = (all.into_iter().next(), sought.planned) else {
            return Ok(Looked::Nothing);
        };
        let live = inspect(engine, &one.id.unwrap_or_default()).await?;
        Ok(live.map_or(Looked::Nothing, |live| {
            Looked::Object(Box::new(live::as_it_is(&planned, &live, engine.podman)))
        }))
    }
}

/// What can be changed while it runs, by engines that can.
fn limits(container: &Container) -> (&Field<String>, &Field<Number>, &Field<u64>) {
    (&container.restart, &container.cpus, &container.memory)
}

/// The first network, as a container is made in it.
fn first_network(container: &Container) -> Option<HashMap<String, EndpointSettings>> {
    let first = container.networks.all().first()?;
    Some(HashMap::from([(first.name.text().to_owned(), endpoint(first))]))
}
