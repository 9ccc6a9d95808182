//! The certificate and its key, from files.

use crate::listener::Error;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;

/// Both in PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate, followed by those that lead to its root.
    pub certificate: PathBuf,
    pub key: PathBuf,
}

pub(crate) fn acceptor(files: &TlsFiles) -> Result<TlsAcceptor, Error> {
    let bad = |path: &Path, why: String| Error::Tls { path: path.to_path_buf(), why };
    let chain: Result<Vec<CertificateDer<'static>>, _> = match CertificateDer::pem_file_iter(&files.certificate) {
        Ok(certificates) => certificates.collect(),
        Err(error) => Err(error),
    };
    let chain = chain.map_err(|e| bad(&files.certificate, e.to_string()))?;
    if chain.is_empty() {
        return Err(bad(&files.certificate, "there is no certificate in it".to_string()));
    }
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|e| bad(&files.key, e.to_string()))?;
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map_err(|e| bad(&files.certificate, e.to_string()))?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}
