//! Sign-in at a provider (OpenID Connect): its settings, and who of its users is which member here.

mod admit;

pub use admit::{Admission, ProviderUser};

use crate::actor::Actor;
use crate::audit::Event;
use crate::dialect::DbConnection;
use crate::error::{FaultKind, StoreError};
use crate::members::Role;
use crate::row::{json as read_json, stored, to_json};
use crate::store::Store;
use crate::tx::Committed;
use domain::secret::Secret;
use domain::time::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value, json};
use zeroize::Zeroizing;

/// What a client secret is sealed for.
const PURPOSE: &str = "sign_in_provider.client_secret";
/// What the cookie of a sign-in is sealed for.
const COOKIE_PURPOSE: &str = "sign-in at a provider";

const FIND_PROVIDER: &str = "select document, client_secret from sign_in_provider where id = 1";
const PUT_PROVIDER: &str = "insert into sign_in_provider (id, document, client_secret) values (1, $1, $2) \
     on conflict (id) do update set document = excluded.document, client_secret = excluded.client_secret";
const DELETE_PROVIDER: &str = "delete from sign_in_provider where id = 1";

/// Where members sign in, and what its groups mean here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderSettings {
    /// Whether members may sign in there.
    pub enabled: bool,
    /// What the sign-in page calls it.
    pub name: String,
    /// Its issuer, byte by byte as in its tokens.
    pub issuer: String,
    /// Who we are there.
    pub client_id: String,
    /// What is asked for; `openid` always.
    pub scopes: Vec<String>,
    /// The claim that lists a user's groups.
    pub group_claim: String,
    /// What groups mean here.
    pub group_roles: Vec<GroupRole>,
    /// For users without such a group; `None`: they are refused.
    pub default_role: Option<RoleWord>,
    /// Where browsers find the console, no slash at the end; `None`: the management address.
    pub console_url: Option<String>,
}

/// What a group means here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupRole {
    /// The group, byte by byte.
    pub group: String,
    /// What its users may do.
    pub role: RoleWord,
}

/// A role, stored by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoleWord(pub Role);

impl Serialize for RoleWord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.as_str())
    }
}

impl<'de> Deserialize<'de> for RoleWord {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        Role::parse(&word).map(Self).ok_or_else(|| serde::de::Error::custom("unknown role"))
    }
}

impl ProviderSettings {
    /// The role of a user with these groups: the highest that any of them gives, else the default one.
    pub fn role_of(&self, groups: &[String]) -> Option<Role> {
        let given = self.group_roles.iter().filter(|entry| groups.contains(&entry.group)).map(|entry| entry.role.0);
        given.max().or(self.default_role.map(|word| word.0))
    }
}

/// The settings with the secret that goes with them.
#[derive(Clone)]
pub struct SignInProvider {
    /// The settings.
    pub settings: ProviderSettings,
    /// Our secret there; `None`: we have none, and prove ourselves by PKCE alone.
    pub client_secret: Option<Secret>,
}

/// What to change; `None` leaves a field as it is.
#[derive(Clone, Default)]
pub struct ProviderUpdate {
    /// On or off.
    pub enabled: Option<bool>,
    /// New name.
    pub name: Option<String>,
    /// New issuer.
    pub issuer: Option<String>,
    /// New client id.
    pub client_id: Option<String>,
    /// New secret; `Some(None)`: none any more. A new issuer without a secret has none.
    pub client_secret: Option<Option<Secret>>,
    /// New scopes, in place of all.
    pub scopes: Option<Vec<String>>,
    /// New name of the claim with the groups.
    pub group_claim: Option<String>,
    /// New meanings of groups, in place of all.
    pub group_roles: Option<Vec<GroupRole>>,
    /// New role for others.
    pub default_role: Option<Option<RoleWord>>,
    /// New address of the console.
    pub console_url: Option<Option<String>>,
}

impl Store {
    /// Seals what a browser keeps during a sign-in.
    pub fn seal_sign_in(&self, plain: &[u8]) -> Result<Vec<u8>, StoreError> {
        self.key().seal(COOKIE_PURPOSE, plain)
    }

    /// Opens what a browser brings back.
    pub fn open_sign_in(&self, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        self.key().open(COOKIE_PURPOSE, sealed)
    }

    /// Where members sign in.
    pub async fn find_sign_in_provider(&self) -> Result<Option<SignInProvider>, StoreError> {
        let mut db = self.reader().await?;
        self.load_provider(&mut db).await
    }

