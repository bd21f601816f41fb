//! `host_command`: something that is done once, and can be seen to be done.

use std::collections::BTreeMap;

use situs_sdk::async_trait;
use situs_sdk::kit::{Ask, Check, Failure, Field, Object, Planning, Problems, Resource};
use situs_ssh::Wrong;

use crate::host::Host;

/// Something that is done on the host.
#[derive(Clone, Debug, Default, Object)]
pub struct Command {
    /// what does it: a script of `sh`
    #[attr(required, replace)]
    create: Field<String>,
    /// what sees whether it is done: a script that ends with 0 where it is. It is not done twice; where it is undone, it is done again
    #[attr(optional)]
    check: Field<String>,
    /// what undoes it
    #[attr(optional)]
    destroy: Field<String>,
    /// the environment of these scripts
    #[attr(optional)]
    environment: Field<BTreeMap<String, String>>,
    /// what else it depends on: where any of it changes, it is undone and done again
    #[attr(optional, replace)]
    triggers: Field<BTreeMap<String, String>>,
    /// names it
    #[attr(computed)]
    id: Field<String>,
    /// what it said when it was done
    #[attr(computed)]
    output: Field<String>,
}

/// The resource type.
pub struct Commands;

/// The environment is pairs of arguments after the script.
const RUN: &str = r#"
script=$1; shift
while [ $# -gt 1 ]; do export "$1=$2"; shift 2; done
eval "$script""#;

async fn run(host: &Host, command: &Command, script: &str) -> Result<Vec<u8>, Wrong> {
    let environment = command.environment.known().into_iter().flatten();
    let pairs = environment.flat_map(|(name, value)| [name.as_str(), value.as_str()]);
    let arguments: Vec<&str> = [script].into_iter().chain(pairs).collect();
    host.run(RUN, &arguments, b"").await
}

/// Whether it is done; where nothing sees that, it is.
async fn is_done(host: &Host, command: &Command) -> Result<bool, Problems> {
    let Field::Known(check) = &command.check else {
        return Ok(true);
    };
    match run(host, command, check).await {
        Ok(_) => Ok(true),
        Err(Wrong::Failed(..)) => Ok(false),
        Err(wrong) => Err(host.cannot("look whether a command is done", wrong)),
    }
}

#[async_trait]
impl Resource for Commands {
    type Client = Host;
    type State = Command;

    fn validate(&self, config: &Command, check: &mut Check) {
        let word = |name: &String| {
            name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        };
        let sound = config.environment.known().is_none_or(|map| map.keys().all(word));
        let wanted = "letters, digits and `_`, no digit first";
        check.that(
            sound,
            "environment",
            "a variable has a name that `sh` does not take",
            wanted,
        );
    }

    async fn plan(&self, _: &Host, _: Planning<'_, Command>, _: &mut Command) -> Result<(), Problems> {
        Ok(())
    }

    async fn create(&self, host: &Host, planned: Command, ask: Ask<'_, Command>) -> Result<Command, Failure<Command>> {
        let done = planned.check.known().is_some() && is_done(host, &planned).await?;
        let output = match done {
            true => Vec::new(),
            false => {
                let ran = run(host, &planned, planned.create.text()).await;
                ran.map_err(|wrong| host.cannot("run a command", wrong))?
            }
        };
        if !is_done(host, &planned).await? {
            let title = "a command was run, and what it was to do is not done";
            let why = "`check` still ends with something else than 0.";
            return Err(situs_sdk::kit::Problem::error(title, why).into());
        }
        Ok(Command {
            id: ask.key.into(),
            output: String::from_utf8_lossy(&output).trim_end().to_owned().into(),
            ..planned
        })
    }

    async fn read(&self, host: &Host, current: Command) -> Result<Option<Command>, Problems> {
        Ok(is_done(host, &current).await?.then_some(current))
    }

    /// What is done is done: only how it is seen and undone changes.
    async fn update(
        &self,
        _: &Host,
        _: Command,
        planned: Command,
        _: Ask<'_, Command>,
    ) -> Result<Command, Failure<Command>> {
        Ok(planned)
    }

    async fn delete(&self, host: &Host, prior: Command) -> Result<(), Problems> {
        if let Field::Known(destroy) = &prior.destroy {
            let undone = run(host, &prior, destroy).await;
            undone.map_err(|wrong| host.cannot("undo a command", wrong))?;
        }
        Ok(())
    }
}
