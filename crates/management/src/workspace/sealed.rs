//! Secrets of a document: one block, encrypted by AES-256-GCM under a key that argon2id makes of a passphrase.
//!
//! Inside stand, by name: digests of credentials, shared secrets of JSON Web Tokens, secrets of webhooks, credentials for upstreams. What is in
//! the block and not in the document is not used.

use super::document::WorkspaceSecrets;
use crate::error::ApiError;
use crate::wire::Faults;
use argon2::{Algorithm, Argon2, Params, Version};
use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::access_profile::CredentialKind;
use domain::key_id::KeyId;
use domain::secret::Secret;
use domain::time::Timestamp;
use domain::token::TokenDigest;
use domain::webhook::is_secret as is_webhook_secret;
use domain::workspace::{CredentialEntry, TermsEntry, Workspace};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// What the block is sealed for; authenticated with it.
const PURPOSE: &[u8] = b"portcullis workspace secrets 1";
const MEMORY_KIB: u32 = 65_536;
const PASSES: u32 = 3;
const SALT_BYTES: usize = 16;
/// Bounds of what a document may ask for.
const MEMORY_KIB_RANGE: std::ops::RangeInclusive<i64> = 8_192..=262_144;
const PASSES_RANGE: std::ops::RangeInclusive<i64> = 1..=16;
/// Shortest passphrase for an export, in characters.
pub(super) const MIN_PASSPHRASE_CHARS: usize = 12;

