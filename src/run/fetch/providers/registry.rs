//! The provider registry protocol (developer.hashicorp.com/terraform/internals/provider-registry-protocol, opentofu.org/docs/internals/
//! provider-registry-protocol, as of 2026-11): which versions there are, where a package is, and who vouches for it.

use std::collections::BTreeSet;

use reqwest::Url;
use serde::Deserialize;

use crate::run::provider::plugin::system;

use super::How;
use super::package::Package;
use super::signature;
use crate::run::fetch::http::Client;
use crate::run::fetch::registry::service;

/// The registries that sources name.
pub(super) struct Registry {
    http: Client,
}

/// `…/versions`
#[derive(Deserialize)]
struct Versions {
    #[serde(default)]
    versions: Vec<Version>,
}

#[derive(Deserialize)]
struct Version {
    version: String,
    #[serde(default)]
    protocols: Vec<String>,
    #[serde(default)]
    platforms: Vec<Platform>,
}

#[derive(Deserialize)]
struct Platform {
    os: String,
    arch: String,
}

/// `…/VERSION/download/OS/ARCH`
#[derive(Deserialize)]
struct Download {
    filename: String,
    download_url: String,
    shasum: String,
    shasums_url: String,
    #[serde(default)]
    shasums_signature_url: String,
    #[serde(default)]
    signing_keys: Keys,
}

#[derive(Default, Deserialize)]
struct Keys {
    #[serde(default)]
    gpg_public_keys: Vec<Key>,
}

#[derive(Deserialize)]
struct Key {
    ascii_armor: String,
}

impl Registry {
    pub fn new(http: Client) -> Self {
        Self { http }
    }

    /// The versions for this system whose protocol is understood.
    pub async fn versions(&self, source: &str) -> Result<Vec<String>, String> {
        let url = self.base(source).await?;
        let url = url.join("versions").map_err(|e| e.to_string())?;
        let Some(json) = self.http.json_if_there(&url).await? else {
            return Ok(Vec::new());
        };
        let all: Versions = serde_json::from_value(json).map_err(|e| format!("{url}: {e}"))?;
        let system = system();
        let understood = |v: &Version| {
            let spoken =
                v.protocols.is_empty() || v.protocols.iter().any(|p| p.starts_with("5.") || p.starts_with("6."));
            spoken && v.platforms.iter().any(|p| format!("{}_{}", p.os, p.arch) == system)
        };
        Ok(all.versions.into_iter().filter(understood).map(|v| v.version).collect())
    }

    /// The package of a version, once its signature and its digest are found to be right.
    pub async fn package(&self, source: &str, version: &str) -> Result<Package, String> {
        let base = self.base(source).await?;
        let (os, arch) = system()
            .split_once('_')
            .map(|(o, a)| (o.to_owned(), a.to_owned()))
            .unwrap_or_default();
        let url = base
            .join(&format!("{version}/download/{os}/{arch}"))
            .map_err(|e| e.to_string())?;
        let (_, json) = self.http.json(&url).await?;
        let at: Download = serde_json::from_value(json).map_err(|e| format!("{url}: {e}"))?;
        let beside = |text: &str| url.join(text).map_err(|e| format!("`{text}` is no address: {e}"));
        let (_, sums) = self.http.bytes(&beside(&at.shasums_url)?).await?;
        let signer = match at.signing_keys.gpg_public_keys.as_slice() {
            [] => None,
            keys => {
                let (_, signature) = self.http.bytes(&beside(&at.shasums_signature_url)?).await?;
                let armours = keys.iter().map(|k| k.ascii_armor.as_str());
                Some(signature::signer(armours, &sums, &signature)?)
            }
        };
        let sums = read(&sums);
        let own = format!("zh:{}", at.shasum.to_lowercase());
        if !sums.iter().any(|(file, hash)| *file == at.filename && *hash == own) {
            return Err(format!(
                "{}: its digest is not among those that are signed",
                at.filename
            ));
        }
        let (_, bytes) = self.http.bytes(&beside(&at.download_url)?).await?;
        let all: BTreeSet<String> = sums.into_iter().map(|(_, hash)| hash).collect();
        let package = Package::archive(bytes, How::Fetched(signer));
        Ok(package.must_be([own].into()).vouched(all))
    }

    async fn base(&self, source: &str) -> Result<Url, String> {
        let (host, path) = source.split_once('/').unwrap_or((source, ""));
        let base = service(&self.http, host, "providers.v1").await?;
        let base = base.ok_or_else(|| format!("{host} is no registry of providers"))?;
        base.join(&format!("{path}/")).map_err(|e| e.to_string())
    }
}

/// The archives that a `SHA256SUMS` lists, each with its hash.
fn read(sums: &[u8]) -> Vec<(String, String)> {
    let text = String::from_utf8_lossy(sums);
    let line = |line: &str| {
        let (digest, file) = line.split_once("  ")?;
        let whole = digest.len() == 64 && digest.chars().all(|c| c.is_ascii_hexdigit());
        let archive = whole && file.trim().ends_with(".zip");
        archive.then(|| (file.trim().to_owned(), format!("zh:{}", digest.to_lowercase())))
    };
    text.lines().filter_map(line).collect()
}
