//! The table of attacks, judged by the verifier alone.

use super::attack_table::{Must, World, attacks, rules};
use super::signers::Signer;
use domain::jwt::{TokenFault, UnverifiedToken, VerifyingKey};
use domain::time::Timestamp;

const NOW: i64 = 1_800_000_000;

fn world() -> World {
    World {
        profile: "pk_aB3dE6gH9jK2mN5pQ8sT1v".into(),
        now: NOW,
        signer: Signer::fixed(),
        stranger: Signer::generated(),
    }
}

/// What a gateway does with a token that is aimed at one profile.
fn judge(token: &[u8], profile: &str, key: &VerifyingKey) -> Result<Must, TokenFault> {
    let token = UnverifiedToken::parse(token)?;
    if token.profile_key(None)? != profile {
        return Ok(Must::NameAnother);
    }
    token.verify(key, &rules(), Timestamp(NOW * 1_000_000)).map(|_| Must::Accept)
}

#[test]
fn every_attack_ends_as_the_table_says() {
    let world = world();
    let table = attacks(&world);
    let mut wrong = Vec::new();
    for attack in &table {
        let key = world.signer.verifying_key(attack.algorithm);
        let outcome = judge(&attack.token, &world.profile, &key).unwrap_or_else(Must::Refuse);
        if outcome != attack.must {
            wrong.push(format!("{}: {outcome:?} instead of {:?}", attack.name, attack.must));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), table.len(), wrong.join("\n"));
    let refused = table.iter().filter(|attack| attack.must != Must::Accept).count();
    println!("{} tokens, {refused} of them attacks", table.len());
    assert!(refused >= 150, "{refused} attacks");
}

#[test]
fn every_entry_of_the_table_has_its_own_name() {
    let table = attacks(&world());
    let mut names: Vec<&str> = table.iter().map(|attack| attack.name.as_str()).collect();
    names.sort_unstable();
    let repeated: Vec<_> = names.windows(2).filter(|pair| pair[0] == pair[1]).collect();
    assert!(repeated.is_empty(), "{repeated:?}");
}

#[test]
fn no_entry_of_the_table_is_good_for_a_strangers_key() {
    let world = world();
    let good: Vec<_> = attacks(&world).into_iter().filter(|attack| attack.must == Must::Accept).collect();
    for attack in good {
        let key = world.stranger.verifying_key(attack.algorithm);
        let outcome = judge(&attack.token, &world.profile, &key);
        assert_eq!(outcome, Err(TokenFault::SignatureInvalid), "{}", attack.name);
    }
}

#[test]
fn no_cut_of_a_good_token_is_good() {
    let world = world();
    for attack in attacks(&world).iter().filter(|attack| attack.name.starts_with("a good ")) {
        let key = world.signer.verifying_key(attack.algorithm);
        for length in 0..attack.token.len() {
            let outcome = judge(&attack.token[..length], &world.profile, &key);
            assert!(outcome.is_err(), "{} cut to {length} bytes", attack.name);
        }
    }
}

#[test]
fn no_change_of_one_byte_of_a_good_token_is_good() {
    let world = world();
    let table = attacks(&world);
    let good = table.iter().find(|attack| attack.name == "a good HS256 token").unwrap();
    let key = world.signer.verifying_key(good.algorithm);
    for place in 0..good.token.len() {
        for value in 0..=255 {
            let mut token = good.token.clone();
            token[place] = value;
            if token != good.token {
                assert_ne!(judge(&token, &world.profile, &key), Ok(Must::Accept), "byte {place} as {value}");
            }
        }
    }
}
