//! The provider and runtime `docker`: images, containers, networks and volumes of a container engine that speaks the Docker Engine API:
//! Docker, and Podman. Over a unix socket, TCP with TLS, or SSH.
//!
//! What is set is looked at again at every refresh; what is not set is the engine's business. A container, network or volume carries the
//! key of the change that made it as the label `situs.key`, and is found again by it after an interruption.

mod container;
mod data;
mod engine;
mod image;
mod network;
mod seen;
mod volume;

use std::sync::Arc;

use situs_provider::Provider;
use situs_sdk::kit::Kit;

use crate::engine::Engine;

/// The runtime, written in Situs.
pub const RUNTIME: &str = include_str!("../runtime.situs");

/// The provider, not configured yet.
pub fn provider() -> Arc<dyn Provider> {
    let kit = Kit::<Engine>::new(
        "docker",
        "Images, containers, networks and volumes of Docker and Podman.",
    )
    .resource("docker_image", image::Images)
    .resource("docker_container", container::Containers)
    .resource("docker_network", network::Networks)
    .resource("docker_volume", volume::Volumes)
    .data("docker_image", data::ImageData);
    Arc::new(kit)
}
