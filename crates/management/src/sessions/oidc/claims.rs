//! What an ID token says of a user, once it is proved to be the provider's, for us, for this sign-in and of now.

use super::fault::OidcFault;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::jwt::{ClaimRules, KeySet, UnverifiedToken};
use domain::text::{Email, Name};
use domain::time::Timestamp;
use serde_json::{Map, Value};
use store::{ProviderSettings, ProviderUser};

const MAX_SUBJECT_BYTES: usize = 255;
/// Most groups of a user that are looked at.
const MAX_GROUPS: usize = 1000;

/// Claims of a user.
#[derive(Debug)]
pub(super) struct Claims(Map<String, Value>);

impl Claims {
    /// Checks an ID token (`OpenID` Connect Core 1.0, 3.1.3.7): signature, issuer, audience, times, nonce.
    pub(super) fn verify(
        id_token: &str,
        keys: &KeySet,
        settings: &ProviderSettings,
        nonce: &str,
        now: Timestamp,
    ) -> Result<Self, OidcFault> {
        let token = UnverifiedToken::parse(id_token.as_bytes()).map_err(OidcFault::Token)?;
        let key = keys.select(token.kid(), token.algorithm());
        let key = key.map_err(|_| OidcFault::Invalid("the provider has no key for the ID token"))?;
        let rules = ClaimRules {
            required_claims: ["iss", "sub", "aud", "exp", "iat"].map(str::to_owned).to_vec(),
            allowed_issuers: vec![settings.issuer.clone()],
            allowed_audiences: vec![settings.client_id.clone()],
            ..ClaimRules::default()
        };
        token.verify(key, &rules, now).map_err(OidcFault::Token)?;
        let claims = Self(payload(id_token).ok_or(OidcFault::Invalid("the claims of the ID token cannot be read"))?);
        if claims.text("nonce")? != Some(nonce) {
            return Err(OidcFault::Invalid("the ID token is of another sign-in"));
        }
        let several = matches!(claims.0.get("aud"), Some(Value::Array(audiences)) if audiences.len() > 1);
        match claims.text("azp")? {
            Some(party) if party != settings.client_id => Err(OidcFault::Invalid("the ID token is for another client")),
            None if several => Err(OidcFault::Invalid("the ID token is for several clients and names none")),
            Some(_) | None => Ok(claims),
        }
    }

    /// Whether the provider must be asked for more.
    pub(super) fn lacks(&self, group_claim: &str) -> bool {
        ["email", group_claim].iter().any(|name| !self.0.contains_key(*name))
    }

    /// Adds what the userinfo endpoint says of the same user; the token's own claims stay.
    pub(super) fn add(&mut self, user_info: Value) -> Result<(), OidcFault> {
        let Value::Object(more) = user_info else { return Ok(()) };
        if more.get("sub") != self.0.get("sub") {
            return Err(OidcFault::Invalid("the userinfo endpoint speaks of another user"));
        }
        let token_has_email = self.0.contains_key("email");
        for (name, value) in more {
            // Whether an address is verified goes with the address.
            if !(token_has_email && name == "email_verified") {
                self.0.entry(name).or_insert(value);
            }
        }
        Ok(())
    }

    /// Who this is.
    pub(super) fn user(&self, settings: &ProviderSettings) -> Result<ProviderUser, OidcFault> {
        let subject = self.text("sub")?.filter(|text| !text.is_empty() && text.len() <= MAX_SUBJECT_BYTES);
        let subject = subject.ok_or(OidcFault::Invalid("the ID token names no user"))?;
        let is_verified = match self.0.get("email_verified") {
            None => false,
            Some(Value::Bool(is_verified)) => *is_verified,
            Some(_) => return Err(OidcFault::Invalid("`email_verified` is not true or false")),
        };
        let email = self.text("email")?.filter(|_| is_verified).and_then(|text| Email::parse(text).ok());
        let name = self.text("name")?.and_then(|text| Name::parse(text).ok());
        let role = settings.role_of(&self.groups(&settings.group_claim)?);
        Ok(ProviderUser { issuer: settings.issuer.clone(), subject: subject.to_owned(), email, name, role })
    }

    /// One group as text, or a list of them.
    fn groups(&self, claim: &str) -> Result<Vec<String>, OidcFault> {
        let fault = || OidcFault::Invalid("the claim with the groups is no list of texts");
        match self.0.get(claim) {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::String(group)) => Ok(vec![group.clone()]),
            Some(Value::Array(groups)) if groups.len() <= MAX_GROUPS => {
                groups.iter().map(|group| group.as_str().map(str::to_owned).ok_or_else(fault)).collect()
            }
            Some(_) => Err(fault()),
        }
    }

    /// A claim as text; another type is a fault, never absent.
    fn text(&self, name: &str) -> Result<Option<&str>, OidcFault> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(OidcFault::Invalid("a claim of the user has another type")),
        }
    }
}

