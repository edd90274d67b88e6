//! How long a workspace of 5,000 clients with 3 profiles each takes to be exported, and applied to an empty store:
//! `cargo run --release -p management --example measure_workspace [CLIENTS]`. Ends with an error where the two exports differ.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a measurement: it ends at the first fault and reads the clock"
)]

use domain::secret::Secret;
use domain::time::Timestamp;
use domain::workspace::Prune;
use management::workspace::{Mode, Options, apply_text, export_text};
use std::fmt::Write as _;
use std::time::Instant;
use store::{Actor, SecretKey, Store};

const PASSPHRASE: &str = "an old horse and a battery";

#[tokio::main(flavor = "multi_thread")]
async fn main() {
    let clients = std::env::args().nth(1).map_or(5000, |text| text.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let open = async |name: &str, digit: &str| {
        let key = SecretKey::parse(&digit.repeat(64)).unwrap();
        Store::open(&folder.path().join(name), &key).await.unwrap()
    };
    let (first, second, third) = (open("1.db", "1").await, open("2.db", "2").await, open("3.db", "3").await);
    let text = document(clients);
    println!("{clients} clients, {} profiles, {} KiB of YAML", clients * 3, text.len() / 1024);
    timed("apply, everything is new", apply(&first, text, None)).await;
    let exported = timed("export", export_text(&first, None)).await.unwrap();
    timed("apply the export to an empty store", apply(&second, exported.clone(), None)).await;
    let again = timed("export", export_text(&second, None)).await.unwrap();
    assert!(again == exported, "the exports differ");
    timed("apply it again: nothing changes", apply(&second, exported, None)).await;
    let sealed = timed("export with secrets", export_text(&first, Some(passphrase()))).await.unwrap();
    timed("apply with secrets to an empty store", apply(&third, sealed, Some(passphrase()))).await;
    assert!(export_text(&third, None).await.unwrap() == again, "the exports differ");
    println!("the exports are equal");
}

fn passphrase() -> Secret {
    Secret::new(PASSPHRASE.to_owned())
}

async fn apply(store: &Store, text: String, passphrase: Option<Secret>) {
    let options = Options { mode: Mode::Apply, prune: Prune::Delete, passphrase, own_listeners: &[] };
    let actor = Actor::system("measurement");
    apply_text(store, &actor, Timestamp(1_795_500_000_000_000), text, options).await.map(drop).unwrap();
}

async fn timed<T>(what: &str, work: impl Future<Output = T>) -> T {
    let start = Instant::now();
    let done = work.await;
    println!("{:>8.0} ms  {what}", start.elapsed().as_secs_f64() * 1000.0);
    done
}

/// Clients of three profiles: default terms, own terms with JSON Web Tokens of an issuer, own terms with OAuth.
fn document(clients: usize) -> String {
    let mut text = String::from("version: 1\npolicies:\n");
    for at in 0..50 {
        let _ = writeln!(text, "- {{name: Policy {at}, rate_limit: {{limit: {}, interval: second}}}}", at + 1);
    }
    text.push_str("collections:\n");
    for at in 0..50 {
        let _ = writeln!(
            text,
            "- {{name: Collection {at}, version: '1.0', path: collection-{at}, upstream: 'http://10.0.0.{at}', endpoints: \
             [{{name: All, method: ANY, path: '{{rest...}}', active: true}}]}}"
        );
    }
    text.push_str("clients:\n");
    for at in 0..clients {
        let (one, other) = (at % 50, (at + 7) % 50);
        let _ = write!(
            text,
            "- name: Client {at}\n  email: it@client{at}.example\n  default_terms: {{collections: [collection-{one}], auth_type: token, \
             policy: Policy {one}}}\n  profiles:\n  - {{name: Default, active: true, period_anchor: 2026-11-24}}\n  - name: JWT\n    active: true\n    \
             period_anchor: 2026-11-24\n    ip_allow_list: ['10.0.0.0/8']\n    own_terms: {{collections: [collection-{one}, collection-{other}], auth_type: oidc, \
             oidc_issuer: 'https://issuer{one}.example', allowed_audiences: [orders]}}\n  - name: OAuth\n    active: false\n    period_anchor: 2026-11-24\n    labels: \
             {{team: '{at}'}}\n    own_terms: {{collections: [collection-{other}], auth_type: oauth2}}\n"
        );
    }
    text
}
