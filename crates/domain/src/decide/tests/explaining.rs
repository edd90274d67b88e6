//! Explanations agree with decisions, count nothing, and show what was compared.

use super::*;

fn explained(directory: &Directory, call: &Call<'_>) -> Explanation {
    let path = CanonicalPath::parse(call.path.as_bytes()).unwrap();
    let credentials = FoundCredentials {
        api_token: call.token.as_ref().map(String::as_bytes),
        api_token_count: usize::from(call.token.is_some()),
        ..FoundCredentials::default()
    };
    let facts = RequestFacts {
        framing: Ok(()),
        route: directory.route("gw.test", call.method, &path),
        claimant: Claimant::Credentials(credentials),
        source: call.source,
        certificate: None,
        body_bytes: call.body,
    };
    explain(directory, &facts, Waited::default(), Now { monotonic: Monotonic(call.at), wall: T0 }).unwrap()
}

#[test]
fn an_explanation_agrees_with_the_decision_and_counts_nothing() {
    let d = directory().apply(Revision(2), [put(profile(1, Some(terms(Some(1))))), policy(1)]);
    for path in ["/orders/list", "/orders/old", "/nowhere/x", "/secret/x"] {
        for owner in [Some(token(1)), Some(token(9)), None] {
            let call = Call { path, token: owner, ..Call::default() };
            let first = explained(&d, &call);
            assert_eq!(explained(&d, &call).denial, first.denial);
        }
    }
    assert_eq!(explained(&d, &Call::default()).denial, None);
    check(&d, &Call::default(), Ok(()));
    let refused = explained(&d, &Call::default());
    assert_eq!((refused.denial, refused.wait_nanos), (Some(Denial::RateLimited), Some(60_000_000_000)));
    check(&d, &Call::default(), Err(Denial::RateLimited));
}

#[test]
fn rows_stand_in_order_with_values_and_end_at_the_check_that_stopped() {
    let explanation = explained(&directory(), &Call { path: "/secret/x", ..Call::default() });
    let outcomes: Vec<_> = explanation.rows.iter().map(|row| (row.check.number(), row.outcome)).collect();
    let expected: Vec<_> = (1..=11)
        .map(|number| match number {
            8 => (number, RowOutcome::Stopped),
            9.. => (number, RowOutcome::NotReached),
            _ => (number, RowOutcome::Passed),
        })
        .collect();
    assert_eq!(outcomes, expected);
    assert_eq!((explanation.profile, explanation.client), (Some(ProfileId(1)), Some(ClientId(1))));
    assert_eq!(explanation.collection, Some(CollectionId(2)));
    let granted = &explanation.rows[7];
    let shown: Vec<_> = granted.values.iter().map(|value| (value.name, value.value.as_str())).collect();
    assert_eq!(shown, [("collection_id", "2"), ("granted_collection_ids", "1, 3")]);
}

#[test]
fn a_directory_that_is_too_old_is_explained_before_all_other_checks() {
    let stale = directory().apply(Revision(2), [Delta::Freshness(Freshness::Stale)]);
    let explanation = explained(&stale, &Call::default());
    assert_eq!(explanation.denial, Some(Denial::ConfigurationStale));
    let outcomes: Vec<_> = explanation.rows.iter().map(|row| (row.check.number(), row.outcome)).collect();
    assert_eq!(outcomes.first(), Some(&(0, RowOutcome::Stopped)));
    assert_eq!(outcomes.len(), 12);
    assert!(outcomes.iter().skip(1).all(|(_, outcome)| *outcome == RowOutcome::NotReached), "{outcomes:?}");
}

#[test]
fn a_recorded_request_is_explained_without_its_credential_and_never_admitted() {
    let d = directory();
    let path = CanonicalPath::parse(b"/orders/list").unwrap();
    let facts = RequestFacts {
        framing: Ok(()),
        route: d.route("gw.test", Method::Get, &path),
        claimant: Claimant::Recorded(ProfileId(1)),
        source: NOWHERE,
        certificate: None,
        body_bytes: None,
    };
    let now = Now { monotonic: Monotonic(0), wall: T0 };
    assert_eq!(explain(&d, &facts, Waited::default(), now).unwrap().denial, None);
    let known = identify(&d, &facts, &mut NoMemory, Waited::default(), now);
    assert!(matches!(known, Err(NotIdentified::Refused(refusal)) if refusal.denial == Denial::CredentialMissing));
    assert_eq!(decided(&d, &facts, now).map(drop).map_err(|r| r.denial), Err(Denial::CredentialMissing));
}

#[test]
fn no_value_shows_a_credential() {
    let d = directory();
    let text = format!("{:?}", explained(&d, &Call::default()));
    assert!(!text.contains(&token(1)), "{text}");
}