/// The claims of a token that is verified already: an object in which each name is there once.
fn payload(token: &str) -> Option<Map<String, Value>> {
    let (_, rest) = token.split_once('.')?;
    let (payload, _) = rest.split_once('.')?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use store::{GroupRole, Role, RoleWord};

    fn settings() -> ProviderSettings {
        ProviderSettings {
            enabled: true,
            name: "SSO".to_owned(),
            issuer: "https://sso.example.com".to_owned(),
            client_id: "portcullis".to_owned(),
            scopes: Vec::new(),
            group_claim: "groups".to_owned(),
            group_roles: vec![
                GroupRole { group: "ops".to_owned(), role: RoleWord(Role::Operator) },
                GroupRole { group: "leads".to_owned(), role: RoleWord(Role::Admin) },
            ],
            default_role: None,
            console_url: None,
        }
    }

    fn claims(value: Value) -> Claims {
        Claims(serde_json::from_value(value).unwrap())
    }

    #[test]
    fn the_highest_role_of_all_groups_counts() {
        let role =
            |groups: Value| claims(json!({"sub": "1", "groups": groups})).user(&settings()).map(|user| user.role);
        assert_eq!(role(json!(["x", "ops", "leads"])), Ok(Some(Role::Admin)));
        assert_eq!(role(json!("ops")), Ok(Some(Role::Operator)));
        assert_eq!((role(json!([])), role(json!(null)), role(json!(["OPS"]))), (Ok(None), Ok(None), Ok(None)));
        assert!(role(json!(["ops", 1])).is_err() && role(json!({"ops": true})).is_err());
        let with_default = ProviderSettings { default_role: Some(RoleWord(Role::Viewer)), ..settings() };
        let user = claims(json!({"sub": "1"})).user(&with_default).unwrap();
        assert_eq!(user.role, Some(Role::Viewer));
    }

    #[test]
    fn only_a_verified_address_counts() {
        let email =
            |claims_: Value| claims(claims_).user(&settings()).map(|user| user.email.map(|email| email.to_string()));
        let known = |verified: Value| json!({"sub": "1", "email": "a@example.com", "email_verified": verified});
        assert_eq!(email(known(json!(true))), Ok(Some("a@example.com".to_owned())));
        assert_eq!(email(known(json!(false))), Ok(None));
        assert!(email(known(json!("true"))).is_err());
        assert_eq!(email(json!({"sub": "1", "email": "a@example.com"})), Ok(None));
        assert!(email(json!({"sub": ""})).is_err() && email(json!({"sub": 7})).is_err());
    }

    #[test]
    fn more_is_told_of_the_same_user_only() {
        let mut token = claims(json!({"sub": "1", "email": "a@example.com"}));
        assert!(token.lacks("groups"));
        assert!(token.add(json!({"sub": "2", "groups": ["ops"]})).is_err());
        token.add(json!({"sub": "1", "email": "b@example.com", "email_verified": true, "groups": ["ops"]})).unwrap();
        let user = token.user(&settings()).unwrap();
        assert_eq!((user.email, user.role), (None, Some(Role::Operator)), "verified is the other address");
    }

    const NONCE: &str = "a nonce";
    const NOW: Timestamp = Timestamp(1_795_500_000_000_000);

    /// A provider's key, and tokens signed with it.
    struct Signer(aws_lc_rs::signature::Ed25519KeyPair);

    impl Signer {
        fn new() -> Self {
            Self(aws_lc_rs::signature::Ed25519KeyPair::generate().unwrap())
        }

        fn keys(&self) -> KeySet {
            let public = aws_lc_rs::signature::KeyPair::public_key(&self.0);
            let x = URL_SAFE_NO_PAD.encode(public);
            let set = json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "1", "use": "sig", "x": x}]});
            KeySet::parse(set.to_string().as_bytes()).unwrap()
        }

        fn sign(&self, claims: &Value) -> String {
            let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
            let signed = format!("{}.{}", part(&json!({"alg": "EdDSA", "kid": "1"})), part(claims));
            let signature = URL_SAFE_NO_PAD.encode(self.0.sign(signed.as_bytes()));
            format!("{signed}.{signature}")
        }
    }

    /// Whether a good token with these claims changed (null: left out) is good still.
    fn is_good(change: &Value) -> bool {
        let seconds = NOW.0 / 1_000_000;
        let mut token = json!({
            "iss": "https://sso.example.com", "sub": "1", "aud": "portcullis", "nonce": NONCE, "iat": seconds,
            "exp": seconds + 60
        });
        let claims = token.as_object_mut().unwrap();
        for (name, value) in change.as_object().unwrap() {
            claims.insert(name.clone(), value.clone());
        }
        claims.retain(|_, value| !value.is_null());
        let signer = Signer::new();
        Claims::verify(&signer.sign(&token), &signer.keys(), &settings(), NONCE, NOW).is_ok()
    }

    #[test]
    fn an_id_token_must_be_the_providers_for_us_of_now_and_of_this_sign_in() {
        let seconds = NOW.0 / 1_000_000;
        for good in [
            json!({}),
            json!({"aud": ["portcullis"], "azp": "portcullis"}),
            json!({"aud": ["portcullis", "other"], "azp": "portcullis"}),
        ] {
            assert!(is_good(&good), "{good}");
        }
        for bad in [
            json!({"iss": "https://other.example"}),
            json!({"aud": "other"}),
            json!({"aud": ["portcullis", "other"]}),
            json!({"azp": "other"}),
            json!({"nonce": "another"}),
            json!({"nonce": 7}),
            json!({"exp": seconds - 60}),
            json!({"iat": seconds + 600}),
        ] {
            assert!(!is_good(&bad), "{bad}");
        }
        for claim in ["iss", "sub", "aud", "nonce", "iat", "exp"] {
            assert!(!is_good(&json!({ claim: null })), "{claim}");
        }
    }

    #[test]
    fn an_id_token_signed_by_others_is_refused() {
        let token = Signer::new().sign(&json!({"sub": "1"}));
        assert!(Claims::verify(&token, &Signer::new().keys(), &settings(), NONCE, NOW).is_err());
        let unsigned = format!("{}.{}.", URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#), URL_SAFE_NO_PAD.encode("{}"));
        assert!(Claims::verify(&unsigned, &Signer::new().keys(), &settings(), NONCE, NOW).is_err());
    }
}
