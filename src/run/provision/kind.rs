//! The provisioners: what each takes, and what it does. The configuration of each is that of the Terraform provisioner of its name
//! (developer.hashicorp.com/terraform/language/resources/provisioners, as of 2025-03).

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use situs_provider::schema::{Attribute, Block, Mode};
use situs_value::{Type, Value};
use tokio::process::Command;

use crate::base::Diagnostic;
use crate::base::span::Span;
use crate::lang::eval::provisioner::{BAD_PROVISIONER, Provisioner};
use crate::run::Cancel;

use super::connection::Connection;
use super::process::{self, Voice, Why};
use super::ssh::Ssh;

/// One of the provisioners.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A program on this machine.
    LocalExec,
    /// Scripts on a host.
    RemoteExec,
    /// A file or a directory for a host.
    File,
}

const KINDS: [(&str, Kind); 3] = [
    ("local-exec", Kind::LocalExec),
    ("remote-exec", Kind::RemoteExec),
    ("file", Kind::File),
];

impl Kind {
    pub fn of(provisioner: &Provisioner) -> Result<Self, Box<Diagnostic>> {
        let known = KINDS.iter().find(|(name, _)| *name == &*provisioner.kind);
        known.map(|(_, kind)| *kind).ok_or_else(|| {
            let title = format!("there is no provisioner `{}`", provisioner.kind);
            let names: Vec<String> = KINDS.iter().map(|(name, _)| format!("`{name}`")).collect();
            let said = Diagnostic::error(BAD_PROVISIONER, title).at(provisioner.span, "not known");
            Box::new(said.help(format!("there are {}", names.join(", "))))
        })
    }

    pub fn name(self) -> &'static str {
        KINDS
            .iter()
            .find(|(_, kind)| *kind == self)
            .map_or("", |(name, _)| name)
    }

    pub fn is_remote(self) -> bool {
        self != Kind::LocalExec
    }

    pub fn schema(self) -> &'static Block {
        static BLOCKS: OnceLock<[Block; 3]> = OnceLock::new();
        let [local, remote, file] = BLOCKS.get_or_init(|| [local_exec(), remote_exec(), file()]);
        match self {
            Kind::LocalExec => local,
            Kind::RemoteExec => remote,
            Kind::File => file,
        }
    }

    /// What is wrong with a configuration beside the types of its attributes.
    pub fn wrong(self, config: &Value, span: Span) -> Option<Diagnostic> {
        let choice: &[&str] = match self {
            Kind::LocalExec => return None,
            Kind::RemoteExec => &["inline", "script", "scripts"],
            Kind::File => &["source", "content"],
        };
        let given = choice
            .iter()
            .filter(|name| config.get(name).is_some_and(|v| !v.is_null()));
        let names: Vec<String> = choice.iter().map(|name| format!("`{name}`")).collect();
        (given.count() != 1).then(|| {
            let title = format!("`{}` takes one of {}", self.name(), names.join(", "));
            Diagnostic::error(BAD_PROVISIONER, title)
                .at(span, "none of them, or several")
                .help("give exactly one")
        })
    }

    /// Does it. `config` is known and without marks.
    pub async fn run(
        self,
        config: &Value,
        connection: Option<&Connection>,
        directory: &str,
        voice: &Voice<'_>,
        cancel: &Cancel,
    ) -> Result<(), Why> {
        if self == Kind::LocalExec {
            return on_this_machine(config, directory, voice).await;
        }
        let connection = connection.ok_or_else(|| Why::plain("no `connection` says how its host is reached"))?;
        let ssh = Ssh::new(connection)?;
        voice.pass_on(&format!("Connecting to {} over SSH...", connection.host));
        ssh.connect(voice, cancel).await?;
        match self {
            Kind::File => send(&ssh, config, directory, voice).await,
            _ => scripts(&ssh, config, directory, voice).await,
        }
    }
}

fn block(attributes: &[(&str, Type, Mode, &str)]) -> Block {
    let attribute = |(name, ty, mode, doc): &(&str, Type, Mode, &str)| {
        let name: std::sync::Arc<str> = (*name).into();
        (name, Attribute::new(ty.clone(), *mode, doc))
    };
    Block {
        attributes: attributes.iter().map(attribute).collect(),
        ..Block::default()
    }
}

