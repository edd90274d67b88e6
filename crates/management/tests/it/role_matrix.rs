//! Every operation of the OpenAPI document, asked by nobody, by every role, and by every role confined to a project, about
//! things of that project and of another one. What must come of it is worked out here from the words of the API's
//! description, not from the table in the code. No answer to a confined caller may name anything of the other project.

use crate::support::{TestApi, authority, id, quota_counts};
use domain::denial::Denial;
use domain::limits::Readings;
use domain::secret::Secret;
use domain::time::Timestamp;
use domain::token::{TokenDigest, TokenKind};
use domain::{ClientId, CollectionId, ManagementTokenId, MemberId, ProfileId, ProjectId, Revision};
use management::explain::Recorded;
use management::issue::generate;
use serde_json::{Value, json};
use store::{Actor, Logo, MemberUpdate, NewSession, Role, Scope, Session};

/// Stands in the name of everything that is in the other project.
const CANARY: &str = "Elsewhere";

const RECENT: &str = "01936b6e-7a3f-7c1d-9d2b-5f0c7e1a2b3c";

/// An operation as documented.
struct Operation {
    method: String,
    template: String,
    example: Value,
    open: bool,
}

fn operations() -> Vec<Operation> {
    let document: Value = serde_json::from_str(&management::openapi_json()).unwrap();
    let mut all = Vec::new();
    for (template, methods) in document["paths"].as_object().unwrap() {
        for (method, item) in methods.as_object().unwrap() {
            let example = item["requestBody"]["content"]["application/json"]["example"].clone();
            let open = item["security"] == json!([{}]);
            all.push(Operation { method: method.to_uppercase(), template: template.clone(), example, open });
        }
    }
    assert!(all.len() > 80, "{} operations", all.len());
    all
}

/// How far an operation reaches for who is confined to projects.
#[derive(Debug, PartialEq, Eq)]
enum Reach {
    Projects,
    Personal,
    Readable,
    Workspace,
}

