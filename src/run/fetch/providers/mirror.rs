//! A server that has copies of packages: the provider network mirror protocol
//! (developer.hashicorp.com/terraform/internals/provider-network-mirror-protocol, as of 2026-11).

use std::collections::BTreeSet;

use reqwest::Url;

use crate::run::provider::plugin::system;

use super::How;
use super::package::Package;
use crate::run::fetch::http::Client;

/// A server with copies.
pub(super) struct Mirror {
    http: Client,
    base: Url,
}

impl Mirror {
    /// The one at an address, which ends with `/`.
    pub fn new(http: Client, url: &str) -> Result<Self, String> {
        let slash = if url.ends_with('/') { "" } else { "/" };
        let base = Url::parse(&format!("{url}{slash}")).map_err(|e| format!("`{url}` is no address: {e}"))?;
        Ok(Self { http, base })
    }

    /// The versions that it has; none where it does not know the provider.
    pub async fn versions(&self, source: &str) -> Result<Vec<String>, String> {
        let json = self.http.json_if_there(&self.at(source, "index.json")?).await?;
        let versions = json.as_ref().and_then(|j| j.get("versions")?.as_object());
        Ok(versions.into_iter().flat_map(|v| v.keys().cloned()).collect())
    }

    /// The package of a version for this system.
    pub async fn package(&self, source: &str, version: &str) -> Result<Package, String> {
        let index = self.at(source, &format!("{version}.json"))?;
        let (_, json) = self.http.json(&index).await?;
        let archive = json.pointer(&format!("/archives/{}", system()));
        let archive = archive.ok_or_else(|| format!("{} has nothing for `{}`", self.base, system()))?;
        let url = archive.get("url").and_then(|u| u.as_str()).unwrap_or_default();
        let url = index.join(url).map_err(|e| format!("`{url}` is no address: {e}"))?;
        let hashes = archive.get("hashes").and_then(|h| h.as_array()).into_iter().flatten();
        let announced: BTreeSet<String> = hashes.filter_map(|h| h.as_str().map(str::to_owned)).collect();
        let (_, bytes) = self.http.bytes(&url).await?;
        Ok(Package::archive(bytes, How::Copied(self.base.to_string())).must_be(announced))
    }

    fn at(&self, source: &str, file: &str) -> Result<Url, String> {
        self.base.join(&format!("{source}/{file}")).map_err(|e| e.to_string())
    }
}
