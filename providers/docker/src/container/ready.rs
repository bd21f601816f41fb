//! Whether a container answers: a program in it says so. It needs neither a way to the container from here nor the engine's own looking,
//! which Podman does only where systemd is.

use std::time::Duration;

use bollard::exec::{CreateExecOptions, StartExecResults};
use futures_util::StreamExt;
use situs_sdk::kit::{Problem, Problems};
use tokio::time::{Instant, sleep};

use super::{Container, Ready};
use crate::engine::{Engine, cannot, status};

/// Waits until it answers; nothing to wait for where nothing is said.
pub(super) async fn wait(engine: &Engine, container: &Container) -> Result<(), Problems> {
    let Some(ready) = container.ready.known() else {
        return Ok(());
    };
    let name = container.name.text();
    let until = Instant::now() + Duration::from_millis(ready.within_ms.get());
    loop {
        if answers(engine, name, ready, until).await? {
            return Ok(());
        }
        if let Some(end) = ended(engine, name).await? {
            let title = format!("the container `{name}` ended before it answered");
            return Err(vec![Problem::error(title, end)]);
        }
        if Instant::now() >= until {
            let title = format!("the container `{name}` does not answer");
            let command = ready.command.all().join(" ");
            let why = format!(
                "`{command}` has not ended with 0 in it within {} ms.",
                ready.within_ms.get()
            );
            return Err(vec![Problem::error(title, why)]);
        }
        sleep(Duration::from_millis(ready.every_ms.get())).await;
    }
}

/// One look.
async fn answers(engine: &Engine, name: &str, ready: &Ready, until: Instant) -> Result<bool, Problems> {
    let what = || format!("look whether the container `{name}` answers");
    let options = CreateExecOptions {
        cmd: Some(ready.command.all().to_vec()),
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        ..CreateExecOptions::default()
    };
    let exec = match engine.api.create_exec(name, options).await {
        Ok(exec) => exec.id,
        // It does not run at the moment: it ended, or is started again.
        Err(error) if matches!(status(&error), Some(404 | 409 | 500)) => return Ok(false),
        Err(error) => return Err(cannot(what())(error)),
    };
    // What it says is nobody's business; its end is the end of the answer.
    let ran = async {
        if let StartExecResults::Attached { mut output, .. } = engine.api.start_exec(&exec, None).await? {
            while output.next().await.is_some() {}
        }
        engine.api.inspect_exec(&exec).await
    };
    let until = until.min(Instant::now() + Duration::from_millis(ready.timeout_ms.get()));
    match tokio::time::timeout_at(until, ran).await {
        Ok(Ok(seen)) => Ok(seen.exit_code == Some(0)),
        // There is no such program, or the container ended meanwhile.
        Ok(Err(error)) if status(&error).is_some() => Ok(false),
        Ok(Err(error)) => Err(cannot(what())(error)),
        Err(_) => Ok(false),
    }
}

/// How it ended, where it did and is not started again.
async fn ended(engine: &Engine, name: &str) -> Result<Option<String>, Problems> {
    let live = super::inspect(engine, name).await?;
    let state = live.and_then(|live| live.state).unwrap_or_default();
    if state.running == Some(true) || state.restarting == Some(true) {
        return Ok(None);
    }
    let said = state
        .error
        .filter(|e| !e.is_empty())
        .map(|e| format!(": {e}"))
        .unwrap_or_default();
    Ok(Some(format!(
        "It ended with {}{said}.",
        state.exit_code.unwrap_or_default()
    )))
}
