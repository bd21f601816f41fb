//! Whether a process answers.

use std::time::Duration;

use situs_value::{ObjectType, Type, Value};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::disk;
use situs_provider::attributes::{Check, get, number, text};

/// How it is found out.
#[derive(Clone, Debug, PartialEq)]
pub struct Health {
    path: Option<String>,
    address: String,
    /// The longest wait between two tries.
    pub every: Duration,
    /// How long one try may take.
    timeout: Duration,
    /// How long it may take until the first good answer.
    pub within: Duration,
}

/// The type of the attribute `health`.
pub fn kind() -> Type {
    let attributes = [
        ("kind", Type::String),
        ("path", Type::String),
        ("port", Type::Number),
        ("every_ms", Type::Number),
        ("timeout_ms", Type::Number),
        ("within_ms", Type::Number),
    ];
    let optional = ["path", "every_ms", "timeout_ms", "within_ms"];
    Type::Object(std::sync::Arc::new(ObjectType {
        attributes: attributes.into_iter().map(|(n, t)| (n.into(), t)).collect(),
        optional: optional.into_iter().map(Into::into).collect(),
    }))
}

/// Looks at the attribute.
pub fn validate(check: &mut Check, config: &Value) {
    let health = get(config, "health");
    if health.is_null() || !health.is_known() {
        return;
    }
    let kind = text(health, "kind");
    let known = kind.is_none_or(|k| matches!(k, "http" | "tcp")) && !get(health, "kind").is_null();
    check.that(
        known,
        "health",
        "`health.kind` is neither \"http\" nor \"tcp\"",
        "write `kind = \"http\"` or `kind = \"tcp\"`",
    );
    let port = get(health, "port");
    check.that(
        !port.is_known() || super::port(port).is_some(),
        "health",
        "`health.port` is not a port",
        "give a number from 1 to 65535",
    );
    let path = text(health, "path")
        .is_none_or(|p| p.starts_with('/') && !p.contains(char::is_whitespace) && !p.contains(char::is_control));
    check.that(
        path,
        "health",
        "`health.path` is not the path of a URL",
        "begin it with `/`, and write `%20` for a space",
    );
    for name in ["every_ms", "timeout_ms", "within_ms"] {
        let value = get(health, name);
        let fits =
            value.is_null() || !value.is_known() || number(health, name).is_some_and(|n| (1..=3_600_000).contains(&n));
        check.that(
            fits,
            "health",
            format!("`health.{name}` is not a time"),
            "give whole milliseconds, from 1 to 3600000",
        );
    }
}

impl Health {
    /// What the object says, where it says something.
    pub fn of(object: &Value, host: &str) -> Option<Self> {
        let health = get(object, "health");
        let port = super::port(get(health, "port"))?;
        let http = text(health, "kind") == Some("http");
        Some(Self {
            path: http.then(|| text(health, "path").unwrap_or("/").to_owned()),
            address: super::address(host, port),
            every: Duration::from_millis(number(health, "every_ms").unwrap_or(500)),
            timeout: Duration::from_millis(number(health, "timeout_ms").unwrap_or(2_000)),
            within: Duration::from_millis(number(health, "within_ms").unwrap_or(30_000)),
        })
    }

    /// Tries once.
    pub async fn probe(&self) -> Result<(), String> {
        match timeout(self.timeout.min(self.within), self.ask()).await {
            Ok(answer) => answer,
            Err(_) => Err(format!("{} does not answer in time", self.address)),
        }
    }

    async fn ask(&self) -> Result<(), String> {
        let said = |e: std::io::Error| format!("{}: {}", self.address, disk::plain(&e));
        let mut stream = TcpStream::connect(&self.address).await.map_err(said)?;
        let Some(path) = &self.path else { return Ok(()) };
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
            self.address
        );
        stream.write_all(request.as_bytes()).await.map_err(said)?;
        let mut answer = [0_u8; 12];
        stream.read_exact(&mut answer).await.map_err(said)?;
        judge(&answer).map_err(|what| format!("http://{}{path} answers {what}", self.address))
    }
}

/// `HTTP/1.1 200`
fn judge(answer: &[u8]) -> Result<(), String> {
    let answer = String::from_utf8_lossy(answer);
    match answer
        .strip_prefix("HTTP/1.")
        .and_then(|rest| rest.get(2..)?.parse::<u16>().ok())
    {
        Some(200..=399) => Ok(()),
        Some(code) => Err(format!("with code {code}")),
        None => Err("something that is not HTTP".to_owned()),
    }
}
