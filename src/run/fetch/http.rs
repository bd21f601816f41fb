//! What is asked over HTTP.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::{Response, StatusCode, Url};
use serde_json::Value as Json;

use crate::base::ports::World;

/// A package is no larger.
const LARGEST: u64 = 512 << 20;

/// Asks servers.
#[derive(Clone)]
pub(super) struct Client {
    inner: reqwest::Client,
    world: Arc<dyn World>,
    tokens: BTreeMap<String, String>,
}

impl Client {
    pub fn new(world: Arc<dyn World>) -> Result<Self, String> {
        Self::with_tokens(world, BTreeMap::new())
    }

    /// One that shows these to hosts, where the environment says nothing else.
    pub fn with_tokens(world: Arc<dyn World>, tokens: BTreeMap<String, String>) -> Result<Self, String> {
        // Another one may have been chosen before: then that one is used.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let inner = reqwest::Client::builder()
            .user_agent(concat!("situs/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_secs(15))
            .read_timeout(Duration::from_secs(60))
            .build()
            .map_err(|e| format!("no HTTP client: {}", root(&e)))?;
        Ok(Self { inner, world, tokens })
    }

    /// Asks for what is at an address.
    pub async fn get(&self, url: &Url) -> Result<Response, String> {
        let there = self.get_if_there(url).await?;
        there.ok_or_else(|| format!("{}: it is not there (404)", shown(url)))
    }

    async fn get_if_there(&self, url: &Url) -> Result<Option<Response>, String> {
        let mut request = self.inner.get(url.clone());
        if let Some(token) = self.token(url) {
            request = request.bearer_auth(token);
        }
        let response = request
            .send()
            .await
            .map_err(|e| format!("{}: {}", shown(url), root(&e)))?;
        match response.status() {
            status if status.is_success() => Ok(Some(response)),
            StatusCode::NOT_FOUND => Ok(None),
            status => Err(format!("{}: the server answers {status}", shown(url))),
        }
    }

    /// The JSON at an address; nothing where there is none.
    pub async fn json_if_there(&self, url: &Url) -> Result<Option<Json>, String> {
        match self.get_if_there(url).await? {
            Some(response) => json(url, response).await.map(|(_, json)| Some(json)),
            None => Ok(None),
        }
    }

    pub async fn json(&self, url: &Url) -> Result<(HeaderMap, Json), String> {
        json(url, self.get(url).await?).await
    }

    pub async fn bytes(&self, url: &Url) -> Result<(HeaderMap, Vec<u8>), String> {
        let response = self.get(url).await?;
        let headers = response.headers().clone();
        Ok((headers, body(response, LARGEST).await?))
    }

    /// `TF_TOKEN_registry_example_com`, or with `SITUS_` in front: only over a connection that nobody else reads.
    fn token(&self, url: &Url) -> Option<String> {
        let host = url.host_str().filter(|_| url.scheme() == "https")?;
        let name = host.replace('-', "__").replace('.', "_");
        let both = [format!("SITUS_TOKEN_{name}"), format!("TF_TOKEN_{name}")];
        let of_environment = both
            .iter()
            .find_map(|name| self.world.env(name).filter(|v| !v.is_empty()));
        of_environment.or_else(|| self.tokens.get(host).cloned())
    }
}

async fn json(url: &Url, response: Response) -> Result<(HeaderMap, Json), String> {
    let headers = response.headers().clone();
    let bytes = body(response, LARGEST >> 5).await?;
    let json = match bytes.is_empty() {
        true => Ok(Json::Null),
        false => serde_json::from_slice(&bytes),
    };
    json.map(|json| (headers, json))
        .map_err(|e| format!("{}: no JSON: {e}", shown(url)))
}

async fn body(mut response: Response, at_most: u64) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let url = response.url().clone();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Ok(None) => return Ok(bytes),
            Err(e) => return Err(format!("{}: {}", shown(&url), root(&e))),
        }
        if bytes.len() as u64 > at_most {
            return Err(format!("{}: it is larger than {} MiB", shown(&url), at_most >> 20));
        }
    }
}

/// An address without what may be secret in it.
fn shown(url: &Url) -> String {
    let mut url = url.clone();
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_query(None);
    url.to_string()
}

/// The first cause.
fn root(error: &dyn std::error::Error) -> String {
    let mut at = error;
    while let Some(cause) = at.source() {
        at = cause;
    }
    at.to_string()
}
