//! The server's certificate and its side of TLS 1.3.
//!
//! Clients pin the certificate on first use, so a self-signed one is as good as any: what counts is that it stays.

use std::{
    fmt,
    io::{self, ErrorKind},
    net::IpAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair};
use sha2::{Digest, Sha256};
use tokio_rustls::rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    version::TLS13,
};

use crate::{failure::Failure, files, hex};

const CERTIFICATE_FILE: &str = "cert.pem";
const KEY_FILE: &str = "key.pem";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// SHA-256 of a certificate's DER: what clients pin. Shown as `sha256:HEX`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint([u8; 32]);

impl fmt::Display for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "sha256:{}", hex::encode(&self.0))
    }
}

/// A certificate chain and its private key.
pub struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

impl Identity {
    /// Reads a pair of PEM files.
    pub fn read(certificate: &Path, key: &Path) -> Result<Self, Failure> {
        let refuse = |path: &Path, error: &dyn fmt::Display| {
            Failure::Data(format!("cannot use {}: {error}", path.display()))
        };
        let chain = CertificateDer::pem_file_iter(certificate)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|error| refuse(certificate, &error))?;
        if chain.is_empty() {
            return Err(refuse(certificate, &"it holds no certificate"));
        }
        let key = PrivateKeyDer::from_pem_file(key).map_err(|error| refuse(key, &error))?;
        Ok(Self { chain, key })
    }

    /// The pair kept in `directory`; made there on first use.
    pub fn kept_in(directory: &Path, names: &[String]) -> Result<Self, Failure> {
        let (certificate, key) = (directory.join(CERTIFICATE_FILE), directory.join(KEY_FILE));
        if !certificate.exists() {
            SelfSigned::make(names)?.write(directory)?;
        }
        Self::read(&certificate, &key)
    }

    /// A pair that is forgotten at the end.
    pub fn fleeting(names: &[String]) -> Result<Self, Failure> {
        let made = SelfSigned::make(names)?;
        let key = PrivateKeyDer::try_from(made.key.serialize_der())
            .map_err(|error| Failure::Data(format!("cannot use the new private key: {error}")))?;
        Ok(Self { chain: vec![made.certificate.der().clone()], key })
    }

    /// The fingerprint of the server's own certificate.
    pub fn fingerprint(&self) -> Fingerprint {
        let own = self.chain.first().map_or(&[][..], |certificate| certificate.as_ref());
        Fingerprint(Sha256::digest(own).into())
    }

    /// TLS 1.3 alone, HTTP/2 alone, no resumption: every connection proves the pinned certificate.
    pub fn server_config(self) -> Result<Arc<ServerConfig>, Failure> {
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&[&TLS13])
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(self.chain, self.key))
            .map_err(|error| {
                Failure::Data(format!("the certificate and the private key cannot be used: {error}"))
            })?;
        config.alpn_protocols = vec![b"h2".to_vec()];
        config.send_tls13_tickets = 0;
        Ok(Arc::new(config))
    }
}

/// Makes a self-signed pair `cert.pem` and `key.pem` in `directory`, where no such file may be.
pub fn make(directory: &Path, names: &[String]) -> Result<(PathBuf, Fingerprint), Failure> {
    let (certificate, key) = (directory.join(CERTIFICATE_FILE), directory.join(KEY_FILE));
    if let Some(there) = [&certificate, &key].into_iter().find(|path| path.exists()) {
        return Err(Failure::Data(format!(
            "{} exists already; move it away first (clients that pinned it will ask before they accept another)",
            there.display()
        )));
    }
    SelfSigned::make(names)?.write(directory)?;
    Ok((certificate.clone(), Identity::read(&certificate, &key)?.fingerprint()))
}

struct SelfSigned {
    certificate: rcgen::Certificate,
    key: KeyPair,
}

impl SelfSigned {
    /// Valid for ten years, for the machine itself and for `names` (host names or addresses).
    fn make(names: &[String]) -> Result<Self, Failure> {
        let make = || {
            let mut subjects: Vec<String> = ["localhost", "127.0.0.1", "::1"].map(String::from).into();
            subjects
                .extend(names.iter().filter(|name| !subjects.contains(name)).cloned().collect::<Vec<_>>());
            let mut params = CertificateParams::new(subjects)?;
            params.distinguished_name = DistinguishedName::new();
            params.distinguished_name.push(DnType::CommonName, "Sotto server");
            let now = SystemTime::now();
            params.not_before = (now - DAY).into();
            params.not_after = (now + 3653 * DAY).into();
            let key = KeyPair::generate()?;
            Ok::<_, rcgen::Error>(Self { certificate: params.self_signed(&key)?, key })
        };
        make().map_err(|error| Failure::Usage(format!("cannot make a certificate: {error}")))
    }

    /// Writes the key first: a certificate on disk always has its key beside it.
    fn write(&self, directory: &Path) -> Result<(), Failure> {
        let write = || -> io::Result<()> {
            files::create_private_directory(directory)?;
            files::write_private(&directory.join(KEY_FILE), self.key.serialize_pem().as_bytes())?;
            files::write_private(&directory.join(CERTIFICATE_FILE), self.certificate.pem().as_bytes())
        };
        write().map_err(|error| match error.kind() {
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => Failure::Data(format!(
                "cannot write to {}: {error}; choose another directory",
                directory.display()
            )),
            _ => Failure::Data(format!("cannot write a certificate to {}: {error}", directory.display())),
        })
    }
}

/// The names by which clients reach a server that listens on `address`, beyond the machine itself.
pub fn names_of(address: IpAddr) -> Vec<String> {
    if address.is_unspecified() { Vec::new() } else { vec![address.to_string()] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_pair_stays() {
        let directory = tempfile::tempdir().unwrap();
        let kept = directory.path().join("tls");
        let first = Identity::kept_in(&kept, &[]).unwrap().fingerprint();
        assert_eq!(Identity::kept_in(&kept, &[]).unwrap().fingerprint(), first);
        assert!(make(&kept, &[]).is_err());
        let other = Identity::fleeting(&["example.org".into()]).unwrap();
        assert_ne!(other.fingerprint(), first);
        assert!(other.server_config().is_ok());
    }

    #[test]
    #[cfg(unix)]
    fn the_private_key_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = tempfile::tempdir().unwrap();
        make(directory.path(), &[]).unwrap();
        let mode = std::fs::metadata(directory.path().join(KEY_FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
