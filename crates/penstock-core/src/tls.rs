//! TLS, spoken by rustls over the loop's own sockets. Sessions are resumed within a user, never between users: a
//! server must see as many full handshakes as so many people would cause.

use std::cell::RefCell;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::sign::CertifiedKey;
use rustls::{
    AlertDescription, CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};
use tokio::sync::OnceCell;

use crate::failure::Failure;
use crate::plan::Http;
use crate::tickets::Tickets;
use crate::transport::HttpVersion;

/// What all TLS connections of a run have in common; the system's certificates are read when the first one needs them.
pub struct Tls {
    settings: Arc<Settings>,
    config: OnceCell<Result<Arc<ClientConfig>, String>>,
    /// By the file of the client's certificate.
    of_files: RefCell<FxHashMap<Box<str>, Arc<ClientConfig>>>,
}

#[derive(Clone)]
struct Settings {
    verify: bool,
    authorities: Option<String>,
    identity: Option<String>,
    version: HttpVersion,
}

impl Tls {
    #[must_use]
    pub fn new(http: &Http) -> Self {
        let settings = Settings {
            verify: http.verify_tls,
            authorities: http.certificate_authorities.clone(),
            identity: http.client_certificate.clone(),
            version: http.http_version,
        };
        Self { settings: Arc::new(settings), config: OnceCell::new(), of_files: RefCell::default() }
    }

    /// # Errors
    /// A sentence that names the place in the plan where something is no certificate or no key.
    pub fn check(http: &Http) -> Result<(), String> {
        if let Some(pem) = &http.certificate_authorities {
            authorities(pem).map_err(|wrong| format!("http.certificate_authorities: {wrong}"))?;
        }
        let identity = http.client_certificate.as_ref().map(|pem| identity(pem.as_bytes()));
        identity.transpose().map(drop).map_err(|wrong| format!("http.client_certificate: {wrong}"))
    }

    /// A configuration for one user, with sessions of its own.
    ///
    /// # Errors
    /// Kind `tls`, when this machine knows no certificate authorities.
    pub async fn user_config(&self) -> Result<Arc<ClientConfig>, Failure> {
        let load = async || build(Arc::clone(&self.settings)).await;
        let config = self.config.get_or_init(load).await.as_ref().map_err(|reason| Failure::new("tls", reason))?;
        let mut config = ClientConfig::clone(config);
        config.resumption = Resumption::store(Arc::new(Tickets::default()));
        Ok(Arc::new(config))
    }

    /// A configuration for a request that shows the certificate of a file; its sessions are not resumed.
    ///
    /// # Errors
    /// Kind `tls`: what is wrong with the file.
    pub async fn config_of_file(&self, file: &str) -> Result<Arc<ClientConfig>, Failure> {
        if let Some(known) = self.of_files.borrow().get(file) {
            return Ok(Arc::clone(known));
        }
        let wrong = |reason: String| Failure::new("tls", format!("client certificate {file}: {reason}"));
        let pem = std::fs::read_to_string(file).map_err(|error| wrong(error.to_string()))?;
        identity(pem.as_bytes()).map_err(wrong)?;
        let settings = Settings { identity: Some(pem), ..Settings::clone(&self.settings) };
        let built = build(Arc::new(settings)).await.map_err(|reason| Failure::new("tls", reason))?;
        let mut config = ClientConfig::clone(&built);
        config.resumption = Resumption::disabled();
        let config = Arc::new(config);
        self.of_files.borrow_mut().insert(file.into(), Arc::clone(&config));
        Ok(config)
    }
}

/// The protocols that are offered to a server, the liked one first.
#[must_use]
pub fn offered(version: HttpVersion) -> Vec<Vec<u8>> {
    let (one, two) = (b"http/1.1".to_vec(), b"h2".to_vec());
    match version {
        HttpVersion::Auto => vec![two, one],
        HttpVersion::Http10 | HttpVersion::Http11 => vec![one],
        HttpVersion::Http2 | HttpVersion::Http2PriorKnowledge => vec![two],
    }
}