impl Operation {
    fn is_of(&self, nouns: &[&str]) -> bool {
        nouns
            .iter()
            .any(|noun| self.template.strip_prefix(noun).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
    }

    fn ends_with(&self, verbs: &[&str]) -> bool {
        verbs.iter().any(|verb| self.template.ends_with(verb))
    }

    /// "viewer reads (not settings, members, tokens). operator + enable, disable, refresh, finish overlap, grant quota,
    /// acknowledge, try. admin + create, change, delete, reset counters, import, webhooks, settings, own tokens. owner +
    /// members, all tokens, sessions of others."
    fn least_role(&self) -> Role {
        let switches =
            ["/enable", "/disable", "/refresh_secret", "/finish_overlap", "/counters/grant", "/try", "/leases/return"];
        if self.is_of(&["/api/members", "/api/settings/oidc"]) {
            Role::Owner
        } else if self.is_of(&["/api/settings", "/api/management_tokens", "/api/webhooks", "/api/workspace"]) {
            Role::Admin
        } else if self.method == "GET" || self.is_of(&["/api/users", "/api/sessions", "/api/explain"]) {
            Role::Viewer
        } else if self.ends_with(&switches) {
            Role::Operator
        } else {
            Role::Admin
        }
    }

    fn reach(&self) -> Reach {
        if self.is_of(&["/api/sessions", "/api/management_tokens", "/api/users"]) {
            Reach::Personal
        } else if self.is_of(&["/api/api_policies", "/api/projects", "/api/folders"]) {
            Reach::Readable
        } else if self.is_of(&[
            "/api/api_collections",
            "/api/api_endpoints",
            "/api/v2/api_clients",
            "/api/api_clients",
            "/api/api_access_profiles",
            "/api/explain",
            "/api/request_logs",
            "/api/activity_logs",
            "/api/search",
            "/api/openapi.json",
            "/docs",
        ]) {
            Reach::Projects
        } else {
            Reach::Workspace
        }
    }

    /// Whether path or body name something that is in a project.
    fn names_something(&self) -> bool {
        self.template.contains('{') || self.is_of(&["/api/explain"])
    }

    /// The documented example, about things of a part.
    fn body(&self, part: &Part) -> Value {
        let mut body = if self.method == "DELETE" { Value::Null } else { self.example.clone() };
        for (field, id) in [("api_client_id", part.client), ("api_key_id", part.profile)] {
            if body.get(field).is_some() {
                body[field] = json!(id);
            }
        }
        body
    }

    /// The path to things of a part; of nouns that are not made here, to something that need not be there.
    fn path(&self, part: &Part, target: &Personal) -> String {
        let first = match &self.template {
            _ if self.is_of(&["/api/api_collections"]) => part.collection,
            _ if self.is_of(&["/api/api_endpoints"]) => part.endpoint,
            _ if self.is_of(&["/api/v2/api_clients"]) => part.client,
            _ if self.is_of(&["/api/api_access_profiles"]) => part.profile,
            _ if self.is_of(&["/api/projects"]) => part.project.0,
            _ if self.is_of(&["/api/api_policies"]) => part.policy,
            _ if self.is_of(&["/api/cert_bundles"]) => part.bundle,
            _ if self.is_of(&["/api/members"]) => target.spare.0,
            _ if self.is_of(&["/api/management_tokens"]) => target.token.0,
            _ if self.is_of(&["/api/sessions"]) => target.session.id.0,
            _ => 1,
        };
        let path = self.template.replace("{id}", &first.to_string()).replace("{key}", &part.profile.to_string());
        path.replace("{request_id}", RECENT).replace("{n}", "1")
    }

    /// What an allowed request may still be answered with 404 for: nouns of which nothing is made here.
    fn may_be_missing(&self) -> bool {
        self.is_of(&["/api/webhooks", "/api/nodes", "/api/sessions/oidc", "/api/settings/oidc", "/api/users/me/totp"])
    }
}

/// A project and what is in it, and things of the workspace beside it.
struct Part {
    project: ProjectId,
    collection: i64,
    endpoint: i64,
    client: i64,
    profile: i64,
    policy: i64,
    bundle: i64,
}

impl Part {
    /// Makes one; all its names begin with a text and a number that nothing else has.
    async fn make(api: &TestApi, text: &str, number: u32, project: ProjectId) -> Self {
        let name = format!("{text} {number}");
        let body = json!({"name": name, "project_id": project.0, "upstream": "http://10.0.0.5", "description": text});
        let collection = id(&api.post("/api/api_collections", body).await.ok().body);
        let body = json!({"name": name, "method": "GET", "path": "old"});
        let path = format!("/api/api_collections/{collection}/api_endpoints");
        let endpoint = id(&api.post(&path, body).await.ok().body);
        let body = json!({"name": name, "project_id": project.0, "api_collection_ids": [collection], "auth_type": "token",
            "api_keys": [{"name": name, "active": true}]});
        let made = api.post("/api/v2/api_clients", body).await.ok().body["data"].clone();
        let (client, profile) = (id(&made), id(&made["api_keys"][0]));
        let logo = Logo { png_128: vec![1], png_256: vec![2] };
        api.store.put_logo(&Actor::system("test"), Timestamp(1), ClientId(client), logo).await.unwrap();
        api.counters.set(profile, quota_counts(10, 3));
        // Policies and bundles are of the workspace: their names say nothing of a project.
        let policy = api.policy(&format!("Policy {number} of {project}")).await;
        let body = json!({"name": format!("Bundle {number} of {project}"), "pem": authority("CA", (2035, 1, 1))});
        let bundle = id(&api.post("/api/cert_bundles", body).await.ok().body["data"]);
        Self { project, collection, endpoint, client, profile, policy, bundle }
    }

