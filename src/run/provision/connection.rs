//! `connection { … }`: how a host is reached.

use std::sync::OnceLock;
use std::time::Duration;

use situs_provider::schema::{Attribute, Block, Mode};
use situs_value::{Number, Type, Value};

use crate::base::Diagnostic;
use crate::base::span::Span;
use crate::lang::eval::functions::duration;
use crate::lang::eval::provisioner::BAD_PROVISIONER;

/// A host is waited for as long as this where nothing is said.
const PATIENCE: Duration = Duration::from_secs(300);

/// One end of a way to a host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct End {
    pub host: String,
    pub port: Option<u16>,
    pub user: Option<String>,
    pub password: Option<String>,
    pub private_key: Option<String>,
    pub certificate: Option<String>,
    /// The key that it must have; any, where nothing is said.
    pub host_key: Option<String>,
}

/// A way to a host over SSH.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Connection {
    pub host: String,
    pub to: End,
    pub bastion: Option<End>,
    pub agent: bool,
    /// Which of the agent's keys comes first: the file of its public half.
    pub agent_identity: Option<String>,
    pub timeout: Duration,
    /// Where a script is put for as long as it runs.
    pub script_path: Option<String>,
}

const TEXTS: &[(&str, &str)] = &[
    ("type", "`ssh`"),
    ("user", "Who logs in; `root` where nothing is given"),
    ("password", "The password"),
    ("host", "The host's name or address"),
    ("private_key", "A private key, as text"),
    ("certificate", "A signed certificate for the key, as text"),
    ("agent_identity", "The file of the agent's key that is tried first"),
    ("host_key", "The public key of the host, or of who signed it"),
    ("script_path", "Where scripts are put on the host"),
    ("target_platform", "`unix`"),
    ("timeout", "How long the host is waited for: `30s`, `5m`"),
    ("bastion_host", "A host on the way"),
    ("bastion_host_key", "Its public key"),
    ("bastion_user", "Who logs in there"),
    ("bastion_password", "The password there"),
    ("bastion_private_key", "The private key there"),
    ("bastion_certificate", "The certificate there"),
];

/// What the block takes.
pub(super) fn schema() -> &'static Block {
    static BLOCK: OnceLock<Block> = OnceLock::new();
    BLOCK.get_or_init(|| {
        let optional = |ty: Type, doc: &str| Attribute::new(ty, Mode::Optional, doc);
        let texts = TEXTS
            .iter()
            .map(|(name, doc)| ((*name).into(), optional(Type::String, doc)));
        let others = [
            ("port", Type::Number, "The port; 22 where nothing is given"),
            ("bastion_port", Type::Number, "The port there"),
            (
                "agent",
                Type::Bool,
                "Whether the keys of the SSH agent are tried; they are where nothing is given",
            ),
        ];
        let others = others
            .into_iter()
            .map(|(name, ty, doc)| (name.into(), optional(ty, doc)));
        Block {
            attributes: texts.chain(others).collect(),
            ..Block::default()
        }
    })
}

/// A provisioner that needs a host and has none.
pub(super) fn missing(span: Span) -> Diagnostic {
    Diagnostic::error(BAD_PROVISIONER, "no `connection` says how the host is reached")
        .at(span, "works on a host")
        .help("add `connection { host = self.…, user = \"…\" }` to the provisioner or to the resource")
}

impl Connection {
    /// Reads a value of the schema, known and without marks.
    pub fn read(value: &Value) -> Result<Self, String> {
        if let Some(other) = text(value, "type").filter(|t| t != "ssh") {
            return Err(format!(
                "a connection of the type `{other}` is not supported, only `ssh`"
            ));
        }
        if let Some(other) = text(value, "target_platform").filter(|t| t != "unix") {
            return Err(format!(
                "hosts of the platform `{other}` are not supported, only `unix`"
            ));
        }
        let to = end(value, "")?.ok_or("the `connection` has no `host`")?;
        let timeout = match text(value, "timeout") {
            Some(text) => Duration::try_from(duration(&text)?).map_err(|_| format!("`{text}` is before now"))?,
            None => PATIENCE,
        };
        let own = |name: &str| to_path(value, name);
        Ok(Self {
            host: to.host.clone(),
            bastion: end(value, "bastion_")?,
            agent: value.get("agent").and_then(Value::as_bool).unwrap_or(true),
            agent_identity: own("agent_identity")?,
            script_path: text(value, "script_path"),
            timeout,
            to,
        })
    }
}

fn text(value: &Value, name: &str) -> Option<String> {
    value.get(name).and_then(Value::as_str).map(str::to_owned)
}

fn to_path(value: &Value, name: &str) -> Result<Option<String>, String> {
    match text(value, name) {
        Some(path) => plain(&path, name).map(|()| Some(path)),
        None => Ok(None),
    }
}

/// The end whose attributes have this before their names; nothing where it has no host.
fn end(value: &Value, prefix: &str) -> Result<Option<End>, String> {
    let own = |name: &str| text(value, &format!("{prefix}{name}"));
    let Some(host) = own("host") else { return Ok(None) };
    plain(&host, &format!("{prefix}host"))?;
    let user = own("user");
    if let Some(user) = &user {
        plain(user, &format!("{prefix}user"))?;
    }
    let port = value.get(&format!("{prefix}port")).and_then(Value::as_number);
    let port = match port.map(Number::to_u64) {
        None => None,
        Some(port) => {
            let port = port.and_then(|p| u16::try_from(p).ok());
            Some(port.ok_or_else(|| format!("`{prefix}port` lies between 0 and 65535"))?)
        }
    };
    Ok(Some(End {
        host,
        port,
        user,
        password: own("password"),
        private_key: own("private_key"),
        certificate: own("certificate"),
        host_key: own("host_key"),
    }))
}

/// A word that may stand in a configuration of `ssh`: no blank that ends it, no sign that means more there.
fn plain(word: &str, name: &str) -> Result<(), String> {
    let strange =
        |c: char| c.is_whitespace() || c.is_control() || matches!(c, '"' | '\'' | '\\' | '%' | '$' | '#' | ',');
    let fits = !word.is_empty() && !word.starts_with('-') && !word.contains(strange);
    fits.then_some(())
        .ok_or_else(|| format!("`{name}` is not one word of letters, digits and `.:-_@/`"))
}
