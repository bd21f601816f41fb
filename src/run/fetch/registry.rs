//! The module registry protocol (opentofu.org/docs/internals/module-registry-protocol, as of 2025-03): where a host has its registry,
//! which versions there are, where one of them is.

use reqwest::Url;

use crate::lang::config::version;

use super::address::{Address, Module};
use super::http::Client;

/// The newest version that will do, or the one that is wanted.
pub(super) async fn choose(
    http: &Client,
    module: &Module,
    constraint: Option<&str>,
    wanted: Option<&str>,
) -> Result<String, String> {
    if let Some(wanted) = wanted {
        return Ok(wanted.to_owned());
    }
    let url = base(http, module).await?;
    let url = url.join("versions").map_err(|e| e.to_string())?;
    let (_, json) = http.json(&url).await?;
    let versions = json.pointer("/modules/0/versions").and_then(|v| v.as_array());
    let versions: Vec<&str> = versions
        .into_iter()
        .flatten()
        .filter_map(|v| v.get("version")?.as_str())
        .collect();
    let constraint = constraint.unwrap_or(">= 0");
    version::newest(versions.iter().copied(), constraint)
        .map_err(|part| format!("`{part}` is no version constraint"))?
        .map(str::to_owned)
        .ok_or_else(|| match versions.is_empty() {
            true => format!("`{}` has no versions in {}", module.path, module.host),
            false => format!("none of its {} versions satisfies `{constraint}`", versions.len()),
        })
}

/// Where a version is.
pub(super) async fn location(http: &Client, module: &Module, version: &str) -> Result<Address, String> {
    let plain = version
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+'));
    if !plain {
        return Err(format!("`{version}` is no version"));
    }
    let base = base(http, module).await?;
    let url = base.join(&format!("{version}/download")).map_err(|e| e.to_string())?;
    let (headers, json) = http.json(&url).await?;
    let header = headers.get("X-Terraform-Get").and_then(|v| v.to_str().ok());
    let said = header.or_else(|| json.get("location")?.as_str());
    let said = said.ok_or_else(|| format!("{} does not say where version {version} is", module.host))?;
    let beside = ["./", "../", "/"].iter().any(|start| said.starts_with(start));
    match beside {
        true => Address::read(url.join(said).map_err(|e| e.to_string())?.as_str()),
        false => Address::read(said),
    }
}

/// The address that all of a module's begin with.
async fn base(http: &Client, module: &Module) -> Result<Url, String> {
    let base = service(http, &module.host, "modules.v1").await?;
    let base = base.ok_or_else(|| format!("{} is no registry of modules", module.host))?;
    base.join(&format!("{}/", module.path)).map_err(|e| e.to_string())
}

/// Where a host has one of its services, by the name that the discovery protocol has for it; nothing where it has none.
pub(super) async fn service(http: &Client, host: &str, name: &str) -> Result<Option<Url>, String> {
    let own = ["localhost", "127.0.0.1"].contains(&host.split(':').next().unwrap_or(""));
    // Nobody reads along on the way to this machine itself.
    let scheme = if own { "http" } else { "https" };
    let host = Url::parse(&format!("{scheme}://{host}/")).map_err(|e| e.to_string())?;
    let known = host.join(".well-known/terraform.json").map_err(|e| e.to_string())?;
    let (_, json) = http.json(&known).await?;
    let at = json.get(name).and_then(|v| v.as_str());
    at.map(|at| host.join(at)).transpose().map_err(|e| e.to_string())
}
