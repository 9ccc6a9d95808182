//! TLS, with a certificate of the tests' own.

use crate::place::{KEY, Place, SECRET, options};
use croft_api::{Error, Listener, Options, TlsFiles};
use croft_api_client::Client;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

pub fn files() -> TlsFiles {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/listener");
    TlsFiles { certificate: here.join("certificate.pem"), key: here.join("key.pem") }
}

#[test]
fn the_api_speaks_tls() {
    let place = Place::with(Options { tls: Some(files()), ..options() });
    let address = place.listener.address();
    assert_eq!(place.listener.url(), format!("https://{address}"));
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(files().certificate).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connection = ClientConnection::new(Arc::new(config), "localhost".try_into().unwrap()).unwrap();
    let mut stream = StreamOwned::new(connection, TcpStream::connect(address).unwrap());
    let client = Client::new(address, KEY, SECRET, "us-east-1");
    let headers = client.signed("ec2", "POST", "/", &[], b"", croft_api_client::now());
    let lines: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    write!(stream, "POST / HTTP/1.1\r\n{lines}connection: close\r\ncontent-length: 0\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("ec2 us-east-1"), "{answer}");

    let mut plain = TcpStream::connect(address).unwrap();
    plain.write_all(b"GET /_croft/health HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
    let mut said = Vec::new();
    let _ = plain.read_to_end(&mut said);
    assert!(!said.starts_with(b"HTTP"), "{}", String::from_utf8_lossy(&said));
}

#[test]
fn an_open_address_takes_tls_and_signatures() {
    let place = Place::with(Options { listen: "0.0.0.0:0".parse().unwrap(), tls: Some(files()), ..options() });
    assert!(place.listener.url().starts_with("https://127.0.0.1:"));
}

#[test]
fn files_that_do_not_fit_are_named() {
    let files = files();
    let empty = tempfile::NamedTempFile::new().unwrap();
    for (certificate, key, named) in [
        (Path::new("/nowhere/c.pem"), files.key.as_path(), "/nowhere/c.pem"),
        (files.certificate.as_path(), Path::new("/nowhere/k.pem"), "/nowhere/k.pem"),
        (empty.path(), files.key.as_path(), empty.path().to_str().unwrap()),
        (files.certificate.as_path(), files.certificate.as_path(), "certificate.pem"),
    ] {
        let tls = Some(TlsFiles { certificate: certificate.into(), key: key.into() });
        let started = Listener::start(Options { tls, ..options() }, Arc::new(crate::place::Repeating::default()));
        let error = started.err().expect("it is refused");
        assert!(matches!(error, Error::Tls { .. }) && error.to_string().contains(named), "{error}");
    }
}
