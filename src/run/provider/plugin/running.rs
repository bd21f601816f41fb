//! A plug-in that runs and is connected to: what it answers, and what is said where it does not.

use std::sync::Arc;

use prost::Message;
use situs_protocol::wire::tfplugin6::get_provider_schema;
use situs_provider::{Problem, Problems};
use situs_sdk::tls::Own;
use tonic::{Code, Status};

use super::handshake::{Address, Handshake};
use super::process::{Launch, Process};
use super::wire::{APPLY, Call, SCHEMA, Wire};

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
        let (process, handshake, own) = begin(launch).await.map_err(failed)?;
        let wire = match Wire::connect(handshake, own).await {
            Ok(wire) => wire,
            Err(why) => return Err(failed(process.ended(&why).await)),
        };
        let tail = process.tail();
        tokio::spawn(wire.clone().listen(move |bytes| tail.take(bytes)));
        let process = Arc::new(process);
        launch.alive.note(&process);
        Ok(Self {
            source: source.into(),
            process,
            wire,
        })
    }

    /// Asks, and waits for the answer for as long as it takes.
    pub async fn call<Q, A>(&self, call: &Call, ask: Q) -> Result<A, Problems>
    where
        Q: Message + 'static,
        A: Message + Default + 'static,
    {
        self.heard(call, self.wire.call(call, ask).await).await
    }

    /// Has a change carried out that has a name.
    pub async fn apply<Q, A>(&self, ask: Q, key: &str) -> Result<A, Problems>
    where
        Q: Message + 'static,
        A: Message + Default + 'static,
    {
        self.heard(&APPLY, self.wire.apply(ask, key).await).await
    }

    /// Asks what only some know; nothing where this one does not.
    pub async fn call_if_known<Q, A>(&self, call: &Call, ask: Q) -> Result<Option<A>, Problems>
    where
        Q: Message + 'static,
        A: Message + Default + 'static,
    {
        match self.wire.call(call, ask).await {
            Err(status) if status.code() == Code::Unimplemented => Ok(None),
            answer => self.heard(call, answer).await.map(Some),
        }
    }

    async fn heard<A>(&self, call: &Call, answer: Result<A, Status>) -> Result<A, Problems> {
        match answer {
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

/// Starts the process: in the clear where nobody else can reach it, else with certificates. One that listens at a port is started again.
async fn begin(launch: &Launch) -> Result<(Process, Handshake, Option<Own>), Vec<String>> {
    if !launch.tls {
        let (process, handshake) = Process::start(launch, None).await?;
        match handshake.address {
            Address::Unix(_) => return Ok((process, handshake, None)),
            Address::Tcp(_) => drop(process.ended("").await),
        }
    }
    let own = Own::new().map_err(|why| vec![why])?;
    let (process, handshake) = Process::start(launch, Some(&own.pem())).await?;
    Ok((process, handshake, Some(own)))
}
