//! The program around a provider: go-plugin's handshake, a private socket, and its end.

use std::env;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::parent_id;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use situs_provider::Provider;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::UnixListener;
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;

use crate::calls::Calls;
use crate::{router, tls};

/// What says that somebody starts this who knows what it is.
const COOKIE: (&str, &str) = (
    "TF_PLUGIN_MAGIC_COOKIE",
    "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
);
/// The version that is spoken.
const VERSION: &str = "6";
/// So long the answer to the last call has to leave.
const LAST: Duration = Duration::from_millis(20);

/// Serves a provider until whoever started the program says that it is to end. What `main` gives back.
pub fn serve(provider: Arc<dyn Provider>) -> ExitCode {
    match run(provider) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            let _ = writeln!(io::stderr(), "{why}");
            ExitCode::FAILURE
        }
    }
}

fn run(provider: Arc<dyn Provider>) -> Result<(), String> {
    if env::var(COOKIE.0).as_deref() != Ok(COOKIE.1) {
        return Err("This is a provider: Situs, Terraform and OpenTofu start it, and nobody else.\nPut it where `situs init` finds it, or name its directory in `dev_overrides`.".to_owned());
    }
    let spoken = env::var("PLUGIN_PROTOCOL_VERSIONS").unwrap_or_else(|_| VERSION.to_owned());
    if !spoken.split(',').any(|v| v.trim() == VERSION) {
        return Err(format!(
            "This provider speaks version {VERSION} of the plug-in protocol, and is asked for {spoken}."
        ));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|e| format!("no threads can be had: {e}"))?;
    runtime.block_on(listen(provider))
}

async fn listen(provider: Arc<dyn Provider>) -> Result<(), String> {
    let (acceptor, certificate) = match env::var("PLUGIN_CLIENT_CERT") {
        Ok(pem) if !pem.is_empty() => {
            let own = tls::Own::new()?;
            let shown = STANDARD_NO_PAD.encode(own.der());
            let config = own.server(tls::certificate(&pem)?)?;
            (Some(TlsAcceptor::from(Arc::new(config))), shown)
        }
        _ => (None, String::new()),
    };
    let path = socket();
    let said = |e: io::Error| format!("no socket can be had at {}: {e}", path.display());
    let listener = UnixListener::bind(&path).map_err(said)?;
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).map_err(said)?;
    let mut out = io::stdout();
    writeln!(out, "1|{VERSION}|unix|{}|grpc|{certificate}", path.display()).map_err(|e| e.to_string())?;
    out.flush().map_err(|e| e.to_string())?;
    let end = Arc::new(Notify::new());
    let calls = Arc::new(Calls::new(provider, end.clone()));
    let accept = async {
        while let Ok((stream, _)) = listener.accept().await {
            let (calls, acceptor) = (calls.clone(), acceptor.clone());
            tokio::spawn(async move {
                match acceptor {
                    Some(acceptor) => {
                        if let Ok(stream) = acceptor.accept(stream).await {
                            connection(calls, stream).await;
                        }
                    }
                    None => connection(calls, stream).await,
                }
            });
        }
    };
    tokio::select! {
        () = accept => {}
        () = end.notified() => tokio::time::sleep(LAST).await,
        () = orphaned() => {}
    }
    let _ = std::fs::remove_file(&path);
    Ok(())
}

/// Ends when whoever started the program is gone, however it went: nobody else would ever end it.
async fn orphaned() {
    let parent = parent_id();
    while parent_id() == parent {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

async fn connection(calls: Arc<Calls>, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
    let service = service_fn(move |request| router::answer(calls.clone(), request));
    let mut http = http2::Builder::new(TokioExecutor::new());
    http.initial_stream_window_size(4 << 20)
        .initial_connection_window_size(16 << 20);
    let _ = http.serve_connection(TokioIo::new(stream), service).await;
}

/// A socket of this process in the directory that is asked for.
fn socket() -> PathBuf {
    let directory = env::var_os("PLUGIN_UNIX_SOCKET_DIR").filter(|d| !d.is_empty());
    let directory = directory.map_or_else(env::temp_dir, PathBuf::from);
    directory.join(format!("plugin{}", std::process::id()))
}
