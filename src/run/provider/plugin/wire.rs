//! Calls to a plug-in, in whichever version of the protocol it speaks: version 5 has some of them under other names.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use hyper_util::rt::TokioIo;
use prost::Message;
use situs_protocol::wire::plugin::{Empty, StdioData};
use situs_protocol::wire::{tfplugin5, tfplugin6};
use situs_sdk::tls::{NAME, Own};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tonic::client::Grpc;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::{Channel, Endpoint, Uri};
use tonic::{Request, Status};
use tonic_prost::ProstCodec;

use super::handshake::{Address, Handshake, Version};

/// A message is no larger: as large as providers take them.
const LARGEST: usize = 256 << 20;
/// So long the schema and the wish to stop may take.
const SOON: Duration = Duration::from_secs(60);
/// So long the word that it is to end may take.
const END: Duration = Duration::from_secs(2);

/// One call, by its name in both versions.
pub(super) struct Call {
    five: &'static str,
    six: &'static str,
    /// What it does, in words.
    pub does: &'static str,
}

macro_rules! call {
    ($name:ident, $six:literal, $five:literal, $does:literal) => {
        pub(super) const $name: Call = Call {
            five: concat!("/tfplugin5.Provider/", $five),
            six: concat!("/tfplugin6.Provider/", $six),
            does: $does,
        };
    };
}

call!(SCHEMA, "GetProviderSchema", "GetSchema", "say what it offers");
call!(
    VALIDATE_PROVIDER,
    "ValidateProviderConfig",
    "PrepareProviderConfig",
    "look at its configuration"
);
call!(CONFIGURE, "ConfigureProvider", "Configure", "take its configuration");
call!(
    VALIDATE,
    "ValidateResourceConfig",
    "ValidateResourceTypeConfig",
    "look at a configuration"
);
call!(
    VALIDATE_DATA,
    "ValidateDataResourceConfig",
    "ValidateDataSourceConfig",
    "look at a configuration"
);
call!(
    VALIDATE_EPHEMERAL,
    "ValidateEphemeralResourceConfig",
    "ValidateEphemeralResourceConfig",
    "look at a configuration"
);
call!(
    UPGRADE,
    "UpgradeResourceState",
    "UpgradeResourceState",
    "take what is kept"
);
call!(READ, "ReadResource", "ReadResource", "read");
call!(PLAN, "PlanResourceChange", "PlanResourceChange", "plan");
call!(
    APPLY,
    "ApplyResourceChange",
    "ApplyResourceChange",
    "carry out a change"
);
call!(IMPORT, "ImportResourceState", "ImportResourceState", "import");
call!(READ_DATA, "ReadDataSource", "ReadDataSource", "read");
call!(OPEN, "OpenEphemeralResource", "OpenEphemeralResource", "open");
call!(CLOSE, "CloseEphemeralResource", "CloseEphemeralResource", "close");
call!(CALL, "CallFunction", "CallFunction", "work out a function");
call!(STOP, "StopProvider", "Stop", "stop");

/// What Situs asks beyond the protocol.
pub(super) const LOOKUP: Call = Call {
    five: "/situs.Extra/Lookup",
    six: "/situs.Extra/Lookup",
    does: "find what a change made",
};

/// The metadata that names a change: see `providers/protocol/proto/situs.proto`.
const KEY: &str = "situs-key";

const SHUTDOWN: &str = "/plugin.GRPCController/Shutdown";
const STDIO: &str = "/plugin.GRPCStdio/StreamStdio";

/// A connection to a plug-in.
#[derive(Clone)]
pub(super) struct Wire {
    version: Version,
    channel: Channel,
}

impl Wire {
    /// Connects.
    pub async fn connect(handshake: Handshake, own: Option<Own>) -> Result<Self, String> {
        let tls = match (own, handshake.certificate) {
            (None, _) => None,
            (Some(own), Some(theirs)) => Some(TlsConnector::from(Arc::new(own.client(theirs.into())?))),
            (Some(_), None) => return Err("it was to speak over TLS, and shows no certificate".to_owned()),
        };
        let endpoint = Endpoint::from_static("http://localhost").initial_stream_window_size(4 << 20);
        let endpoint = endpoint.initial_connection_window_size(16 << 20);
        let address = Arc::new(handshake.address);
        let dial = move |_: Uri| {
            let (address, tls) = (address.clone(), tls.clone());
            async move { dial(&address, tls).await.map(TokioIo::new) }
        };
        let channel = endpoint.connect_with_connector(tower::service_fn(dial)).await;
        let channel = channel.map_err(|e| format!("it cannot be connected to: {}", root(&e)))?;
        Ok(Self {
            version: handshake.version,
            channel,
        })
    }

