//! Terms: what a profile may do, in one place: its own, or its client's default ones, never mixed.

use crate::ids::{CollectionId, PolicyId};
use serde::{Deserialize, Serialize};

/// How a caller proves who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AuthMethod {
    /// A generated token, sent as it is.
    Token,
    /// A signed JSON Web Token.
    Jwt,
    /// OAuth 2.0 client credentials.
    Oauth2,
    /// `OpenID` Connect.
    Oidc,
}

impl AuthMethod {
    /// All methods.
    pub const ALL: [Self; 4] = [Self::Token, Self::Jwt, Self::Oauth2, Self::Oidc];

    /// The name in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Jwt => "jwt",
            Self::Oauth2 => "oauth2",
            Self::Oidc => "oidc",
        }
    }

    /// Reads the API's name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str() == text)
    }
}

/// Which collections, which policy, by which method.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Granted collections, sorted, without repeats. May be empty only after a collection was deleted.
    pub collection_ids: Vec<CollectionId>,
    /// The policy; `None` means no limits, never "inherit".
    pub policy_id: Option<PolicyId>,
    /// How callers authenticate.
    pub method: AuthMethod,
    /// Whether a client certificate is asked for besides the credential.
    pub mtls_enabled: bool,
}

impl Terms {
    /// Terms for these collections; sorts them and drops repeats.
    pub fn new(mut collection_ids: Vec<CollectionId>, policy_id: Option<PolicyId>, method: AuthMethod) -> Self {
        collection_ids.sort_unstable();
        collection_ids.dedup();
        Self { collection_ids, policy_id, method, mtls_enabled: false }
    }

    /// Whether a collection is among them.
    pub fn grants(&self, id: CollectionId) -> bool {
        self.collection_ids.binary_search(&id).is_ok()
    }
}
