//! Which call is meant by a path, and its answer.

use std::convert::Infallible;
use std::sync::Arc;

use hyper::body::Incoming;
use prost::Message;
use situs_protocol::wire::plugin::Empty;
use tonic::body::Body;
use tonic::codegen::http::{Request, Response};
use tonic::metadata::MetadataMap;
use tonic::server::Grpc;
use tonic::{Code, Status};
use tonic_prost::ProstCodec;

use crate::calls::Calls;

/// A message is no larger: as large as providers take them.
const LARGEST: usize = 256 << 20;

/// The metadata that names a change.
const KEY: &str = "situs-key";

/// Answers one request.
pub(crate) async fn answer(calls: Arc<Calls>, request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
    let path = request.uri().path().to_owned();
    macro_rules! call {
        ($name:ident) => {
            unary(request, |ask, _| async move { calls.$name(ask).await }).await
        };
    }
    let response = match path.as_str() {
        "/tfplugin6.Provider/GetMetadata" => call!(metadata),
        "/tfplugin6.Provider/GetProviderSchema" => call!(schema),
        "/tfplugin6.Provider/ValidateProviderConfig" => call!(validate_provider),
        "/tfplugin6.Provider/ConfigureProvider" => call!(configure),
        "/tfplugin6.Provider/ValidateResourceConfig" => call!(validate),
        "/tfplugin6.Provider/ValidateDataResourceConfig" => call!(validate_data),
        "/tfplugin6.Provider/ValidateEphemeralResourceConfig" => call!(validate_ephemeral),
        "/tfplugin6.Provider/UpgradeResourceState" => call!(upgrade),
        "/tfplugin6.Provider/ReadResource" => call!(read),
        "/tfplugin6.Provider/PlanResourceChange" => call!(plan),
        "/tfplugin6.Provider/ApplyResourceChange" => {
            unary(request, |ask, metadata| async move {
                let key = metadata.get(KEY).and_then(|k| k.to_str().ok()).map(str::to_owned);
                calls.apply(ask, key).await
            })
            .await
        }
        "/tfplugin6.Provider/ImportResourceState" => call!(import),
        "/tfplugin6.Provider/ReadDataSource" => call!(read_data),
        "/tfplugin6.Provider/OpenEphemeralResource" => call!(open),
        "/tfplugin6.Provider/CloseEphemeralResource" => call!(close),
        "/tfplugin6.Provider/StopProvider" => call!(stop),
        "/situs.Extra/Lookup" => call!(lookup),
        "/plugin.GRPCController/Shutdown" => {
            unary(request, |_: Empty, _| async move {
                calls.shut_down();
                Ok(Empty {})
            })
            .await
        }
        _ => Status::new(Code::Unimplemented, "this provider does not know this call").into_http(),
    };
    Ok(response)
}

async fn unary<Q, A, F, W>(request: Request<Incoming>, work: F) -> Response<Body>
where
    Q: Message + Default + Send + 'static,
    A: Message + Default + Send + 'static,
    F: FnOnce(Q, MetadataMap) -> W + Send,
    W: Future<Output = Result<A, Status>> + Send,
{
    let mut work = Some(work);
    let service = tower::service_fn(move |ask: tonic::Request<Q>| {
        let work = work.take();
        async move {
            let (metadata, _, ask) = ask.into_parts();
            match work {
                Some(work) => work(ask, metadata).await.map(tonic::Response::new),
                None => Err(Status::internal("one request is answered once")),
            }
        }
    });
    let grpc = Grpc::new(ProstCodec::<A, Q>::default());
    let mut grpc = grpc
        .max_decoding_message_size(LARGEST)
        .max_encoding_message_size(LARGEST);
    grpc.unary(service, request).await
}
