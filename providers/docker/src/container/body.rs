//! What an engine is told when it is to make a container.

use std::collections::{BTreeMap, HashMap};

use bollard::models::{
    ContainerCreateBody, HealthConfig, HostConfig, HostConfigLogConfig, Mount as Mounted, MountType, NetworkingConfig,
    PortBinding, RestartPolicy, RestartPolicyNameEnum,
};
use situs_sdk::kit::{Field, Problem};
use situs_value::Number;

use super::{Container, Health, Mount, Port, first_network};
use crate::seen;

/// One processor in the unit of engines.
const NANO: i64 = 1_000_000_000;

/// All of it.
pub(super) fn of(
    container: &Container,
    secrets: &Field<BTreeMap<String, String>>,
    key: &str,
) -> Result<ContainerCreateBody, Problem> {
    let ports = container.ports.all();
    Ok(ContainerCreateBody {
        image: container.image.known().cloned(),
        cmd: container.command.known().cloned(),
        entrypoint: container.entrypoint.known().cloned(),
        env: environment(container, secrets),
        labels: seen::labelled(&container.labels, key),
        working_dir: container.working_directory.known().cloned(),
        user: container.user.known().cloned(),
        hostname: container.hostname.known().cloned(),
        stop_signal: container.stop_signal.known().cloned(),
        stop_timeout: container.stop_timeout.known().and_then(|n| i64::try_from(*n).ok()),
        exposed_ports: Some(ports.iter().map(port_name).collect()).filter(|all: &Vec<_>| !all.is_empty()),
        healthcheck: container.health.known().map(health),
        networking_config: first_network(container).map(|endpoints| NetworkingConfig {
            endpoints_config: Some(endpoints),
        }),
        host_config: Some(host(container)?),
        ..ContainerCreateBody::default()
    })
}

fn environment(container: &Container, secrets: &Field<BTreeMap<String, String>>) -> Option<Vec<String>> {
    let both = container.environment.known().into_iter().chain(secrets.known());
    let all: Vec<String> = both.flatten().map(|(name, value)| format!("{name}={value}")).collect();
    (!all.is_empty()).then_some(all)
}

fn host(container: &Container) -> Result<HostConfig, Problem> {
    let mut bindings: HashMap<String, Option<Vec<PortBinding>>> = HashMap::new();
    for port in container.ports.all() {
        let all = bindings.entry(port_name(port)).or_default();
        all.get_or_insert_default().push(binding(port));
    }
    let first = container
        .networks
        .all()
        .first()
        .map(|network| network.name.text().to_owned());
    let hosts = container.hosts.known().map(|hosts| {
        let one = |(name, address): (&String, &String)| format!("{name}:{address}");
        hosts.iter().map(one).collect()
    });
    let log = HostConfigLogConfig {
        typ: container.log_driver.known().cloned(),
        config: seen::table(&container.log_options),
    };
    Ok(HostConfig {
        port_bindings: Some(bindings).filter(|all| !all.is_empty()),
        mounts: container.mounts.known().map(|all| all.iter().map(mount).collect()),
        network_mode: container.network_mode.known().cloned().or(first),
        dns: container.dns.known().cloned(),
        extra_hosts: hosts,
        pids_limit: container.processes.known().and_then(|n| i64::try_from(*n).ok()),
        readonly_rootfs: container.read_only.known().copied(),
        privileged: container.privileged.known().copied(),
        init: container.init.known().copied(),
        cap_add: container.add_capabilities.known().cloned(),
        cap_drop: container.drop_capabilities.known().cloned(),
        security_opt: container.security_options.known().cloned(),
        sysctls: seen::table(&container.sysctls),
        log_config: container.log_driver.known().map(|_| log),
        ..limits(container)?
    })
}

/// What can be changed while it runs.
pub(super) fn limits(container: &Container) -> Result<HostConfig, Problem> {
    let memory = container.memory.known().and_then(|n| i64::try_from(*n).ok());
    Ok(HostConfig {
        memory,
        // Without this an engine may refuse less memory than there was swap.
        memory_swap: memory,
        nano_cpus: container.cpus.known().map(nano).transpose()?,
        restart_policy: container.restart.known().map(|name| RestartPolicy {
            name: Some(restart(name)),
            maximum_retry_count: None,
        }),
        ..HostConfig::default()
    })
}

fn nano(cpus: &Number) -> Result<i64, Problem> {
    let nano = cpus.mul(&Number::from(NANO)).ok().filter(Number::is_integer);
    let nano = nano.and_then(|n| n.to_i64());
    nano.ok_or_else(|| {
        Problem::error(
            format!("an engine cannot give {cpus} processors"),
            "Write fewer digits.",
        )
    })
}

/// How many processors an engine says.
pub(super) fn cpus(nano: i64) -> Option<Number> {
    Number::from(nano).div(&Number::from(NANO)).ok()
}

fn restart(name: &str) -> RestartPolicyNameEnum {
    match name {
        "always" => RestartPolicyNameEnum::ALWAYS,
        "unless-stopped" => RestartPolicyNameEnum::UNLESS_STOPPED,
        "on-failure" => RestartPolicyNameEnum::ON_FAILURE,
        _ => RestartPolicyNameEnum::NO,
    }
}

/// `80/tcp`
pub(super) fn port_name(port: &Port) -> String {
    format!(
        "{}/{}",
        port.container.get(),
        port.protocol.known().map_or("tcp", String::as_str)
    )
}

fn binding(port: &Port) -> PortBinding {
    PortBinding {
        host_ip: port.address.known().cloned(),
        host_port: port.host.known().map(ToString::to_string),
    }
}

fn mount(mount: &Mount) -> Mounted {
    let kind = match mount.kind.text() {
        "bind" => MountType::BIND,
        "tmpfs" => MountType::TMPFS,
        _ => MountType::VOLUME,
    };
    Mounted {
        typ: Some(kind),
        source: mount.source.known().cloned(),
        target: mount.target.known().cloned(),
        read_only: mount.read_only.known().copied(),
        ..Mounted::default()
    }
}

fn health(health: &Health) -> HealthConfig {
    let nanos = |millis: &Field<u64>| i64::try_from(millis.get()).ok().map(|n| n.saturating_mul(1_000_000));
    let test = ["CMD".to_owned()]
        .into_iter()
        .chain(health.command.all().iter().cloned());
    HealthConfig {
        test: Some(test.collect()),
        interval: nanos(&health.every_ms),
        timeout: nanos(&health.timeout_ms),
        start_period: nanos(&health.start_ms),
        retries: i64::try_from(health.retries.get()).ok(),
        start_interval: None,
    }
}
