//! Rules of comparison, one by one. Whole documents are tested through the management API.

use super::*;
use crate::access_policy::{OnStoreFailure, RateInterval, RateLimit};
use crate::access_profile::CredentialKind;
use crate::key_id::KeyId;
use crate::terms::AuthMethod;
use crate::text::{Name, Slug};
use crate::token::TokenDigest;
use std::collections::BTreeMap;

const BOUNDS: Bounds = Bounds { profiles_per_client: 2 };

fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

fn policy(text: &str, limit: i64) -> PolicyEntry {
    PolicyEntry {
        name: name(text),
        description: None,
        rate_limit: RateLimit::new(limit, RateInterval::Second),
        usage_quota: None,
        on_store_failure: OnStoreFailure::default(),
    }
}

fn terms(method: AuthMethod, policy: Option<&str>) -> TermsEntry {
    TermsEntry {
        collections: Vec::new(),
        policy: policy.map(name),
        auth_type: method,
        jwt_method: None,
        jwt_public_key: None,
        jwt_secret: None,
        oidc_issuer: None,
        oidc_jwks_uri: None,
        access_profile_claim: None,
        required_claims: Vec::new(),
        allowed_issuers: Vec::new(),
        allowed_audiences: Vec::new(),
        jwt_algorithms: Vec::new(),
        clock_leeway_seconds: 30,
        mtls_enabled: false,
        cert_bundles: Vec::new(),
        validation_formula: None,
    }
}

fn profile(text: &str, method: AuthMethod, credentials: Option<Vec<CredentialEntry>>) -> ProfileEntry {
    ProfileEntry {
        name: name(text),
        active: true,
        own_terms: Some(terms(method, None)),
        ip_allow_list: Vec::new(),
        ip_deny_list: Vec::new(),
        expires_at: None,
        period_anchor: None,
        labels: BTreeMap::new(),
        api_key: None,
        credentials,
    }
}

fn client(text: &str, profiles: Option<Vec<ProfileEntry>>) -> ClientEntry {
    ClientEntry {
        name: name(text),
        project: None,
        description: None,
        email: None,
        enabled: true,
        shared_policy: None,
        default_terms: None,
        profiles,
    }
}

fn token(text: &str) -> CredentialEntry {
    let digest = TokenDigest::of(text.as_bytes());
    CredentialEntry { kind: CredentialKind::Token, digest, identifier: None, last4: "last".to_owned(), ends_at: None }
}

fn present() -> Workspace {
    Workspace {
        settings: Some(crate::settings::Settings::default()),
        projects: Some(vec![ProjectEntry { name: name("Default"), default: true, description: None }]),
        policies: Some(vec![policy("Gold", 10), policy("Silver", 5)]),
        cert_bundles: Some(Vec::new()),
        collections: Some(Vec::new()),
        clients: Some(vec![client("Acme", Some(vec![profile("Web", AuthMethod::Token, Some(vec![token("t")]))]))]),
        webhooks: None,
    }
}

/// What a document changes, in short, and what is wrong with it.
fn compare(file: Workspace, prune: Prune) -> (Vec<String>, Vec<String>) {
    let (plan, problems) = Plan::new(&present(), file, prune, BOUNDS);
    let line = |change: &ObjectChange| {
        let fields: Vec<_> = change.fields.iter().map(|field| field.field.as_str()).collect();
        format!("{} {} [{}]", change.what.as_str(), change.name, fields.join(" "))
    };
    let problem = |problem: &Problem| format!("{}: {}", problem.field, problem.message);
    (plan.difference.changes.iter().map(line).collect(), problems.iter().map(problem).collect())
}

#[track_caller]
fn check(file: Workspace, prune: Prune, changes: &[&str], problems: &[&str]) {
    let (found, wrong) = compare(file, prune);
    assert_eq!(found, changes);
    assert_eq!(wrong.len(), problems.len(), "{wrong:?}");
    for (wrong, expected) in wrong.iter().zip(problems) {
        assert!(wrong.contains(expected), "{wrong}");
    }
}

#[test]
fn what_is_there_compared_with_itself_differs_nowhere() {
    check(present(), Prune::Delete, &[], &[]);
    check(Workspace::default(), Prune::Delete, &[], &[]);
}

#[test]
fn names_are_compared_case_aside_and_objects_that_are_not_named_go_only_where_it_is_to_prune() {
    let file = || Workspace { policies: Some(vec![policy("GOLD", 11), policy("New", 1)]), ..Workspace::default() };
    let both = ["changed GOLD [name rate_limit.limit]", "created New [name rate_limit.interval rate_limit.limit]"];
    check(file(), Prune::Keep, &both, &[]);
    let pruned = [both[0], both[1], "deleted Silver [name rate_limit.interval rate_limit.limit]"];
    check(file(), Prune::Delete, &pruned, &[]);
}