    fn recent_request(&self) -> Recorded {
        Recorded {
            request_id: RECENT.to_owned(),
            external_request_id: None,
            received_at: Timestamp(1_795_500_000_000_000),
            latency_micros: 1_500,
            method: Some("GET".to_owned()),
            path: "/a".to_owned(),
            source: "203.0.113.7".parse().unwrap(),
            profile: Some(ProfileId(self.profile)),
            client: Some(ClientId(self.client)),
            collection: Some(CollectionId(self.collection)),
            endpoint: None,
            status: 403,
            denial: Some(Denial::IpNotAllowed),
            revision: Revision(41),
            limits: Readings::default(),
        }
    }
}

async fn a_project(api: &TestApi, name: &str) -> ProjectId {
    ProjectId(id(&api.post("/api/projects", json!({"name": name})).await.ok().body))
}

/// What belongs to one member, and a member that nobody needs.
struct Personal {
    token: ManagementTokenId,
    session: Session,
    spare: MemberId,
}

impl Personal {
    async fn make(api: &TestApi, member: MemberId, number: u32) -> Self {
        let (store, actor) = (&api.store, Actor::system("test"));
        let (token, made) = api.token_of_member(member).await;
        let new = NewSession {
            digest: TokenDigest::of(token.expose().as_bytes()),
            member_id: member,
            user_agent: "Firefox".to_owned(),
            address: None,
        };
        let session = store.create_session(&actor, TestApi::now(), new).await.unwrap().value;
        let spare = api.member(&format!("spare{number}@example.com"), Role::Viewer, Scope::All).await;
        Self { token: made, session, spare }
    }
}

/// Who asks.
struct Caller {
    member: MemberId,
    token: Secret,
    role: Role,
    confined: bool,
}

impl Caller {
    async fn make(api: &TestApi, role: Role, scope: Scope) -> Self {
        let confined = !scope.is_all();
        let address = format!("{}{confined}@example.com", role.as_str());
        let member = api.member(&address, role, scope).await;
        let (token, _) = api.token_of_member(member).await;
        Self { member, token, role, confined }
    }
}

/// About whose things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    Own,
    Other,
}

/// What must come of a request: a status, or `None`: it is let through to the operation.
fn expected(operation: &Operation, caller: &Caller, whose: Whose) -> Option<u16> {
    let reach = operation.reach();
    if operation.open {
        return None;
    }
    if caller.role < operation.least_role() {
        return Some(403);
    }
    match reach {
        Reach::Workspace if caller.confined => Some(404),
        Reach::Readable if caller.confined && operation.method != "GET" => Some(403),
        // A policy is nobody's; projects and what is in them are.
        Reach::Readable if operation.is_of(&["/api/api_policies"]) => None,
        Reach::Projects | Reach::Readable if whose == Whose::Other && operation.names_something() => {
            caller.confined.then_some(404)
        }
        Reach::Personal if whose == Whose::Other && operation.names_something() && caller.role < Role::Owner => {
            Some(404)
        }
        Reach::Projects | Reach::Readable | Reach::Personal | Reach::Workspace => None,
    }
}

/// Both projects, and fresh things in them for operations that use things up.
struct Ground<'a> {
    api: &'a TestApi,
    projects: [ProjectId; 2],
    parts: [Part; 2],
    strangers: MemberId,
    personal: Personal,
    made: u32,
}

impl<'a> Ground<'a> {
    async fn start(api: &'a TestApi) -> Self {
        let projects = [a_project(api, "Ours").await, a_project(api, &format!("{CANARY} project")).await];
        let parts = [Part::make(api, "Ours", 0, projects[0]).await, Part::make(api, CANARY, 0, projects[1]).await];
        let strangers = api.member("stranger@example.com", Role::Admin, Scope::All).await;
        let personal = Personal::make(api, strangers, 0).await;
        Self { api, projects, parts, strangers, personal, made: 0 }
    }

    /// Makes what an operation may take away.
    async fn renew(&mut self, whose: Whose) {
        self.made += 1;
        let (at, text) = if whose == Whose::Own { (0, "Ours") } else { (1, CANARY) };
        // A workspace has few bundles; this one may be gone already.
        self.api.delete(&format!("/api/cert_bundles/{}", self.parts[at].bundle)).await;
        self.parts[at] = Part::make(self.api, text, self.made, self.projects[at]).await;
    }

    fn part(&self, whose: Whose) -> &Part {
        &self.parts[usize::from(whose == Whose::Other)]
    }
}

