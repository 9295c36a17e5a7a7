//! TLS, spoken by rustls over the loop's own sockets. Sessions are resumed within a user, never between users: a
//! server must see as many full handshakes as so many people would cause.

use std::io::{self, BufRead, Write};
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ClientConnection, Resumption};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use tokio::sync::OnceCell;

use crate::failure::Failure;

const SESSIONS_PER_USER: usize = 8;

/// What all TLS connections of a run have in common; the system's certificates are read when the first one needs them.
pub struct Tls {
    verify: bool,
    config: OnceCell<Result<Arc<ClientConfig>, String>>,
}

impl Tls {
    #[must_use]
    pub fn new(verify: bool) -> Self {
        Self { verify, config: OnceCell::new() }
    }

    /// A configuration for one user, with sessions of its own.
    ///
    /// # Errors
    /// Kind `tls`, when this machine knows no certificate authorities.
    pub async fn user_config(&self) -> Result<Arc<ClientConfig>, Failure> {
        let verify = self.verify;
        let load = async || match tokio::task::spawn_blocking(move || build(verify)).await {
            Ok(built) => built.map(Arc::new),
            Err(_) => Err("reading the system's certificates failed".to_owned()),
        };
        let config = self.config.get_or_init(load).await.as_ref().map_err(|reason| Failure::new("tls", reason))?;
        let mut config = ClientConfig::clone(config);
        config.resumption = Resumption::in_memory_sessions(SESSIONS_PER_USER);
        Ok(Arc::new(config))
    }
}

fn build(verify: bool) -> Result<ClientConfig, String> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    let mut config = if verify {
        builder.with_root_certificates(system_authorities()?).with_no_client_auth()
    } else {
        builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(AcceptAnyCertificate(provider)))
            .with_no_client_auth()
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

fn system_authorities() -> Result<RootCertStore, String> {
    let mut authorities = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    authorities.add_parsable_certificates(found.certs);
    if authorities.is_empty() {
        return Err("this machine has no certificate authorities to check servers with".to_owned());
    }
    Ok(authorities)
}

/// For runs that were told not to check certificates.
#[derive(Debug)]
struct AcceptAnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AcceptAnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// The TLS state of one connection; it reads and writes memory, the socket is another's.
pub struct Session {
    state: ClientConnection,
    /// The server has said that nothing more will come.
    is_closed: bool,
}

impl Session {
    /// # Errors
    /// Kind `tls`, when the host is no name that a certificate could hold.
    pub fn new(config: Arc<ClientConfig>, host: &str) -> Result<Self, Failure> {
        let name = ServerName::try_from(host.to_owned())
            .map_err(|_| Failure::new("tls", format!("{host} is no name for a certificate")))?;
        let mut state = ClientConnection::new(config, name).map_err(|error| Failure::tls(&error, host))?;
        // The request is in memory anyway; a limit would only cut it.
        state.set_buffer_limit(None);
        Ok(Self { state, is_closed: false })
    }

    #[must_use]
    pub fn is_handshaking(&self) -> bool {
        self.state.is_handshaking()
    }

    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.is_closed
    }

    /// Encrypts a request; the bytes to send are added to `out`.
    ///
    /// # Errors
    /// When the session has broken.
    pub fn encrypt(&mut self, plain: &[u8], out: &mut Vec<u8>) -> io::Result<()> {
        self.state.writer().write_all(plain)?;
        self.take_outgoing(out)
    }

    /// Adds to `out` what the session itself has to say.
    ///
    /// # Errors
    /// When the session has broken.
    pub fn take_outgoing(&mut self, out: &mut Vec<u8>) -> io::Result<()> {
        while self.state.wants_write() {
            self.state.write_tls(out)?;
        }
        Ok(())
    }

    /// Takes what came off the socket; plain bytes are added to `plain`.
    ///
    /// # Errors
    /// What is wrong with it; what the session has to say about that is still outgoing.
    pub fn decrypt(&mut self, mut cipher: &[u8], plain: &mut Vec<u8>) -> Result<(), Error> {
        while !cipher.is_empty() && !self.is_closed {
            let taken = self.state.read_tls(&mut cipher).map_err(|error| Error::General(error.to_string()))?;
            if taken == 0 {
                return Ok(()); // after a close nothing more is read
            }
            self.is_closed = self.state.process_new_packets()?.peer_has_closed();
            self.drain(plain);
        }
        Ok(())
    }

    fn drain(&mut self, plain: &mut Vec<u8>) {
        let mut reader = self.state.reader();
        while let Ok(bytes) = reader.fill_buf() {
            let length = bytes.len();
            if length == 0 {
                return;
            }
            plain.extend_from_slice(bytes);
            reader.consume(length);
        }
    }
}

impl Failure {
    /// `name` is the host and port that were asked.
    #[must_use]
    pub fn tls(error: &Error, name: &str) -> Self {
        let what = match error {
            Error::InvalidCertificate(reason) => certificate_problem(reason).to_owned(),
            Error::InvalidMessage(_) => "the server does not speak TLS".to_owned(),
            Error::PeerIncompatible(_) => "no TLS version or cipher in common with the server".to_owned(),
            Error::AlertReceived(alert) => format!("the server refused the TLS handshake: {alert:?}"),
            Error::NoCertificatesPresented => "the server has no certificate".to_owned(),
            other => format!("TLS failed: {other}"),
        };
        Self::new("tls", format!("{what} ({name})"))
    }
}

fn certificate_problem(reason: &CertificateError) -> &'static str {
    match reason {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "the certificate has expired",
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "the certificate is not valid yet"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "the certificate is for another name"
        }
        CertificateError::UnknownIssuer => "the certificate's issuer is not trusted",
        CertificateError::Revoked => "the certificate was revoked",
        CertificateError::BadSignature => "the certificate's signature is wrong",
        CertificateError::BadEncoding => "the certificate cannot be read",
        _ => "the certificate is not acceptable",
    }
}
