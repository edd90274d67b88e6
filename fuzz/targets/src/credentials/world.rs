//! A small workspace: two collections, and one profile of each kind.

use domain::access_profile::{AccessProfile, Credential, CredentialKind};
use domain::access_token::{AccessToken, AccessTokenKey, AccessTokenKeys};
use domain::api_collection::{ApiCollection, CollectionLimits, Forwarding};
use domain::client::Client;
use domain::directory::{Delta, Directory};
use domain::endpoint::{Endpoint, EndpointPath};
use domain::ids::{ClientId, CollectionId, CredentialId, EndpointId, ProfileId, ProjectId, Revision};
use domain::jwt::{KeyFamily, VerifyingKey};
use domain::key_id::KeyId;
use domain::method::EndpointMethod;
use domain::terms::{AuthMethod, JwtTerms, Terms};
use domain::text::{Name, Slug, Version};
use domain::time::{Monotonic, Now, Timestamp};
use domain::token::{TokenDigest, TokenKind, generate};
use domain::upstream::{BaseUrl, Upstream};
use std::sync::{Arc, LazyLock};

/// 2026-01-02T00:00:00Z.
pub(super) const NOW: Now = Now { monotonic: Monotonic(0), wall: Timestamp(1_767_312_000_000_000) };
/// The secret of the JWT profile.
pub(super) const JWT_SECRET: &str = "a shared secret of at least thirty-two bytes";
/// The key id of the JWT profile.
const JWT_KEY_ID: &str = "pk_0123456789abcdefghijkl";
const BROUGHT_IN: &str = "legacy-0123456789abcdef0123456789";
const CLIENT_ID: &str = "pk_client56789abcdefghijk";
const CLIENT_SECRET: &str = "secret-0123456789abcdef0123456789";
const T0: Timestamp = Timestamp(0);

/// The workspace and what is good in it.
pub(super) struct World {
    pub(super) directory: Directory,
    /// Auth tokens that are admitted.
    pub(super) tokens: [String; 2],
    /// Access tokens that are admitted.
    pub(super) access_tokens: [String; 1],
}

static WORLD: LazyLock<World> = LazyLock::new(World::new);

/// Whether claims of a signed token name the JWT profile and are in force. Only the corpus has such tokens.
pub(super) fn is_known(claims: &[u8]) -> bool {
    // {"sub":"pk_0123456789abcdefghijkl"}
    claims == b"eyJzdWIiOiJwa18wMTIzNDU2Nzg5YWJjZGVmZ2hpamtsIn0"
}

impl World {
    pub(super) fn get() -> &'static Self {
        &WORLD
    }

    fn new() -> Self {
        let generated = |byte| generate(TokenKind::Profile, [byte; 32]).expose().to_owned();
        let [good, disabled, ended, expired, wrong_method] = [1, 2, 3, 4, 5].map(generated);
        let token = |text: &str| vec![credential(CredentialKind::Token, text)];
        let jwt = JwtTerms {
            family: Some(KeyFamily::Hmac),
            key: VerifyingKey::parse(KeyFamily::Hmac, JWT_SECRET).ok(),
            ..JwtTerms::default()
        };
        let jwt_terms = Terms { jwt: Some(Box::new(jwt)), ..terms(AuthMethod::Jwt) };
        let mut over = token(&ended);
        for credential in &mut over {
            credential.ends_at = Some(Timestamp(NOW.wall.0));
        }
        let secret = credential(CredentialKind::ClientSecret, CLIENT_SECRET);
        let secret_id = secret.id;
        let oauth = vec![credential(CredentialKind::ClientId, CLIENT_ID), secret];
        let profiles = [
            profile(1, terms(AuthMethod::Token), token(&good)),
            profile(2, terms(AuthMethod::Token), token(BROUGHT_IN)),
            AccessProfile { active: false, ..profile(3, terms(AuthMethod::Token), token(&disabled)) },
            profile(4, terms(AuthMethod::Token), over),
            AccessProfile { expires_at: Some(NOW.wall), ..profile(5, terms(AuthMethod::Token), token(&expired)) },
            profile(6, terms(AuthMethod::Oauth2), token(&wrong_method)),
            profile(7, jwt_terms, vec![credential(CredentialKind::KeyId, JWT_KEY_ID)]),
            profile(8, terms(AuthMethod::Oauth2), oauth),
        ];
        let keys = AccessTokenKeys::new(vec![AccessTokenKey::new(1, &[7; 32], None)]);
        let seconds = NOW.wall.0 / 1_000_000;
        let said = AccessToken {
            profile: ProfileId(8),
            credential: secret_id,
            issued_at: seconds,
            expires_at: seconds + 3600,
        };
        let access_token = keys.issue(&said).expect("there is a key").expose().to_owned();
        let deltas = [collection(1, "plain"), collection(2, "query"), client(), Delta::AccessTokenKeys(keys)];
        let profiles = profiles.into_iter().map(|profile| Delta::Profile(profile.id, Some(Box::new(profile))));
        Self {
            directory: Directory::empty().apply(Revision(1), deltas.into_iter().chain(profiles)),
            tokens: [good, BROUGHT_IN.to_owned()],
            access_tokens: [access_token],
        }
    }
}

