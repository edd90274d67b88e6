//! Credentials as callers send them: header, Basic, Bearer, query.
//!
//! Input: the first byte says where the credential stands (see [`Place`]), the rest is its value.

mod world;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use domain::decide::{Claimant, Decision, FoundCredentials, NoMemory, RequestFacts, Source, Waited, decide};
use domain::directory::Directory;
use domain::key_id::{KeyId, check_brought_in};
use domain::method::Method;
use domain::path::CanonicalPath;
use domain::secret::Secret;
use domain::token::{TokenKind, is_well_formed};
use world::World;

/// Where a credential stands in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// The header `api-token`.
    Header,
    /// The header `Authorization`.
    Authorization,
    /// The query, to a collection that reads it there.
    Query,
    /// The query, to a collection that does not.
    UnreadQuery,
    /// In header and `Authorization` both.
    Twice,
}

impl Place {
    fn of(byte: u8) -> Self {
        match byte {
            b'h' => Self::Header,
            b'a' => Self::Authorization,
            b'q' => Self::Query,
            b'u' => Self::UnreadQuery,
            _ => Self::Twice,
        }
    }
}

/// Only the exact credential of an enabled profile, in the form of its method, is admitted.
///
/// # Panics
/// If a property does not hold.
pub fn credentials(data: &[u8]) {
    let Some((first, value)) = data.split_first() else { return };
    forms(value);
    let place = Place::of(*first);
    let world = World::get();
    let outcome = decide(
        &world.directory,
        &facts(&world.directory, place, value),
        &mut NoMemory,
        Waited { for_keys: true, for_lease: true },
        world::NOW,
    );
    let expected = is_genuine(world, place, value);
    match outcome {
        Decision::Admit(_) => assert!(expected, "admitted without the exact credential"),
        Decision::Refuse(refusal) => assert!(!expected, "the exact credential was refused: {refusal:?}"),
        Decision::Wait(wait) => panic!("nothing to wait for: {wait:?}"),
    }
}

fn facts<'a>(directory: &Directory, place: Place, value: &'a [u8]) -> RequestFacts<'a> {
    let path: &[u8] = if place == Place::Query { b"/query/things" } else { b"/plain/things" };
    let path = CanonicalPath::parse(path).expect("a constant path is canonical");
    let mut found = FoundCredentials::default();
    if matches!(place, Place::Header | Place::Twice) {
        (found.api_token, found.api_token_count) = (Some(value), 1);
    }
    if matches!(place, Place::Authorization | Place::Twice) {
        (found.authorization, found.authorization_count) = (Some(value), 1);
    }
    if matches!(place, Place::Query | Place::UnreadQuery) {
        (found.query_token, found.query_token_count) = (Some(value.into()), 1);
    }
    RequestFacts {
        framing: Ok(()),
        route: directory.route("gw.test", Method::Get, &path),
        claimant: Claimant::Credentials(found),
        source: Source::Known([192, 0, 2, 1].into()),
        certificate: None,
        body_bytes: None,
    }
}

/// What ought to be admitted, read in a way of our own.
fn is_genuine(world: &World, place: Place, value: &[u8]) -> bool {
    let is_token = |value: &[u8]| world.tokens.iter().any(|token| token.as_bytes() == value);
    match place {
        Place::Header | Place::Query => is_token(value),
        Place::UnreadQuery | Place::Twice => false,
        Place::Authorization => {
            let Some(space) = value.iter().position(|byte| *byte == b' ') else { return false };
            let (scheme, rest) = value.split_at(space);
            let rest = rest.trim_ascii();
            if scheme.eq_ignore_ascii_case(b"basic") {
                let Ok(pair) = STANDARD.decode(rest) else { return false };
                let user = b"api-token:";
                let named = pair.get(..user.len()).is_some_and(|start| start.eq_ignore_ascii_case(user));
                return named && pair.get(user.len()..).is_some_and(is_token);
            }
            scheme.eq_ignore_ascii_case(b"bearer")
                && (world.access_tokens.iter().any(|token| token.as_bytes() == rest) || is_signed(rest))
        }
    }
}

/// Whether a text is a JSON Web Token of the world's one JWT profile: HS256, its key id as `sub`, nothing else.
fn is_signed(text: &[u8]) -> bool {
    let parts: Vec<&[u8]> = text.split(|byte| *byte == b'.').collect();
    let [header, claims, signature] = parts[..] else { return false };
    let signed = text.get(..header.len() + 1 + claims.len()).unwrap_or_default();
    let key = hmac::Key::new(hmac::HMAC_SHA256, world::JWT_SECRET.as_bytes());
    let Ok(signature) = URL_SAFE_NO_PAD.decode(signature) else { return false };
    // Nobody can sign but who knows the secret: what is signed is one of the tokens in the corpus.
    hmac::verify(&key, signed, &signature).is_ok() && !claims.is_empty() && world::is_known(claims)
}

/// Forms of tokens and identifiers exclude each other.
fn forms(value: &[u8]) {
    let kinds = [TokenKind::Profile, TokenKind::Management, TokenKind::Session, TokenKind::Setup];
    let well_formed = kinds.into_iter().filter(|kind| is_well_formed(*kind, value)).count();
    assert!(well_formed <= 1, "a token of two kinds");
    let Ok(text) = std::str::from_utf8(value) else {
        assert_eq!(well_formed, 0, "a token that is no text");
        return;
    };
    let brought_in = check_brought_in(&Secret::new(text.to_owned())).is_ok();
    let identifier = KeyId::parse(text);
    assert!(well_formed == 0 || (!brought_in && identifier.is_err()), "a generated token passes for another thing");
    if let Ok(identifier) = identifier {
        assert_eq!(identifier.as_str(), text);
    }
}
