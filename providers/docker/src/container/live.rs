//! A container as its engine shows it.

use std::collections::{BTreeMap, HashMap};

use bollard::models::{
    ContainerConfig, ContainerInspectResponse, EndpointSettings, HealthConfig, HostConfig, ImageInspect, MountPoint,
    PortBinding,
};
use situs_sdk::kit::Field;

use super::body::{cpus, port_name};
use super::{Attachment, Container, Health, Mount, Port};
use crate::image::{bare, whole_id};
use crate::seen;

/// What an engine answers.
pub(super) type Live = ContainerInspectResponse;

/// The container: what is set as it is, what is not set left out.
pub(super) fn as_it_is(set: &Container, live: &Live, podman: bool) -> Container {
    let config = live.config.clone().unwrap_or_default();
    let host = live.host_config.clone().unwrap_or_default();
    let state = live.state.clone().unwrap_or_default();
    let log = host.log_config.clone().unwrap_or_default();
    let settings = live.network_settings.clone().unwrap_or_default();
    let networks = settings.networks.unwrap_or_default();
    let bound = settings.ports.unwrap_or_default();
    Container {
        name: live
            .name
            .as_deref()
            .map(|name| name.trim_start_matches('/').to_owned())
            .into(),
        image: image(&set.image, &config, live),
        command: seen::list(&set.command, config.cmd.as_ref()),
        entrypoint: seen::list(&set.entrypoint, config.entrypoint.as_ref()),
        environment: seen::map(&set.environment, Some(&environment(&config))),
        secrets: Field::Null,
        labels: seen::map(&set.labels, config.labels.as_ref()),
        working_directory: seen::text(&set.working_directory, config.working_dir.as_ref()),
        user: seen::text(&set.user, config.user.as_ref()),
        hostname: seen::text(&set.hostname, config.hostname.as_ref()),
        restart: restart(&host).into(),
        stop_signal: set
            .stop_signal
            .as_seen(config.stop_signal.as_deref().map(|is| signal(&set.stop_signal, is))),
        stop_timeout: set
            .stop_timeout
            .as_seen(config.stop_timeout.and_then(|n| u64::try_from(n).ok())),
        ports: ports(&set.ports, &host, &bound),
        mounts: mounts(&set.mounts, live.mounts.as_deref().unwrap_or_default(), &host),
        networks: attachments(&set.networks, &networks, live.id.as_deref().unwrap_or_default()),
        network_mode: seen::text(&set.network_mode, host.network_mode.as_ref()),
        dns: seen::list(&set.dns, host.dns.as_ref()),
        hosts: seen::map(&set.hosts, Some(&pairs(host.extra_hosts.as_deref(), ':'))),
        cpus: set.cpus.as_seen(host.nano_cpus.filter(|n| *n > 0).and_then(cpus)),
        memory: set
            .memory
            .as_seen(host.memory.and_then(|n| u64::try_from(n).ok()).filter(|n| *n > 0)),
        processes: set
            .processes
            .as_seen(host.pids_limit.and_then(|n| u64::try_from(n).ok())),
        read_only: host.readonly_rootfs.unwrap_or_default().into(),
        privileged: host.privileged.unwrap_or_default().into(),
        init: host.init.unwrap_or_default().into(),
        add_capabilities: seen::unordered(&set.add_capabilities, host.cap_add.as_ref(), capability),
        drop_capabilities: dropped(&set.drop_capabilities, &host),
        security_options: seen::unordered(&set.security_options, host.security_opt.as_ref(), str::to_owned),
        sysctls: match podman {
            true => set.sysctls.clone(),
            false => seen::map(&set.sysctls, host.sysctls.as_ref()),
        },
        log_driver: match podman {
            // Whatever it is, Podman says `json-file`, and no options.
            true => set.log_driver.clone(),
            false => seen::text(&set.log_driver, log.typ.as_ref()),
        },
        log_options: match podman {
            true => set.log_options.clone(),
            false => seen::map(&set.log_options, log.config.as_ref()),
        },
        health: set
            .health
            .known()
            .map(|set| health(set, config.healthcheck.as_ref()))
            .into(),
        ready: set.ready.clone(),
        running: state.running.unwrap_or_default().into(),
        id: live.id.clone().into(),
        image_id: live.image.as_deref().map(whole_id).into(),
        revision: set.revision.known().copied().unwrap_or(1).into(),
    }
}

