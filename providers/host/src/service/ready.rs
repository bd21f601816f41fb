//! Whether a service answers: a program on its host says so.

use std::time::Duration;

use situs_sdk::kit::{Problem, Problems};
use situs_ssh::Wrong;
use tokio::time::{Instant, sleep};

use super::Service;
use crate::host::Host;

/// Waits until it answers; nothing to wait for where nothing is said.
pub(super) async fn wait(host: &Host, service: &Service) -> Result<(), Problems> {
    let Some(ready) = service.ready.known() else {
        return Ok(());
    };
    let until = Instant::now() + Duration::from_millis(ready.within_ms.get());
    let arguments: Vec<&str> = ready.command.all().iter().map(String::as_str).collect();
    loop {
        let last = match host.run("exec \"$@\"", &arguments, b"").await {
            Ok(_) => return Ok(()),
            Err(Wrong::Failed(_, said)) => said,
            Err(wrong) => return Err(host.cannot("look whether a service answers", wrong)),
        };
        if Instant::now() >= until {
            let title = format!("the service `{}` does not answer", service.name.text());
            let command = arguments.join(" ");
            let why = format!(
                "`{command}` has not ended with 0 within {} ms. {last}",
                ready.within_ms.get()
            );
            return Err(vec![Problem::error(title, why.trim_end())]);
        }
        sleep(Duration::from_millis(ready.every_ms.get())).await;
    }
}
