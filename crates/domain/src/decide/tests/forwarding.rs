//! What a collection says of `%2F` in paths and of `Authorization`.

use super::*;

fn with(forwarding: Forwarding, enabled: bool) -> Directory {
    let endpoints = vec![endpoint(1, "GET", "files/{name}", true), endpoint(2, "GET", "off", false)];
    let Delta::Collection(id, Some(document)) = collection(1, "orders", enabled, endpoints) else {
        panic!("a collection")
    };
    let (mut collection, endpoints) = Arc::unwrap_or_clone(document);
    collection.forwarding = forwarding;
    directory().apply(Revision(2), [Delta::Collection(id, Some(Arc::new((collection, endpoints))))])
}

#[test]
fn an_encoded_slash_is_judged_in_check_nine_before_the_endpoint() {
    let refusing = with(Forwarding::default(), true);
    let allowing = with(Forwarding { allow_encoded_slash: true, ..Forwarding::default() }, true);
    let call = |path: &'static str| Call { path, ..Call::default() };
    check(&refusing, &call("/orders/files/a%2fb"), Err(Denial::EncodedSlash));
    check(&refusing, &call("/orders/none%2f"), Err(Denial::EncodedSlash));
    check(&refusing, &call("/orders%2ffiles/a"), Err(Denial::RouteUnknown));
    check(&refusing, &Call { token: None, ..call("/orders/files/a%2fb") }, Err(Denial::CredentialMissing));
    check(&with(Forwarding::default(), false), &call("/orders/files/a%2fb"), Err(Denial::CollectionDisabled));
    check(&allowing, &call("/orders/files/a%2fb"), Ok(()));
    check(&allowing, &call("/orders/files%2fa"), Err(Denial::EndpointUnknown));
    check(&allowing, &call("/orders/off%2f"), Err(Denial::EndpointUnknown));
    let permit = run(&allowing, &call("/orders/files/a%2fb")).unwrap();
    let url = permit.collection().upstream().urls.first();
    assert_eq!(permit.upstream_path(url, Some("files/a%2Fb")), "/base/files/a%2Fb");
    assert!(!permit.is_by_json_web_token());
}

#[test]
fn authorization_is_no_credential_where_it_is_the_upstreams() {
    let passing = with(Forwarding { pass_authorization: true, ..Forwarding::default() }, true);
    let reading = with(Forwarding::default(), true);
    let outcome = |directory: &Directory, api_token: Option<&str>, path: &str| {
        let path = CanonicalPath::parse(path.as_bytes()).unwrap();
        let found = FoundCredentials {
            api_token: api_token.map(str::as_bytes),
            api_token_count: usize::from(api_token.is_some()),
            authorization: Some(b"Bearer x"),
            authorization_count: 1,
            ..FoundCredentials::default()
        };
        let facts = RequestFacts {
            framing: Ok(()),
            route: directory.route("gw.test", Method::Get, &path),
            claimant: Claimant::Credentials(found),
            source: Source::Known("10.0.0.1".parse().unwrap()),
            certificate: None,
            body_bytes: None,
        };
        let now = Now { monotonic: Monotonic(0), wall: T0 };
        decided(directory, &facts, now).map(drop).map_err(|refusal| refusal.denial)
    };
    let own = token(1);
    assert_eq!(outcome(&passing, Some(&own), "/orders/files/a"), Ok(()));
    assert_eq!(outcome(&passing, None, "/orders/files/a"), Err(Denial::CredentialMissing));
    assert_eq!(outcome(&reading, Some(&own), "/orders/files/a"), Err(Denial::CredentialAmbiguous));
    assert_eq!(outcome(&passing, Some(&own), "/nowhere"), Err(Denial::CredentialAmbiguous));
}