fn local_exec() -> Block {
    block(&[
        ("command", Type::String, Mode::Required, "What is run"),
        (
            "interpreter",
            Type::list(Type::String),
            Mode::Optional,
            "What runs it; `/bin/sh -c` where nothing is given",
        ),
        (
            "working_dir",
            Type::String,
            Mode::Optional,
            "Where it is run; the configuration's directory where nothing is given",
        ),
        (
            "environment",
            Type::map(Type::String),
            Mode::Optional,
            "Variables of its environment, beside those of `situs`",
        ),
        (
            "quiet",
            Type::Bool,
            Mode::Optional,
            "Whether the command itself is not shown",
        ),
    ])
}

fn remote_exec() -> Block {
    block(&[
        (
            "inline",
            Type::list(Type::String),
            Mode::Optional,
            "Commands, one after the other",
        ),
        ("script", Type::String, Mode::Optional, "A script of this machine"),
        (
            "scripts",
            Type::list(Type::String),
            Mode::Optional,
            "Scripts of this machine, one after the other",
        ),
    ])
}

fn file() -> Block {
    block(&[
        (
            "source",
            Type::String,
            Mode::Optional,
            "A file or a directory of this machine; of one with `/` at its end, what is in it",
        ),
        ("content", Type::String, Mode::Optional, "What the file holds"),
        (
            "destination",
            Type::String,
            Mode::Required,
            "Where it goes, on the host",
        ),
    ])
}

fn text<'a>(config: &'a Value, name: &str) -> Option<&'a str> {
    config.get(name).and_then(Value::as_str)
}

fn texts<'a>(config: &'a Value, name: &str) -> Option<Vec<&'a str>> {
    let elements = config.get(name)?.elements()?;
    Some(elements.iter().filter_map(Value::as_str).collect())
}

async fn on_this_machine(config: &Value, directory: &str, voice: &Voice<'_>) -> Result<(), Why> {
    let said = text(config, "command").unwrap_or_default();
    let interpreter = texts(config, "interpreter").unwrap_or_else(|| vec!["/bin/sh", "-c"]);
    let mut words = interpreter.into_iter().chain([said]);
    let program = words.next().filter(|w| !w.is_empty());
    let program = program.ok_or_else(|| Why::plain("it has no command"))?;
    let mut command = Command::new(program);
    let given = config.get("environment").and_then(Value::attributes);
    let variables = given
        .into_iter()
        .flatten()
        .filter_map(|(name, v)| Some((&**name, v.as_str()?)));
    command
        .args(words)
        .envs(variables)
        .current_dir(Path::new(directory).join(text(config, "working_dir").unwrap_or_default()));
    let quiet = config.get("quiet").and_then(Value::as_bool).unwrap_or_default();
    match quiet {
        true => voice.say("Executing a command that is not shown"),
        false => format!("Executing: {said}")
            .lines()
            .for_each(|line| voice.pass_on(line)),
    }
    let status = process::run(command, None, voice).await?;
    process::good(status)
}

async fn scripts(ssh: &Ssh, config: &Value, directory: &str, voice: &Voice<'_>) -> Result<(), Why> {
    let inline = texts(config, "inline").map(|lines| format!("#!/bin/sh\n{}\n", lines.join("\n")).into_bytes());
    if let Some(script) = inline {
        return ssh.script(&script, voice).await;
    }
    let one = text(config, "script").into_iter();
    for path in one.chain(texts(config, "scripts").unwrap_or_default()) {
        let script =
            std::fs::read(Path::new(directory).join(path)).map_err(|e| format!("`{path}` cannot be read: {e}"))?;
        ssh.script(&script, voice).await?;
    }
    Ok(())
}

async fn send(ssh: &Ssh, config: &Value, directory: &str, voice: &Voice<'_>) -> Result<(), Why> {
    let destination = text(config, "destination").unwrap_or_default();
    if let Some(content) = text(config, "content") {
        return ssh.write(destination, content.as_bytes(), voice).await;
    }
    let source = text(config, "source").unwrap_or_default();
    let path = Path::new(directory).join(source);
    if !path.exists() {
        return Err(format!("`{source}` is not there").into());
    }
    let inside = path.is_dir() && source.ends_with('/');
    let path: PathBuf = if inside { path.join(".") } else { path };
    ssh.copy(&path, destination, voice).await
}