/// The image by the name that was set, where it is the same by another name.
fn image(set: &Field<String>, config: &ContainerConfig, live: &Live) -> Field<String> {
    let is = config.image.clone().unwrap_or_default();
    let id = live.image.as_deref().map(whole_id).unwrap_or_default();
    let same = |set: &String| short(set) == short(&is) || whole_id(set) == id;
    match set.known().filter(|set| same(set)) {
        Some(set) => set.clone().into(),
        None => is.into(),
    }
}

/// A name without what engines add to it.
fn short(name: &str) -> String {
    let name = bare(name);
    match name.rsplit_once(':') {
        Some((_, tag)) if !tag.contains('/') => name.to_owned(),
        _ if name.contains('@') => name.to_owned(),
        _ => format!("{name}:latest"),
    }
}

fn environment(config: &ContainerConfig) -> HashMap<String, String> {
    pairs(config.env.as_deref(), '=')
}

fn pairs(all: Option<&[String]>, sign: char) -> HashMap<String, String> {
    let all = all.into_iter().flatten();
    let pair = |one: &String| one.split_once(sign).map(|(k, v)| (k.to_owned(), v.to_owned()));
    all.filter_map(pair).collect()
}

/// Whether its environment holds these secrets.
pub(super) fn has_secrets(live: &Live, wanted: &BTreeMap<String, String>) -> bool {
    let config = live.config.clone().unwrap_or_default();
    let is = environment(&config);
    wanted.iter().all(|(name, value)| is.get(name) == Some(value))
}

fn restart(host: &HostConfig) -> String {
    let policy = host.restart_policy.as_ref().and_then(|policy| policy.name);
    let name = policy.map(|name| name.to_string()).unwrap_or_default();
    if name.is_empty() { "no".to_owned() } else { name }
}

/// Signals have numbers and names: what was set stays where it means the same.
fn signal(set: &Field<String>, is: &str) -> String {
    let bare = |name: &str| name.trim_start_matches("SIG").to_ascii_uppercase();
    match set.known() {
        Some(set) if bare(set) == bare(is) || number_of(set) == Some(is) => set.clone(),
        _ => is.to_owned(),
    }
}

fn number_of(signal: &str) -> Option<&'static str> {
    let bare = signal.trim_start_matches("SIG");
    let known = [
        ("HUP", "1"),
        ("INT", "2"),
        ("QUIT", "3"),
        ("KILL", "9"),
        ("USR1", "10"),
        ("USR2", "12"),
        ("TERM", "15"),
    ];
    known.iter().find(|(name, _)| *name == bare).map(|(_, number)| *number)
}

type Bound = HashMap<String, Option<Vec<PortBinding>>>;

fn ports(set: &Field<Vec<Port>>, host: &HostConfig, bound: &Bound) -> Field<Vec<Port>> {
    let Field::Known(set) = set else { return Field::Null };
    let asked = host.port_bindings.clone().unwrap_or_default();
    let one = |port: &Port| {
        let name = port_name(port);
        let of = |all: &Bound| all.get(&name).cloned().flatten().unwrap_or_default();
        let all = [of(bound), of(&asked)].concat();
        let number = |binding: &PortBinding| binding.host_port.as_ref()?.parse::<u64>().ok();
        // One port of the container may be several outside.
        let wanted = port.host.known();
        let exact = all.iter().filter_map(number).find(|n| Some(n) == wanted);
        let is = exact.or_else(|| all.iter().filter_map(number).find(|n| *n > 0))?;
        Some(Port {
            host: is.into(),
            ..port.clone()
        })
    };
    Field::Known(set.iter().filter_map(one).collect())
}