fn name(text: &str) -> Name {
    Name::parse(text).expect("a constant name is valid")
}

fn terms(method: AuthMethod) -> Terms {
    Terms::new(vec![CollectionId(1), CollectionId(2)], None, method)
}

fn credential(kind: CredentialKind, text: &str) -> Credential {
    let digest = TokenDigest::of(text.as_bytes());
    let id = digest.0.first_chunk::<8>().copied().map(i64::from_be_bytes).unwrap_or_default();
    Credential {
        id: CredentialId(id),
        kind,
        digest,
        identifier: if kind.is_identifier() { KeyId::parse(text).ok() } else { None },
        last4: String::new(),
        created_at: T0,
        ends_at: None,
        last_used_at: None,
    }
}

fn profile(id: i64, terms: Terms, credentials: Vec<Credential>) -> AccessProfile {
    AccessProfile {
        id: ProfileId(id),
        client_id: ClientId(1),
        name: name(&format!("profile {id}")),
        own_terms: Some(terms),
        ip_allow_list: Vec::new(),
        ip_deny_list: Vec::new(),
        active: true,
        active_since: None,
        expires_at: None,
        period_anchor: jiff::civil::date(2026, 1, 1),
        labels: [].into(),
        credentials,
        created_at: T0,
        updated_at: T0,
    }
}

fn client() -> Delta {
    let client = Client {
        id: ClientId(1),
        project_id: ProjectId(1),
        name: name("Acme"),
        description: None,
        email: None,
        enabled: true,
        default_terms: None,
        shared_policy_id: None,
        logo_version: None,
        created_at: T0,
        updated_at: T0,
    };
    Delta::Client(client.id, Some(Box::new(client)))
}

fn collection(id: i64, path: &str) -> Delta {
    let collection = ApiCollection {
        id: CollectionId(id),
        project_id: ProjectId(1),
        name: name(path),
        version: Version::parse("1.0").expect("a constant version is valid"),
        path: Slug::parse(path).expect("a constant path is valid"),
        description: None,
        enabled: true,
        upstream: Upstream::at(BaseUrl::parse("http://127.0.0.1:9").expect("a constant URL is valid")),
        limits: CollectionLimits::default(),
        cors: None,
        allow_query_token: path == "query",
        forwarding: Forwarding::default(),
        created_at: T0,
        updated_at: T0,
    };
    let endpoint = Endpoint {
        id: EndpointId(id),
        collection_id: collection.id,
        name: name("things"),
        method: EndpointMethod::parse("GET").expect("GET is a method"),
        path: EndpointPath::parse("things").expect("a constant path is valid"),
        description: None,
        upstream_path: None,
        active: true,
        created_at: T0,
        updated_at: T0,
    };
    Delta::Collection(collection.id, Some(Arc::new((collection, vec![endpoint]))))
}