#[tokio::test]
async fn every_operation_lets_in_whom_it_should_and_nobody_else() {
    let api = TestApi::start().await;
    let mut ground = Ground::start(&api).await;
    let mut callers = Vec::new();
    for role in Role::ALL {
        callers.push(Caller::make(&api, role, Scope::All).await);
        if role != Role::Owner {
            callers.push(Caller::make(&api, role, Scope::only([ground.projects[0]])).await);
        }
    }
    let operations = operations();
    let mut wrong = Vec::new();
    for operation in &operations {
        for caller in &callers {
            for whose in [Whose::Own, Whose::Other] {
                let fault = ask(&mut ground, operation, caller, whose).await;
                wrong.extend(fault);
            }
        }
    }
    assert!(wrong.is_empty(), "{} of the answers are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// Asks, and says what is wrong with the answer.
async fn ask(ground: &mut Ground<'_>, operation: &Operation, caller: &Caller, whose: Whose) -> Option<String> {
    let expected = expected(operation, caller, whose);
    let api = ground.api;
    if operation.is_of(&["/api/members", "/api/management_tokens", "/api/sessions"]) {
        ground.made += 1;
        let member = if whose == Whose::Own { caller.member } else { ground.strangers };
        ground.personal = Personal::make(api, member, ground.made).await;
    }
    let part = ground.part(whose);
    api.explanations.record(part.recent_request());
    let path = operation.path(part, &ground.personal);
    let path = if operation.template == "/api/search" { format!("{path}?q={CANARY}") } else { path };
    let before = api.store.current_revision().await.unwrap();
    let body = operation.body(part);
    let answer = api.with_token(caller.token.expose(), &operation.method, &path, body).await;
    let status = answer.status.as_u16();
    let after = api.store.current_revision().await.unwrap();
    let right = match expected {
        Some(expected) => status == expected && after == before,
        // Through: what the operation makes of the example is tested elsewhere.
        None => operation.open || (status != 401 && status != 403 && (status != 404 || operation.may_be_missing())),
    };
    let leaks = caller.confined && String::from_utf8_lossy(&answer.bytes).contains(CANARY);
    if operation.method == "DELETE" && expected.is_none() {
        ground.renew(whose).await;
    }
    // Nothing listens where the gateway should be: trying an endpoint is 503.
    if right && !leaks && (status < 500 || status == 503) {
        return None;
    }
    let who = format!("{}{}", caller.role.as_str(), if caller.confined { " (confined)" } else { "" });
    let wanted = expected.map_or("through".to_owned(), |status| status.to_string());
    let told = if leaks { " and tells of the other project" } else { "" };
    Some(format!("{} {path} ({whose:?}) by {who}: {status}, not {wanted}{told}", operation.method))
}

#[tokio::test]
async fn nobody_gets_into_an_operation_that_is_not_open() {
    let api = TestApi::start().await;
    let ground = Ground::start(&api).await;
    let ended = generate(TokenKind::Management).unwrap();
    let before = api.everything().await;
    for operation in operations().iter().filter(|operation| !operation.open) {
        let path = operation.path(ground.part(Whose::Own), &ground.personal);
        api.anonymous(&operation.method, &path, operation.example.clone()).await.problem(401);
        api.with_token(ended.expose(), &operation.method, &path, operation.example.clone()).await.problem(401);
    }
    assert_eq!(api.everything().await, before);
}

#[tokio::test]
async fn rights_are_those_of_the_moment() {
    let api = TestApi::start().await;
    let ground = Ground::start(&api).await;
    let caller = Caller::make(&api, Role::Admin, Scope::All).await;
    let theirs = format!("/api/v2/api_clients/{}", ground.parts[1].client);
    let ask = async |method: &str, path: &str| {
        api.with_token(caller.token.expose(), method, path, Value::Null).await.status.as_u16()
    };
    let update = async |update: MemberUpdate| {
        api.store.update_member(&Actor::system("test"), TestApi::now(), caller.member, update).await.unwrap();
    };
    assert_eq!(ask("GET", &theirs).await, 200);
    update(MemberUpdate { scope: Some(Scope::only([ground.projects[0]])), ..MemberUpdate::default() }).await;
    assert_eq!(ask("GET", &theirs).await, 404);
    assert_eq!(ask("GET", "/api/settings").await, 404);
    update(MemberUpdate { role: Some(Role::Viewer), ..MemberUpdate::default() }).await;
    assert_eq!(ask("PUT", &format!("/api/v2/api_clients/{}/disable", ground.parts[0].client)).await, 403);
    update(MemberUpdate { enabled: Some(false), ..MemberUpdate::default() }).await;
    assert_eq!(ask("GET", "/api/projects").await, 401);
    update(MemberUpdate {
        enabled: Some(true),
        role: Some(Role::Owner),
        scope: Some(Scope::All),
        ..MemberUpdate::default()
    })
    .await;
    // The token was made for an admin, and stays one.
    assert_eq!(ask("GET", "/api/settings").await, 200);
    assert_eq!(ask("GET", "/api/members").await, 403);
}
