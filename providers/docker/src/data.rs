//! `data "docker_image"`: an image that an engine has already.

use situs_sdk::async_trait;
use situs_sdk::kit::{Data, Field, Object, Problem, Problems};

use crate::engine::Engine;
use crate::image::{live, whole_id};

/// An image that an engine has already.
#[derive(Clone, Debug, Default, Object)]
pub struct Found {
    /// what it is called
    #[attr(required)]
    name: Field<String>,
    /// what the engine calls it
    #[attr(computed)]
    id: Field<String>,
    /// what registries call it: `repository@sha256:…`
    #[attr(computed)]
    digests: Field<Vec<String>>,
    /// what it runs on: `amd64`
    #[attr(computed)]
    architecture: Field<String>,
}

/// The data source.
pub struct ImageData;

#[async_trait]
impl Data for ImageData {
    type Client = Engine;
    type State = Found;

    async fn read(&self, engine: &Engine, config: Found) -> Result<Found, Problems> {
        let name = config.name.text();
        let none = || {
            Problem::error(
                format!("there is no image `{name}`"),
                "The engine has none of that name.",
            )
        };
        let live = live(engine, name).await?.ok_or_else(|| vec![none()])?;
        Ok(Found {
            id: live.id.as_deref().map(whole_id).into(),
            digests: live.repo_digests.unwrap_or_default().into(),
            architecture: live.architecture.unwrap_or_default().into(),
            ..config
        })
    }
}
