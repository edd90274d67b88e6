//! The gateway's listeners: `gateway.listen`, and `[[gateway.listeners]]` of `portcullis.toml` with TLS and the PROXY protocol.

use crate::failure::Failure;
use crate::settings::Settings;
use domain::cidr::{CidrEntry, CidrSet};
use gateway::{CertificateFiles, ClientCertificates, ListenerConfig, ProxyProtocol, ServerTls, TlsOptions, TlsVersion};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Most entries of `[[gateway.listeners]]`.
const MAX_LISTENERS: usize = 32;
/// Most certificates of one listener.
const MAX_CERTIFICATES: usize = 1000;

/// One entry of `[[gateway.listeners]]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListenerSettings {
    /// Address that callers use.
    pub(crate) listen: SocketAddr,
    /// Whether connections begin with a header of the PROXY protocol.
    #[serde(default)]
    proxy_protocol: ProxyProtocolSetting,
    /// The proxies that send one: addresses and networks.
    #[serde(default)]
    proxy_protocol_from: Vec<CidrEntry>,
    /// TLS; without it the listener is plain.
    tls: Option<TlsSettings>,
}

/// Whether connections begin with a header of the PROXY protocol.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum ProxyProtocolSetting {
    #[default]
    Off,
    Required,
}

/// TLS of a listener.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TlsSettings {
    /// The lowest version that is spoken.
    #[serde(default)]
    min_version: MinVersion,
    /// Whether callers are asked for a certificate.
    #[serde(default)]
    client_certificates: ClientCertificatesSetting,
    /// Certificates with their keys; the first serves names that none is for.
    certificates: Vec<CertificateSettings>,
}

/// The lowest version of TLS that is spoken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
enum MinVersion {
    #[default]
    #[serde(rename = "1.2")]
    V12,
    #[serde(rename = "1.3")]
    V13,
}

/// Whether callers are asked for a certificate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum ClientCertificatesSetting {
    #[default]
    Optional,
    Off,
}

/// A certificate and its key, in PEM files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CertificateSettings {
    /// The certificate, then those that lead to its root.
    certificate: PathBuf,
    /// Its private key.
    key: PathBuf,
}

impl Settings {
    /// All listeners of the gateway, `gateway.listen` first. Reads the certificates.
    pub(crate) fn listeners(&self) -> Result<Vec<ListenerConfig>, Failure> {
        let mut all = vec![ListenerConfig::plain(self.gateway.listen)];
        for (at, listener) in self.gateway.listeners.iter().enumerate() {
            all.push(listener.config().map_err(|problem| wrong(at, &problem))?);
        }
        Ok(all)
    }

    /// The files of all listeners: certificates, each with its key.
    pub(crate) fn certificate_files(&self) -> impl Iterator<Item = (&Path, &Path)> {
        let tls = self.gateway.listeners.iter().filter_map(|listener| listener.tls.as_ref());
        tls.flat_map(|tls| tls.certificates.iter().map(|own| (own.certificate.as_path(), own.key.as_path())))
    }

    /// Rules on listeners that the types do not hold.
    pub(crate) fn check_listeners(&self) -> Result<(), Failure> {
        if self.gateway.listeners.len() > MAX_LISTENERS {
            return Err(Failure::usage(format!(
                "settings: gateway.listeners must have at most {MAX_LISTENERS} entries"
            )));
        }
        let mut taken = vec![("gateway.listen".to_owned(), self.gateway.listen)];
        taken.push(("management.listen".to_owned(), self.management.listen));
        for (at, listener) in self.gateway.listeners.iter().enumerate() {
            let same = taken.iter().find(|(_, address)| *address == listener.listen && address.port() != 0);
            if let Some((name, _)) = same {
                return Err(wrong(at, &format!("listen must differ from {name}")));
            }
            listener.check().map_err(|problem| wrong(at, &problem))?;
            taken.push((format!("gateway.listeners[{at}].listen"), listener.listen));
        }
        Ok(())
    }
}

