//! The first line that a plug-in prints: which protocol it speaks, and where (go-plugin's handshake, `CORE|APP|NETWORK|ADDRESS|PROTOCOL|CERT`).

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// What a plug-in is told so that it starts at all. It is no secret: it keeps people from starting one by hand.
pub(super) const COOKIE: (&str, &str) = (
    "TF_PLUGIN_MAGIC_COOKIE",
    "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
);

/// Which protocol is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    /// `tfplugin5`
    Five,
    /// `tfplugin6`
    Six,
}

/// Where a plug-in listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Address {
    /// A socket in the file system.
    Unix(PathBuf),
    /// A port of this machine.
    Tcp(SocketAddr),
}

/// What the line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Handshake {
    pub version: Version,
    pub address: Address,
    /// The certificate that it shows, as DER; nothing where it speaks in the clear.
    pub certificate: Option<Vec<u8>>,
}

/// Reads the line; `Err` says what is wrong with it.
pub(super) fn read(line: &str) -> Result<Handshake, String> {
    let parts: Vec<&str> = line.trim().split('|').collect();
    let [core, app, network, address, rest @ ..] = parts.as_slice() else {
        return Err("its first line is not that of a provider".to_owned());
    };
    if *core != "1" {
        return Err(format!(
            "it speaks version {core} of the plug-in handshake, and this is version 1"
        ));
    }
    let version = match *app {
        "5" => Version::Five,
        "6" => Version::Six,
        other => {
            return Err(format!(
                "it speaks version {other} of the protocol; versions 5 and 6 are understood"
            ));
        }
    };
    if rest.first() != Some(&"grpc") {
        return Err("it does not speak gRPC: it was made for Terraform 0.11 or earlier".to_owned());
    }
    Ok(Handshake {
        version,
        address: place(network, address)?,
        certificate: rest.get(1).and_then(|text| certificate(text)),
    })
}

/// What is too short is what old servers write there, and no certificate.
fn certificate(text: &str) -> Option<Vec<u8>> {
    let bare = text.trim().trim_end_matches('=');
    (bare.len() > 50).then(|| STANDARD_NO_PAD.decode(bare).ok()).flatten()
}

fn place(network: &str, address: &str) -> Result<Address, String> {
    match network {
        "unix" => Ok(Address::Unix(PathBuf::from(address))),
        "tcp" => {
            let port = address
                .parse::<SocketAddr>()
                .map_err(|_| format!("`{address}` is no address"))?;
            match port.ip() {
                IpAddr::V4(ip) if ip.is_loopback() => Ok(Address::Tcp(port)),
                IpAddr::V6(ip) if ip.is_loopback() => Ok(Address::Tcp(port)),
                _ => Err(format!("it listens at `{address}`, which is not this machine")),
            }
        }
        other => Err(format!("it listens on `{other}`, which is neither `unix` nor `tcp`")),
    }
}