fn mounts(set: &Field<Vec<Mount>>, is: &[MountPoint], host: &HostConfig) -> Field<Vec<Mount>> {
    let Field::Known(set) = set else { return Field::Null };
    let memory = host.tmpfs.clone().unwrap_or_default();
    let one = |mount: &Mount| match is
        .iter()
        .find(|is| is.destination.as_deref() == mount.target.known().map(String::as_str))
    {
        Some(is) => Some(mounted(is)),
        None => memory.contains_key(mount.target.text()).then(|| mount.clone()),
    };
    Field::Known(set.iter().filter_map(one).collect())
}

fn mounted(is: &MountPoint) -> Mount {
    let kind = is.typ.clone().unwrap_or_default();
    let source = match kind.as_str() {
        "volume" => is.name.clone(),
        "tmpfs" => None,
        _ => is.source.clone(),
    };
    Mount {
        kind: kind.into(),
        source: source.into(),
        target: is.destination.clone().into(),
        read_only: is.rw.map(|rw| !rw).unwrap_or_default().into(),
    }
}

fn attachments(
    set: &Field<Vec<Attachment>>,
    is: &HashMap<String, EndpointSettings>,
    id: &str,
) -> Field<Vec<Attachment>> {
    let Field::Known(set) = set else { return Field::Null };
    let there = set
        .iter()
        .filter_map(|one| Some(attachment(one, is.get(one.name.text())?, id)));
    let mut strangers: Vec<&String> = is
        .keys()
        .filter(|name| set.iter().all(|s| s.name.text() != *name))
        .collect();
    strangers.sort();
    let strangers = strangers.into_iter().map(|name| Attachment {
        name: name.clone().into(),
        ..Attachment::default()
    });
    Field::Known(there.chain(strangers).collect())
}

fn attachment(set: &Attachment, is: &EndpointSettings, id: &str) -> Attachment {
    // Engines add the container's own id.
    let own = |alias: &str| !alias.is_empty() && id.starts_with(alias);
    let aliases: Vec<String> = is.aliases.iter().flatten().filter(|a| !own(a)).cloned().collect();
    let address = is.ip_address.clone().filter(|a| !a.is_empty());
    Attachment {
        name: set.name.clone(),
        aliases: seen::unordered(&set.aliases, Some(&aliases), str::to_owned),
        address: match (set.address.known(), address) {
            // A container that does not run has no address.
            (Some(set), None) => set.clone().into(),
            (Some(_), Some(is)) => is.into(),
            (None, _) => Field::Null,
        },
    }
}

/// `CAP_NET_ADMIN` is `NET_ADMIN`.
fn capability(name: &str) -> String {
    let upper = name.to_ascii_uppercase();
    upper.strip_prefix("CAP_").map_or(upper.clone(), str::to_owned)
}

/// What it may not do. Podman tells all of `ALL`, one by one.
fn dropped(set: &Field<Vec<String>>, host: &HostConfig) -> Field<Vec<String>> {
    let is = host.cap_drop.as_ref();
    let all = set
        .known()
        .is_some_and(|set| set.iter().any(|one| capability(one) == "ALL"));
    match is {
        Some(is) if all && is.len() > 5 => set.clone(),
        is => seen::unordered(set, is, capability),
    }
}

fn health(set: &Health, is: Option<&HealthConfig>) -> Health {
    let Some(is) = is else { return Health::default() };
    let millis = |nanos: Option<i64>| nanos.and_then(|n| u64::try_from(n / 1_000_000).ok());
    let command = match is.test.as_deref() {
        Some([kind, rest @ ..]) if kind == "CMD" => rest.to_vec(),
        other => other.map(<[String]>::to_vec).unwrap_or_default(),
    };
    Health {
        command: command.into(),
        every_ms: millis(is.interval).into(),
        timeout_ms: millis(is.timeout).into(),
        start_ms: millis(is.start_period)
            .or(set.start_ms.known().copied().filter(|n| *n == 0))
            .into(),
        retries: is.retries.and_then(|n| u64::try_from(n).ok()).into(),
    }
}

