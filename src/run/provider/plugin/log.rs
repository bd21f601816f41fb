//! The logs of plug-ins: a line of JSON for each message, as hclog of HashiCorp writes it, or a text. They are passed on where somebody
//! wants them, from a level on; else plug-ins are told to write none, which is a good part of their work.

use std::sync::Arc;

use serde_json::{Map, Value as Json};

/// What takes in lines.
pub type Writer = Arc<dyn Fn(&str) + Send + Sync>;

/// How much a message matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Every step.
    Trace,
    /// What helps to find a fault.
    Debug,
    /// What happens.
    Info,
    /// What may be wrong.
    Warn,
    /// What is wrong.
    Error,
}

impl Level {
    /// `TRACE` to `ERROR`, in any case; nothing for all else.
    pub fn parse(text: &str) -> Option<Self> {
        let names = [
            ("trace", Level::Trace),
            ("debug", Level::Debug),
            ("info", Level::Info),
            ("warn", Level::Warn),
            ("error", Level::Error),
        ];
        let text = text.to_lowercase();
        names.iter().find(|(name, _)| *name == text).map(|(_, level)| *level)
    }

    fn name(self) -> &'static str {
        match self {
            Level::Trace => "TRACE",
            Level::Debug => "DEBUG",
            Level::Info => "INFO",
            Level::Warn => "WARN",
            Level::Error => "ERROR",
        }
    }
}

/// Who wants the logs, and from which level on.
#[derive(Clone)]
pub struct Logs {
    /// From this one on.
    pub from: Level,
    /// Where they go.
    pub to: Writer,
}

impl Logs {
    /// Passes on a line of a plug-in.
    pub(super) fn line(&self, plugin: &str, line: &str) {
        let logged: Option<Map<String, Json>> =
            line.starts_with('{').then(|| serde_json::from_str(line).ok()).flatten();
        let (level, text) = match &logged {
            Some(logged) => spoken(logged),
            None => (bracketed(line), line.to_owned()),
        };
        if level >= self.from {
            let when = logged.as_ref().and_then(|l| l.get("@timestamp")?.as_str());
            let when = when.map(|w| format!("{w} ")).unwrap_or_default();
            (self.to)(&format!("{when}[{}] provider.{plugin}: {text}", level.name()));
        }
    }
}

/// A line of a log; nothing where it is none.
pub(super) fn read(line: &str) -> Option<Map<String, Json>> {
    line.starts_with('{').then(|| serde_json::from_str(line).ok()).flatten()
}

/// How much a message matters.
pub(super) fn level(logged: &Map<String, Json>) -> Level {
    let level = logged.get("@level").and_then(Json::as_str);
    level.and_then(Level::parse).unwrap_or(Level::Debug)
}

/// Its text.
pub(super) fn message(logged: &Map<String, Json>) -> &str {
    logged.get("@message").and_then(Json::as_str).unwrap_or_default()
}

/// The level of a message and its text, with all that is said beside it.
fn spoken(logged: &Map<String, Json>) -> (Level, String) {
    let (level, message) = (level(logged), message(logged));
    let beside = logged.iter().filter(|(name, _)| !name.starts_with('@'));
    let beside: Vec<String> = beside.map(|(name, value)| format!("{name}={value}")).collect();
    match beside.is_empty() {
        true => (level, message.to_owned()),
        false => (level, format!("{message}: {}", beside.join(" "))),
    }
}

/// `[WARN] …`; what names no level is for those who look for a fault.
fn bracketed(line: &str) -> Level {
    let inner = line.split_once('[').and_then(|(_, rest)| rest.split_once(']'));
    inner.and_then(|(level, _)| Level::parse(level)).unwrap_or(Level::Debug)
}

/// What a plug-in of that name is told where nobody wants its logs.
pub(super) fn silence(plugin: &str) -> Vec<String> {
    let own = format!("TF_LOG_PROVIDER_{}", plugin.to_uppercase().replace('-', "_"));
    let of_kits = ["", "_PROTO", "_FRAMEWORK", "_MUX", "_HELPER_SCHEMA"];
    let of_kits = of_kits.iter().map(|kit| format!("TF_LOG_SDK{kit}"));
    of_kits.chain([own]).collect()
}