    /// Changes where members sign in. The first time issuer and client id must be given.
    pub async fn update_sign_in_provider(
        &self,
        actor: &Actor,
        now: Timestamp,
        update: ProviderUpdate,
    ) -> Result<Committed<SignInProvider>, StoreError> {
        let mut tx = self.begin(actor, now).await?;
        let before = self.load_provider(tx.db()).await?;
        let after = changed(before.as_ref(), update)?;
        let secret = after.client_secret.as_ref();
        let sealed = secret.map(|secret| self.key().seal(PURPOSE, secret.expose().as_bytes())).transpose()?;
        let document = to_json(&after.settings)?;
        sqlx::query(PUT_PROVIDER).bind(document).bind(sealed).execute(tx.db()).await?;
        let mut event = Event::new("sign_in_provider.updated", 1, after.settings.name.as_str()).after(state(&after));
        if let Some(before) = &before {
            event = event.before(state(before));
        }
        tx.commit(event, after).await
    }

    /// Lets members sign in by their passwords only. Members stay.
    pub async fn delete_sign_in_provider(&self, actor: &Actor, now: Timestamp) -> Result<Committed<()>, StoreError> {
        let mut tx = self.begin(actor, now).await?;
        let before = self.load_provider(tx.db()).await?.ok_or(StoreError::NotFound { what: "sign-in provider" })?;
        sqlx::query(DELETE_PROVIDER).execute(tx.db()).await?;
        let event = Event::new("sign_in_provider.deleted", 1, before.settings.name.as_str()).before(state(&before));
        tx.commit(event, ()).await
    }

    async fn load_provider(&self, db: &mut DbConnection) -> Result<Option<SignInProvider>, StoreError> {
        let found: Option<(String, Option<Vec<u8>>)> = sqlx::query_as(FIND_PROVIDER).fetch_optional(db).await?;
        let Some((document, sealed)) = found else { return Ok(None) };
        let client_secret = match sealed {
            Some(sealed) => {
                let text = self.key().open(PURPOSE, &sealed)?;
                Some(Secret::new(stored(PURPOSE, std::str::from_utf8(&text))?.to_owned()))
            }
            None => None,
        };
        let settings = read_json("sign_in_provider.document", &document)?;
        Ok(Some(SignInProvider { settings, client_secret }))
    }
}

fn changed(before: Option<&SignInProvider>, update: ProviderUpdate) -> Result<SignInProvider, StoreError> {
    let old = before.map(|before| before.settings.clone());
    let needed = |field: &str| StoreError::fault(field, FaultKind::Bad, "can't be blank");
    let issuer =
        update.issuer.or_else(|| old.as_ref().map(|old| old.issuer.clone())).ok_or_else(|| needed("issuer"))?;
    let client_id = update.client_id.or_else(|| old.as_ref().map(|old| old.client_id.clone()));
    let base = old.unwrap_or_else(|| ProviderSettings {
        enabled: true,
        name: "single sign-on".to_owned(),
        issuer: issuer.clone(),
        client_id: String::new(),
        scopes: ["openid", "email", "profile"].map(str::to_owned).to_vec(),
        group_claim: "groups".to_owned(),
        group_roles: Vec::new(),
        default_role: None,
        console_url: None,
    });
    // A secret goes nowhere but where it was given for.
    let kept = before.filter(|before| before.settings.issuer == issuer).and_then(|before| before.client_secret.clone());
    let settings = ProviderSettings {
        enabled: update.enabled.unwrap_or(base.enabled),
        name: update.name.unwrap_or(base.name),
        client_id: client_id.ok_or_else(|| needed("client_id"))?,
        scopes: update.scopes.unwrap_or(base.scopes),
        group_claim: update.group_claim.unwrap_or(base.group_claim),
        group_roles: update.group_roles.unwrap_or(base.group_roles),
        default_role: update.default_role.unwrap_or(base.default_role),
        console_url: update.console_url.unwrap_or(base.console_url),
        issuer,
    };
    Ok(SignInProvider { settings, client_secret: update.client_secret.unwrap_or(kept) })
}

/// As the audit log shows it.
fn state(provider: &SignInProvider) -> Value {
    let mut state = json!(provider.settings);
    if let Some(fields) = state.as_object_mut() {
        fields.insert("has_client_secret".to_owned(), Value::from(provider.client_secret.is_some()));
    }
    state
}