/// All that can be told of a container that was made elsewhere, but for what its image says.
pub(super) fn everything(live: &Live, image: Option<&ImageInspect>, podman: bool) -> Container {
    let config = live.config.clone().unwrap_or_default();
    let host = live.host_config.clone().unwrap_or_default();
    let of_image = image.and_then(|image| image.config.clone()).unwrap_or_default();
    let known = pairs(of_image.env.as_deref(), '=');
    let added = environment(&config)
        .into_iter()
        .filter(|(k, v)| known.get(k) != Some(v) && !of_engine(k));
    let labels = of_image.labels.unwrap_or_default();
    let labels = config
        .labels
        .clone()
        .unwrap_or_default()
        .into_iter()
        .filter(|(k, v)| labels.get(k) != Some(v));
    let networks = live
        .network_settings
        .clone()
        .and_then(|s| s.networks)
        .unwrap_or_default();
    let own = host
        .network_mode
        .as_deref()
        .is_some_and(|mode| networks.contains_key(mode) && !is_default(mode));
    let mut names: Vec<&String> = networks.keys().collect();
    names.sort();
    let all = Container {
        command: differs(config.cmd.clone(), of_image.cmd.as_ref()),
        entrypoint: differs(config.entrypoint.clone(), of_image.entrypoint.as_ref()),
        environment: seen::all(Some(&added.collect())),
        labels: seen::all(Some(&labels.collect())),
        working_directory: differs(
            config.working_dir.clone().filter(|d| d != "/"),
            of_image.working_dir.as_ref(),
        ),
        user: differs(config.user, of_image.user.as_ref()),
        ports: all_ports(&host),
        mounts: some(live.mounts.iter().flatten().map(mounted).collect()),
        networks: match own {
            true => some(
                names
                    .into_iter()
                    .map(|name| Attachment {
                        name: name.clone().into(),
                        ..Attachment::default()
                    })
                    .collect(),
            ),
            false => Field::Null,
        },
        network_mode: host
            .network_mode
            .clone()
            .filter(|mode| mode == "host" || mode == "none")
            .into(),
        cpus: host.nano_cpus.filter(|n| *n > 0).and_then(cpus).into(),
        memory: host
            .memory
            .and_then(|n| u64::try_from(n).ok())
            .filter(|n| *n > 0)
            .into(),
        ..Container::default()
    };
    as_it_is(&all, live, podman)
}

/// What Podman adds to every environment.
fn of_engine(name: &str) -> bool {
    matches!(name, "PATH" | "TERM" | "HOSTNAME" | "HOME" | "container")
}

fn is_default(mode: &str) -> bool {
    matches!(mode, "default" | "bridge" | "podman" | "slirp4netns" | "pasta")
}

fn some<T>(all: Vec<T>) -> Field<Vec<T>> {
    if all.is_empty() { Field::Null } else { Field::Known(all) }
}

/// What is said where the image does not say the same.
fn differs<T: PartialEq + Default>(is: Option<T>, of_image: Option<&T>) -> Field<T> {
    let nothing = T::default();
    is.filter(|is| *is != nothing && Some(is) != of_image).into()
}

fn all_ports(host: &HostConfig) -> Field<Vec<Port>> {
    let mut all: Vec<(String, PortBinding)> = Vec::new();
    for (name, bindings) in host.port_bindings.iter().flatten() {
        all.extend(bindings.iter().flatten().map(|binding| (name.clone(), binding.clone())));
    }
    all.sort_by(|a, b| (&a.0, &a.1.host_port).cmp(&(&b.0, &b.1.host_port)));
    let one = |(name, binding): &(String, PortBinding)| {
        let (number, protocol) = name.split_once('/').unwrap_or((name, "tcp"));
        Some(Port {
            container: number.parse::<u64>().ok()?.into(),
            host: binding.host_port.as_ref().and_then(|n| n.parse::<u64>().ok()).into(),
            address: binding
                .host_ip
                .clone()
                .filter(|a| !a.is_empty() && a != "0.0.0.0")
                .into(),
            protocol: protocol.into(),
        })
    };
    some(all.iter().filter_map(one).collect())
}