/// Builds on a thread of its own: reading a machine's certificates takes milliseconds.
async fn build(settings: Arc<Settings>) -> Result<Arc<ClientConfig>, String> {
    match tokio::task::spawn_blocking(move || build_now(&settings)).await {
        Ok(built) => built.map(Arc::new),
        Err(_) => Err("reading the system's certificates failed".to_owned()),
    }
}

fn build_now(settings: &Settings) -> Result<ClientConfig, String> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    let builder = if settings.verify {
        builder.with_root_certificates(trusted(settings.authorities.as_deref())?)
    } else {
        builder.dangerous().with_custom_certificate_verifier(Arc::new(AcceptAnyCertificate(provider)))
    };
    let mut config = match &settings.identity {
        None => builder.with_no_client_auth(),
        Some(pem) => {
            let (chain, key) = identity(pem.as_bytes())?;
            builder.with_client_auth_cert(chain, key).map_err(|error| error.to_string())?
        }
    };
    config.alpn_protocols = offered(settings.version);
    Ok(config)
}

fn trusted(pem: Option<&str>) -> Result<RootCertStore, String> {
    let own = pem.map(authorities).transpose()?;
    match (system_authorities(), own) {
        (system, None) => system,
        (Err(_), Some(own)) => Ok(own),
        (Ok(mut system), Some(own)) => {
            system.roots.extend(own.roots);
            Ok(system)
        }
    }
}

fn authorities(pem: &str) -> Result<RootCertStore, String> {
    let mut authorities = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        let certificate = certificate.map_err(|error| format!("not PEM: {error}"))?;
        authorities.add(certificate).map_err(|error| format!("a certificate cannot be read: {error}"))?;
    }
    if authorities.is_empty() { Err("there is no certificate in it".to_owned()) } else { Ok(authorities) }
}

/// Chain and key of a client, which belong together.
fn identity(pem: &[u8]) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), String> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let chain = chain.map_err(|error| format!("not PEM: {error}"))?;
    if chain.is_empty() {
        return Err("there is no certificate in it".to_owned());
    }
    let key = PrivateKeyDer::from_pem_slice(pem).map_err(|_| "there is no private key in it".to_owned())?;
    match CertifiedKey::from_der(chain.clone(), key.clone_key(), &ring::default_provider()) {
        Ok(_) => Ok((chain, key)),
        Err(Error::InconsistentKeys(_)) => Err("the key is that of another certificate".to_owned()),
        Err(error) => Err(format!("it cannot be used: {error}")),
    }
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

impl Failure {
    /// `name` is the host and port that were asked.
    #[must_use]
    pub fn tls(error: &Error, name: &str) -> Self {
        let what = match error {
            Error::InvalidCertificate(reason) => certificate_problem(reason).to_owned(),
            Error::InvalidMessage(_) => "the server does not speak TLS".to_owned(),
            Error::PeerIncompatible(_) => "no TLS version or cipher in common with the server".to_owned(),
            Error::AlertReceived(AlertDescription::NoApplicationProtocol) => {
                "the server does not speak the HTTP version that was asked for".to_owned()
            }
            Error::AlertReceived(AlertDescription::CertificateRequired) => {
                "the server wants a client certificate".to_owned()
            }
            Error::AlertReceived(alert) => format!("the server refused the TLS handshake: {alert:?}"),
            Error::NoApplicationProtocol => "the server does not speak the HTTP version that was asked for".to_owned(),
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
        // `openssl req -x509` makes such a one; the verifier's own type of error is not ours to name.
        CertificateError::Other(reason) if reason.to_string().contains("CaUsedAsEndEntity") => {
            "the certificate is that of an authority, not of a server"
        }
        _ => "the certificate is not acceptable",
    }
}