    /// Asks, and waits for the answer for as long as it takes.
    pub async fn call<Q, A>(&self, call: &Call, ask: Q) -> Result<A, Status>
    where
        Q: Message + 'static,
        A: Message + Default + 'static,
    {
        self.unary(self.path(call), Request::new(ask)).await
    }

    /// Has a change carried out that has a name.
    pub async fn apply<Q, A>(&self, ask: Q, key: &str) -> Result<A, Status>
    where
        Q: Message + 'static,
        A: Message + Default + 'static,
    {
        let mut request = Request::new(ask);
        if let Ok(key) = key.parse() {
            request.metadata_mut().insert(KEY, key);
        }
        self.unary(self.path(&APPLY), request).await
    }

    fn path(&self, call: &Call) -> &'static str {
        match self.version {
            Version::Five => call.five,
            Version::Six => call.six,
        }
    }

    async fn unary<Q, A>(&self, path: &'static str, ask: Request<Q>) -> Result<A, Status>
    where
        Q: Message + 'static,
        A: Message + Default + 'static,
    {
        let mut grpc = self.grpc().await?;
        let codec = ProstCodec::<Q, A>::default();
        let path = PathAndQuery::from_static(path);
        Ok(grpc.unary(ask, path, codec).await?.into_inner())
    }

    async fn grpc(&self) -> Result<Grpc<Channel>, Status> {
        let grpc = Grpc::new(self.channel.clone());
        let mut grpc = grpc
            .max_decoding_message_size(LARGEST)
            .max_encoding_message_size(LARGEST);
        let ready = grpc.ready().await;
        ready.map_err(|e| Status::unavailable(root(&e)))?;
        Ok(grpc)
    }

    /// What the provider offers, in the words of version 6.
    pub async fn schema(&self) -> Result<tfplugin6::get_provider_schema::Response, Status> {
        let asked = async {
            match self.version {
                Version::Six => self.call(&SCHEMA, tfplugin6::get_provider_schema::Request {}).await,
                Version::Five => {
                    let answer: tfplugin5::get_provider_schema::Response =
                        self.call(&SCHEMA, tfplugin6::get_provider_schema::Request {}).await?;
                    Ok(situs_protocol::schema::folded(answer))
                }
            }
        };
        within(SOON, asked).await
    }

    /// Asks the provider to bring what is in flight to an early end.
    pub async fn stop(&self) -> Result<tfplugin6::stop_provider::Response, Status> {
        within(SOON, self.call(&STOP, tfplugin6::stop_provider::Request {})).await
    }

    /// Tells the plug-in to end. Most end before they answer.
    pub async fn shutdown(&self) {
        let _: Result<Empty, Status> = within(END, self.unary(SHUTDOWN, Request::new(Empty {}))).await;
    }

    /// Takes in what the plug-in prints, for as long as it lives: one that nobody listens to stands still.
    pub async fn listen(self, take: impl Fn(&[u8])) {
        let Ok(mut grpc) = self.grpc().await else { return };
        let codec = ProstCodec::<(), StdioData>::default();
        let path = PathAndQuery::from_static(STDIO);
        let Ok(answer) = grpc.server_streaming(Request::new(()), path, codec).await else {
            return;
        };
        let mut stream = answer.into_inner();
        while let Ok(Some(data)) = stream.message().await {
            take(&data.data);
        }
    }
}

/// What can be read and written.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

async fn dial(address: &Address, tls: Option<TlsConnector>) -> io::Result<Box<dyn Stream>> {
    match address {
        Address::Unix(path) => secured(UnixStream::connect(path).await?, tls).await,
        Address::Tcp(port) => secured(TcpStream::connect(port).await?, tls).await,
    }
}

async fn secured(stream: impl Stream + 'static, tls: Option<TlsConnector>) -> io::Result<Box<dyn Stream>> {
    let Some(tls) = tls else {
        return Ok(Box::new(stream));
    };
    let name = ServerName::try_from(NAME).map_err(io::Error::other)?;
    Ok(Box::new(tls.connect(name, stream).await?))
}

async fn within<A>(time: Duration, work: impl Future<Output = Result<A, Status>>) -> Result<A, Status> {
    let late = || Status::deadline_exceeded(format!("no answer within {} seconds", time.as_secs()));
    tokio::time::timeout(time, work).await.unwrap_or_else(|_| Err(late()))
}

/// The first cause.
fn root(error: &dyn std::error::Error) -> String {
    let mut at = error;
    while let Some(cause) = at.source() {
        at = cause;
    }
    at.to_string()
}
