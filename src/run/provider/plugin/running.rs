//! A plug-in that runs and is connected to: what it answers, and what is said where it does not.

use std::sync::Arc;

use prost::Message;
use situs_protocol::wire::tfplugin6::get_provider_schema;
use situs_provider::{Problem, Problems};
use tonic::{Code, Status};

use super::process::{Launch, Process};
use super::wire::{Call, SCHEMA, Wire};

/// A plug-in that runs.
#[derive(Clone)]
pub(super) struct Running {
    source: Arc<str>,
    process: Arc<Process>,
    wire: Wire,
}

impl Running {
    /// Starts it and connects.
    pub async fn start(launch: &Launch) -> Result<Self, Problem> {
        let source = launch.source.as_str();
        let failed = |lines: Vec<String>| {
            let title = format!("the provider `{source}` does not start");
            Problem::error(title, lines.join("\n"))
        };
        let (process, handshake) = Process::start(launch).await.map_err(failed)?;
        let wire = match Wire::connect(handshake).await {
            Ok(wire) => wire,
            Err(why) => return Err(failed(process.ended(&why).await)),
        };
        let tail = process.tail();
        tokio::spawn(wire.clone().listen(move |bytes| tail.take(bytes)));
        Ok(Self {
            source: source.into(),
            process: Arc::new(process),
            wire,
        })
    }

    /// Its process.
    pub fn process(&self) -> &Arc<Process> {
        &self.process
    }

    /// Asks, and waits for the answer for as long as it takes.
    pub async fn call<Q, A>(&self, call: &Call, ask: Q) -> Result<A, Problems>
    where
        Q: Message + 'static,
        A: Message + Default + 'static,
    {
        match self.wire.call(call, ask).await {
            Ok(answer) => Ok(answer),
            Err(status) => Err(vec![self.fault(call, &status).await]),
        }
    }

    /// What the provider offers.
    pub async fn schema(&self) -> Result<get_provider_schema::Response, Problem> {
        match self.wire.schema().await {
            Ok(answer) => Ok(answer),
            Err(status) => Err(self.fault(&SCHEMA, &status).await),
        }
    }

    /// Why there is no answer: the provider is gone, or does not know the question, or answers nonsense.
    async fn fault(&self, call: &Call, status: &Status) -> Problem {
        let source = &self.source;
        let does = call.does;
        let message: String = status.message().chars().filter(|c| !c.is_control()).collect();
        if status.code() == Code::Unimplemented {
            let title = format!("the provider `{source}` cannot {does}");
            return Problem::error(title, "It does not know this part of the protocol.");
        }
        let Some(end) = self.process.gone().await else {
            let title = format!("the provider `{source}` does not {does}");
            return Problem::error(title, message);
        };
        let title = format!("the provider `{source}` crashed when it was to {does}");
        Problem::error(title, self.lines(&format!("It ended with {end}.")).await)
    }

    async fn lines(&self, first: &str) -> String {
        let said = self.process.said().await;
        let head = (!said.is_empty()).then(|| "The last that it said:".to_owned());
        let lines: Vec<String> = [first.to_owned()].into_iter().chain(head).chain(said).collect();
        lines.join("\n")
    }

    /// Asks it to bring what is in flight to an early end.
    pub async fn stop(&self) {
        let _ = self.wire.stop().await;
    }

    /// Ends it.
    pub async fn end(&self) {
        self.wire.shutdown().await;
        self.process.end().await;
    }
}