/// The block as written.
#[derive(Debug, Serialize)]
pub(super) struct Block {
    kdf: &'static str,
    memory_kib: u32,
    passes: u32,
    salt: String,
    data: String,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Inside {
    collections: Vec<CollectionSecret>,
    clients: Vec<ClientSecrets>,
    /// Not in blocks of former versions.
    #[serde(default)]
    webhooks: Vec<WebhookSecret>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WebhookSecret {
    name: String,
    secret: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CollectionSecret {
    name: String,
    version: String,
    secret: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ClientSecrets {
    name: String,
    jwt_secret: Option<String>,
    profiles: Vec<ProfileSecrets>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProfileSecrets {
    name: String,
    jwt_secret: Option<String>,
    credentials: Vec<CredentialSecret>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CredentialSecret {
    kind: String,
    digest: String,
    identifier: Option<String>,
    last4: String,
    ends_at: Option<i64>,
}

/// Seals the secrets of a workspace. Takes a tenth of a second and 64 MiB, off the threads that answer.
pub(super) async fn seal(workspace: &Workspace, passphrase: Secret) -> Result<Block, ApiError> {
    let plain = Secret::new(serde_json::to_string(&gather(workspace)).map_err(|_| failed())?);
    let mut salt = [0; SALT_BYTES];
    aws_lc_rs::rand::fill(&mut salt).map_err(|_| ApiError::internal("no random bytes to be had"))?;
    let work = move || -> Option<String> {
        let cipher = cipher(&passphrase, &salt, MEMORY_KIB, PASSES)?;
        let mut body = plain.expose().as_bytes().to_vec();
        let nonce = cipher.seal_in_place_append_tag(Aad::from(PURPOSE), &mut body).ok()?;
        let mut sealed = nonce.as_ref().to_vec();
        sealed.append(&mut body);
        Some(in_lines(&STANDARD.encode(sealed)))
    };
    let data = tokio::task::spawn_blocking(work).await.ok().flatten().ok_or_else(failed)?;
    let salt = STANDARD.encode(salt);
    Ok(Block { kdf: "argon2id", memory_kib: MEMORY_KIB, passes: PASSES, salt, data })
}

/// Opens a block and puts what is in it into the document. Faults are noted at `secrets`.
pub(super) async fn open(
    workspace: &mut Workspace,
    block: WorkspaceSecrets,
    passphrase: Secret,
    faults: &mut Faults,
) -> Result<(), ApiError> {
    let fields = (block.kdf.value(), block.memory_kib.value(), block.passes.value(), block.salt.value());
    let (Some(kdf), Some(memory), Some(passes), Some(salt)) = fields else { return Ok(()) };
    let Some(data) = block.data.value() else { return Ok(()) };
    if kdf.0 != "argon2id" || !MEMORY_KIB_RANGE.contains(&memory) || !PASSES_RANGE.contains(&passes) {
        faults.impossible("secrets", "are sealed in a way that is not known here");
        return Ok(());
    }
    let (memory, passes) = (u32::try_from(memory).unwrap_or_default(), u32::try_from(passes).unwrap_or_default());
    let work = move || -> Option<Inside> {
        let data: String = data.chars().filter(|char| !char.is_ascii_whitespace()).collect();
        let (salt, sealed) = (STANDARD.decode(salt.0).ok()?, STANDARD.decode(data).ok()?);
        let (nonce, body) = sealed.split_first_chunk::<NONCE_LEN>()?;
        let mut body = body.to_vec();
        let cipher = cipher(&passphrase, &salt, memory, passes)?;
        let plain = cipher.open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(PURPOSE), &mut body).ok()?;
        let inside = serde_json::from_slice(plain).ok();
        body.fill(0);
        inside
    };
    match tokio::task::spawn_blocking(work).await.map_err(|_| failed())? {
        Some(inside) => put(workspace, inside),
        None => faults.impossible("secrets", "can't be opened: is the passphrase the right one?"),
    }
    Ok(())
}

fn failed() -> ApiError {
    ApiError::internal("secrets of a workspace could not be sealed")
}

fn cipher(passphrase: &Secret, salt: &[u8], memory_kib: u32, passes: u32) -> Option<RandomizedNonceKey> {
    let params = Params::new(memory_kib, passes, 1, Some(32)).ok()?;
    let mut key = [0; 32];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    argon2.hash_password_into(passphrase.expose().as_bytes(), salt, &mut key).ok()?;
    let cipher = RandomizedNonceKey::new(&AES_256_GCM, &key).ok();
    key.fill(0);
    cipher
}

/// Lines that people and tools can handle.
fn in_lines(text: &str) -> String {
    let mut lines = String::with_capacity(text.len() + text.len() / 76 + 1);
    for (at, char) in text.chars().enumerate() {
        if at > 0 && at % 76 == 0 {
            lines.push('\n');
        }
        lines.push(char);
    }
    lines
}

fn gather(workspace: &Workspace) -> Inside {
    let mut inside = Inside::default();
    for collection in workspace.collections.iter().flatten() {
        if let Some(secret) = &collection.upstream.auth.secret {
            inside.collections.push(CollectionSecret {
                name: collection.name.to_string(),
                version: collection.version.to_string(),
                secret: secret.expose().to_owned(),
            });
        }
    }
    let key = |terms: Option<&TermsEntry>| Some(terms?.jwt_secret.as_ref()?.expose().to_owned());
    for client in workspace.clients.iter().flatten() {
        let profiles = client.profiles.iter().flatten().map(|profile| ProfileSecrets {
            name: profile.name.to_string(),
            jwt_secret: key(profile.own_terms.as_ref()),
            credentials: profile.credentials.iter().flatten().map(written).collect(),
        });
        inside.clients.push(ClientSecrets {
            name: client.name.to_string(),
            jwt_secret: key(client.default_terms.as_ref()),
            profiles: profiles.collect(),
        });
    }
    for webhook in workspace.webhooks.iter().flatten() {
        if let Some(secret) = &webhook.secret {
            let (name, secret) = (webhook.name.to_string(), secret.expose().to_owned());
            inside.webhooks.push(WebhookSecret { name, secret });
        }
    }
    inside
}

fn written(own: &CredentialEntry) -> CredentialSecret {
    CredentialSecret {
        kind: own.kind.as_str().to_owned(),
        digest: STANDARD.encode(own.digest.0),
        identifier: own.identifier.as_ref().map(|id| id.as_str().to_owned()),
        last4: own.last4.clone(),
        ends_at: own.ends_at.map(|at| at.0),
    }
}

fn read(own: CredentialSecret) -> Option<CredentialEntry> {
    Some(CredentialEntry {
        kind: CredentialKind::parse(&own.kind)?,
        digest: TokenDigest::from_stored(&STANDARD.decode(own.digest).ok()?)?,
        identifier: own.identifier.as_deref().map(KeyId::parse).transpose().ok()?,
        last4: own.last4,
        ends_at: own.ends_at.map(Timestamp),
    })
}

fn put(workspace: &mut Workspace, inside: Inside) {
    let fold = |text: &str| text.to_lowercase();
    let mut upstreams: HashMap<(String, String), String> =
        inside.collections.into_iter().map(|own| ((fold(&own.name), fold(&own.version)), own.secret)).collect();
    for collection in workspace.collections.iter_mut().flatten() {
        let found = upstreams.remove(&(collection.name.folded(), collection.version.folded()));
        if collection.upstream.auth.way.secret_field().is_some() {
            collection.upstream.auth.secret = found.map(Secret::new);
        }
    }
    let mut webhooks: HashMap<String, String> =
        inside.webhooks.into_iter().map(|own| (fold(&own.name), own.secret)).collect();
    for webhook in workspace.webhooks.iter_mut().flatten() {
        webhook.secret =
            webhooks.remove(&webhook.name.folded()).filter(|text| is_webhook_secret(text)).map(Secret::new);
    }
    let mut clients: HashMap<String, ClientSecrets> =
        inside.clients.into_iter().map(|own| (fold(&own.name), own)).collect();
    let give = |terms: Option<&mut TermsEntry>, secret: Option<String>| {
        if let Some(terms) = terms.filter(|terms| terms.has_shared_secret()) {
            terms.jwt_secret = secret.map(Secret::new);
        }
    };
    for client in workspace.clients.iter_mut().flatten() {
        let Some(own) = clients.remove(&client.name.folded()) else { continue };
        give(client.default_terms.as_mut(), own.jwt_secret);
        let mut profiles: HashMap<String, ProfileSecrets> =
            own.profiles.into_iter().map(|own| (fold(&own.name), own)).collect();
        for profile in client.profiles.iter_mut().flatten() {
            let Some(own) = profiles.remove(&profile.name.folded()) else { continue };
            give(profile.own_terms.as_mut(), own.jwt_secret);
            profile.credentials = Some(own.credentials.into_iter().filter_map(read).collect());
        }
    }
}