fn wrong(at: usize, problem: &str) -> Failure {
    Failure::usage(format!("settings: gateway.listeners[{at}].{problem}"))
}

impl ListenerSettings {
    fn check(&self) -> Result<(), String> {
        let from = &self.proxy_protocol_from;
        match self.proxy_protocol {
            ProxyProtocolSetting::Off if !from.is_empty() => {
                return Err("proxy_protocol_from needs proxy_protocol = \"required\"".to_owned());
            }
            ProxyProtocolSetting::Required if from.is_empty() => {
                return Err("proxy_protocol_from must name the proxies whose headers are believed".to_owned());
            }
            ProxyProtocolSetting::Required if from.len() > CidrEntry::MAX_ENTRIES => {
                return Err(format!("proxy_protocol_from must have at most {} entries", CidrEntry::MAX_ENTRIES));
            }
            ProxyProtocolSetting::Off | ProxyProtocolSetting::Required => {}
        }
        match &self.tls {
            Some(tls) if !(1..=MAX_CERTIFICATES).contains(&tls.certificates.len()) => {
                Err(format!("tls.certificates must have from 1 to {MAX_CERTIFICATES} entries"))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn config(&self) -> Result<ListenerConfig, String> {
        let proxy_protocol = match self.proxy_protocol {
            ProxyProtocolSetting::Off => ProxyProtocol::Off,
            ProxyProtocolSetting::Required => ProxyProtocol::Required { from: CidrSet::new(&self.proxy_protocol_from) },
        };
        let tls = self.tls.as_ref().map(|tls| ServerTls::load(&tls.options()));
        let tls = tls.transpose().map_err(|error| format!("tls.{error}"))?;
        Ok(ListenerConfig { address: self.listen, proxy_protocol, tls })
    }
}

impl TlsSettings {
    fn options(&self) -> TlsOptions {
        let files = |pair: &CertificateSettings| CertificateFiles {
            certificate: pair.certificate.clone(),
            key: pair.key.clone(),
        };
        TlsOptions {
            certificates: self.certificates.iter().map(files).collect(),
            min_version: match self.min_version {
                MinVersion::V12 => TlsVersion::V12,
                MinVersion::V13 => TlsVersion::V13,
            },
            client_certificates: match self.client_certificates {
                ClientCertificatesSetting::Optional => ClientCertificates::Optional,
                ClientCertificatesSetting::Off => ClientCertificates::Off,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::cli::Overrides;
    use crate::failure::Failure;
    use crate::settings::Settings;
    use gateway::ProxyProtocol;
    use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
    use std::fs;
    use std::path::Path;

    fn load(folder: &Path, file: &str) -> Result<Settings, Failure> {
        let path = folder.join("portcullis.toml");
        fs::write(&path, file.replace("FOLDER", &folder.display().to_string())).unwrap();
        Settings::load(&Overrides { config: Some(path), ..Overrides::default() })
    }

    fn make_pair(folder: &Path, name: &str) {
        let CertifiedKey::<KeyPair> { cert, signing_key } =
            generate_simple_self_signed([format!("{name}.test")]).unwrap();
        fs::write(folder.join(format!("{name}.pem")), cert.pem()).unwrap();
        fs::write(folder.join(format!("{name}.key")), signing_key.serialize_pem()).unwrap();
    }

    const WHOLE: &str = r#"
        [gateway]
        listen = "127.0.0.1:8080"
        [[gateway.listeners]]
        listen = "0.0.0.0:8443"
        tls = { certificates = [{ certificate = "FOLDER/a.pem", key = "FOLDER/a.key" }], min_version = "1.3" }
        [[gateway.listeners]]
        listen = "[::1]:8090"
        proxy_protocol = "required"
        proxy_protocol_from = ["10.0.0.0/8", "::1"]
    "#;

    #[test]
    fn listeners_are_read_in_their_order_after_the_plain_one() {
        let folder = tempfile::tempdir().unwrap();
        make_pair(folder.path(), "a");
        let settings = load(folder.path(), WHOLE).unwrap();
        let listeners = settings.listeners().unwrap();
        let shapes: Vec<_> = listeners
            .iter()
            .map(|one| (one.address.port(), one.tls.is_some(), matches!(one.proxy_protocol, ProxyProtocol::Off)))
            .collect();
        assert_eq!(shapes, [(8080, false, true), (8443, true, true), (8090, false, false)]);
        let shown = toml::to_string(&settings).unwrap();
        assert_eq!(load(folder.path(), &shown).unwrap(), settings, "{shown}");
    }

    #[track_caller]
    fn refused(folder: &Path, listener: &str, part: &str) {
        let found = load(folder, listener).and_then(|settings| settings.listeners().map(|_| ()));
        let failure = found.expect_err(listener);
        assert!(matches!(failure, Failure::Usage(_)));
        let text = failure.to_string();
        assert!(text.contains(part) && !text.contains('\n'), "{text}\n{part}");
    }

    #[test]
    fn wrong_listeners_are_named_by_field_and_rule() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        make_pair(folder, "a");
        make_pair(folder, "b");
        fs::write(folder.join("empty"), "").unwrap();
        let one = |rest: &str| format!("[[gateway.listeners]]\nlisten = \"127.0.0.1:8443\"\n{rest}");
        let tls = |certificate: &str, key: &str| {
            one(&format!("tls = {{ certificates = [{{ certificate = \"{certificate}\", key = \"{key}\" }}] }}"))
        };
        for (text, part) in [
            ("[[gateway.listeners]]\nproxy_protocol = \"off\"".to_owned(), "listen"),
            (one("nonsense = 1"), "nonsense"),
            (one("proxy_protocol = \"optional\""), "optional"),
            (one("proxy_protocol = \"required\""), "gateway.listeners[0].proxy_protocol_from must name the proxies"),
            (
                one("proxy_protocol_from = [\"10.0.0.1\"]"),
                "gateway.listeners[0].proxy_protocol_from needs proxy_protocol = \"required\"",
            ),
            (
                one("proxy_protocol = \"required\"\nproxy_protocol_from = [\"10.0.0.0/33\"]"),
                "\"10.0.0.0/33\" is not an IP address or CIDR network",
            ),
            (one("tls = {}"), "certificates"),
            (
                one("tls = { certificates = [] }"),
                "gateway.listeners[0].tls.certificates must have from 1 to 1000 entries",
            ),
            (one("tls = { certificates = [], min_version = \"1.1\" }"), "1.1"),
            (one(&one("")), "gateway.listeners[1].listen must differ from gateway.listeners[0].listen"),
            (
                "[[gateway.listeners]]\nlisten = \"127.0.0.1:8081\"".to_owned(),
                "gateway.listeners[0].listen must differ from management.listen",
            ),
            (
                "[[gateway.listeners]]\nlisten = \"127.0.0.1:8080\"".to_owned(),
                "gateway.listeners[0].listen must differ from gateway.listen",
            ),
            (
                tls("FOLDER/none.pem", "FOLDER/a.key"),
                "gateway.listeners[0].tls.certificates[0]: cannot read FOLDER/none.pem: No such file",
            ),
            (tls("FOLDER/a.pem", "FOLDER/none.key"), "cannot read FOLDER/none.key"),
            (tls("FOLDER/empty", "FOLDER/a.key"), "FOLDER/empty must hold a certificate in PEM"),
            (tls("FOLDER/a.key", "FOLDER/a.key"), "FOLDER/a.key must hold a certificate in PEM"),
            (tls("FOLDER/a.pem", "FOLDER/a.pem"), "FOLDER/a.pem must hold a private key in PEM"),
            (
                tls("FOLDER/a.pem", "FOLDER/b.key"),
                "the private key in FOLDER/b.key does not belong to the certificate in FOLDER/a.pem",
            ),
        ] {
            refused(folder, &text, &part.replace("FOLDER", &folder.display().to_string()));
        }
    }
}