#[test]
fn an_object_that_stands_twice_is_a_problem_at_its_second_place() {
    let file = Workspace { policies: Some(vec![policy("New", 1), policy("new", 2)]), ..Workspace::default() };
    let created = ["created New [name rate_limit.interval rate_limit.limit]"];
    check(file, Prune::Keep, &created, &["policies[1]: stands in the document twice: first at policies[0]"]);
}

#[test]
fn the_default_project_is_never_pruned_and_is_found_by_its_mark_or_its_name() {
    let project = |text: &str, default| ProjectEntry { name: name(text), default, description: None };
    let file = |projects| Workspace { projects: Some(projects), ..Workspace::default() };
    check(file(vec![]), Prune::Delete, &[], &[]);
    check(file(vec![project("default", false)]), Prune::Delete, &["changed default [name]"], &[]);
    check(file(vec![project("Main", true)]), Prune::Delete, &["changed Main [name]"], &[]);
}

#[test]
fn credentials_stay_where_nothing_is_said_of_them_and_end_with_the_method() {
    let file = |profile| Workspace { clients: Some(vec![client("Acme", Some(vec![profile]))]), ..Workspace::default() };
    check(file(profile("Web", AuthMethod::Token, None)), Prune::Keep, &[], &[]);
    let other = profile("Web", AuthMethod::Token, Some(vec![token("another")]));
    check(file(other), Prune::Keep, &["changed Acme / Web [credentials]"], &[]);
    let none = profile("Web", AuthMethod::Token, Some(vec![]));
    check(file(none), Prune::Keep, &["changed Acme / Web [credentials]"], &[]);
    let (plan, _) = Plan::new(&present(), file(profile("Web", AuthMethod::Oauth2, None)), Prune::Keep, BOUNDS);
    let web = &plan.clients[0].profiles.kept[0].entry;
    assert_eq!(web.credentials, Some(vec![]));
    assert!(web.needs_identifier(None));
    let notes = &plan.difference.notes;
    assert!(notes.iter().any(|note| note.contains("has no credential")), "{notes:?}");
}

#[test]
fn one_credential_has_one_holder() {
    let profiles = vec![
        profile("One", AuthMethod::Token, Some(vec![token("same")])),
        profile("Two", AuthMethod::Token, Some(vec![token("same")])),
    ];
    let file = Workspace { clients: Some(vec![client("New", Some(profiles))]), ..Workspace::default() };
    let (_, problems) = compare(file, Prune::Keep);
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].starts_with("clients[0].profiles[1].credentials"), "{problems:?}");
}

#[test]
fn an_identifier_that_is_chosen_takes_the_place_of_the_present_one() {
    let mut web = profile("Web", AuthMethod::Oidc, None);
    web.api_key = Some(KeyId::parse("my-own-key").unwrap());
    let file = Workspace { clients: Some(vec![client("New", Some(vec![web]))]), ..Workspace::default() };
    let (plan, problems) = Plan::new(&present(), file, Prune::Keep, BOUNDS);
    assert_eq!(problems, []);
    let credentials = plan.clients[0].profiles.kept[0].entry.credentials.clone().unwrap();
    assert_eq!(credentials.len(), 1);
    assert_eq!(credentials[0].digest, TokenDigest::of(b"my-own-key"));
}

#[test]
fn references_bounds_and_clashes_are_problems_at_their_place() {
    let mut one = client("One", Some(vec![]));
    one.shared_policy = Some(name("Nothing"));
    one.default_terms = Some(terms(AuthMethod::Token, Some("Silver")));
    one.default_terms.as_mut().unwrap().collections = vec![Slug::parse("nowhere").unwrap()];
    let many = ["A", "B", "C"].map(|text| profile(text, AuthMethod::Token, None)).to_vec();
    let mut bare = profile("Bare", AuthMethod::Token, None);
    bare.own_terms = None;
    let clients = vec![one, client("Two", Some(many)), client("Three", Some(vec![bare]))];
    let file = Workspace { clients: Some(clients), policies: Some(vec![policy("Gold", 10)]), ..Workspace::default() };
    let (_, problems) = compare(file, Prune::Delete);
    for expected in [
        "clients[0].shared_policy: unknown access policy",
        "clients[0].default_terms.collections[0]: unknown API collection",
        "clients[0].default_terms.policy: unknown access policy \"Silver\"",
        "clients[1].profiles: a client has at most 2",
        "clients[2].profiles[0].own_terms: can't be blank",
    ] {
        assert!(problems.iter().any(|problem| problem.starts_with(expected)), "{expected}: {problems:?}");
    }
    assert_eq!(problems.len(), 5, "{problems:?}");
}
