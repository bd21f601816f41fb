//! TLS between a plug-in and who started it: each side makes a certificate for this one run and is told that of the other, and takes that
//! and no other (go-plugin's automatic mutual TLS). Peers written in Go sign with P-521, which *ring* does not know: that is checked by `p521`.

use std::sync::Arc;

use p521::ecdsa::signature::Verifier;
use p521::ecdsa::{DerSignature, VerifyingKey};
use p521::pkcs8::DecodePublicKey;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, DistinguishedName, Error, ServerConfig, SignatureScheme,
};

/// The name that both sides' certificates are for.
pub const NAME: &str = "localhost";

/// A certificate for one run, with its key.
pub struct Own {
    certificate: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
}

impl Own {
    /// A new one.
    pub fn new() -> Result<Self, String> {
        let said = |e: rcgen::Error| format!("no certificate can be made: {e}");
        let key = rcgen::KeyPair::generate().map_err(said)?;
        let mut wanted = rcgen::CertificateParams::new(vec![NAME.to_owned()]).map_err(said)?;
        wanted.extended_key_usages = vec![
            rcgen::ExtendedKeyUsagePurpose::ServerAuth,
            rcgen::ExtendedKeyUsagePurpose::ClientAuth,
        ];
        let made = wanted.self_signed(&key).map_err(said)?;
        Ok(Self {
            certificate: made.der().clone(),
            key: PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
        })
    }

    /// The certificate, as it stands in the first line of a plug-in.
    pub fn der(&self) -> &[u8] {
        &self.certificate
    }

    /// The certificate as a plug-in is given it.
    pub fn pem(&self) -> String {
        use base64::Engine;
        let text = base64::engine::general_purpose::STANDARD.encode(&self.certificate);
        let lines: Vec<&str> = (0..text.len())
            .step_by(64)
            .filter_map(|i| text.get(i..text.len().min(i + 64)))
            .collect();
        format!(
            "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
            lines.join("\n")
        )
    }

    /// How a plug-in listens for the one who has this certificate.
    pub fn server(self, peer: CertificateDer<'static>) -> Result<ServerConfig, String> {
        let provider = Arc::new(ring::default_provider());
        let said = |e: Error| format!("no TLS: {e}");
        let config = ServerConfig::builder_with_provider(provider.clone());
        let config = config.with_safe_default_protocol_versions().map_err(said)?;
        let config = config.with_client_cert_verifier(Arc::new(Pinned { peer, provider }));
        let mut config = config
            .with_single_cert(vec![self.certificate], self.key)
            .map_err(said)?;
        config.alpn_protocols = vec![b"h2".to_vec()];
        Ok(config)
    }

    /// How a plug-in that has this certificate is connected to.
    pub fn client(self, peer: CertificateDer<'static>) -> Result<ClientConfig, String> {
        let provider = Arc::new(ring::default_provider());
        let said = |e: Error| format!("no TLS: {e}");
        let config = ClientConfig::builder_with_provider(provider.clone());
        let config = config.with_safe_default_protocol_versions().map_err(said)?;
        let pinned = Arc::new(Pinned { peer, provider });
        let config = config.dangerous().with_custom_certificate_verifier(pinned);
        let mut config = config
            .with_client_auth_cert(vec![self.certificate], self.key)
            .map_err(said)?;
        config.alpn_protocols = vec![b"h2".to_vec()];
        Ok(config)
    }
}

/// The certificate in a text.
pub fn certificate(pem: &str) -> Result<CertificateDer<'static>, String> {
    CertificateDer::from_pem_slice(pem.as_bytes()).map_err(|e| format!("the certificate of the other side: {e}"))
}

/// One certificate is right, and no other; and who shows it must have its key.
#[derive(Debug)]
struct Pinned {
    peer: CertificateDer<'static>,
    provider: Arc<CryptoProvider>,
}

impl Pinned {
    fn is(&self, shown: &CertificateDer<'_>) -> Result<(), Error> {
        match shown.as_ref() == self.peer.as_ref() {
            true => Ok(()),
            false => Err(Error::InvalidCertificate(
                CertificateError::ApplicationVerificationFailure,
            )),
        }
    }

    /// A signature with P-521, where it is one.
    fn p521(
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Option<Result<HandshakeSignatureValid, Error>> {
        if signed.scheme != SignatureScheme::ECDSA_NISTP521_SHA512 {
            return None;
        }
        let wrong = || Error::InvalidCertificate(CertificateError::BadSignature);
        Some((|| {
            let key = ParsedCertificate::try_from(certificate)?.subject_public_key_info();
            let key = VerifyingKey::from_public_key_der(key.as_ref()).map_err(|_| wrong())?;
            let signature = DerSignature::try_from(signed.signature()).map_err(|_| wrong())?;
            key.verify(message, &signature).map_err(|_| wrong())?;
            Ok(HandshakeSignatureValid::assertion())
        })())
    }

    fn tls12(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        Self::p521(message, certificate, signed)
            .unwrap_or_else(|| verify_tls12_signature(message, certificate, signed, algorithms))
    }

    fn tls13(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        Self::p521(message, certificate, signed)
            .unwrap_or_else(|| verify_tls13_signature(message, certificate, signed, algorithms))
    }

    fn schemes(&self) -> Vec<SignatureScheme> {
        let known = self.provider.signature_verification_algorithms.supported_schemes();
        [SignatureScheme::ECDSA_NISTP521_SHA512]
            .into_iter()
            .chain(known)
            .collect()
    }
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        shown: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.is(shown).map(|()| ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.tls12(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.tls13(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.schemes()
    }
}

impl ClientCertVerifier for Pinned {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        shown: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        self.is(shown).map(|()| ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.tls12(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.tls13(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.schemes()
    }
}
