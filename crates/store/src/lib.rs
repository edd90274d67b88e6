//! The control database: what owners made, who changed it, and in which revision.
//!
//! How it works: one SQLite file in WAL mode with `synchronous = FULL`, one writing connection and a pool of reading
//! ones. Every change runs in one `BEGIN IMMEDIATE` transaction that ends in `Tx::commit`, the only way to commit:
//! it writes the audit entry, takes the next revision and notes which objects the revision touched.
//! Rules that need the database (names taken, things referred to that are not there) are checked inside that
//! transaction and come back together as [`StoreError::Invalid`].
//!
//! Any number of tasks may call a [`Store`] at once; writers queue for the one connection. When the file is locked by
//! another program, full or unreadable, calls answer [`StoreError::Unavailable`] and nothing is half done.
//!
//! This is the only crate that names sqlx, and SQL text stands nowhere else.

mod access_profiles;
mod access_token_keys;
mod actor;
mod api_collections;
mod audit;
mod cert_bundles;
mod changes;
mod clients;
mod dialect;
mod directory;
mod directory_rows;
mod endpoints;
mod error;
mod idempotency;
mod maintenance;
mod management_tokens;
mod members;
mod nodes;
mod page;
mod policies;
mod projects;
mod quota;
mod reach;
mod replica;
mod row;
mod scope;
mod sealed;
mod search;
mod secret_key;
mod sessions;
mod settings;
mod setup;
mod sign_in_provider;
mod store;
mod terms;
mod totp;
mod tx;
mod versions;
mod webhooks;
mod workspace;

pub use access_profiles::{
    FreshCredentials, NewIdentifier, NewProfile, NewSecret, Overlap, OwnTermsUpdate, ProfileFilter, ProfileRow,
    ProfileUpdate,
};
pub use actor::{Actor, ActorKind, Conditions};
pub use api_collections::{
    CollectionFilter, CollectionRow, CollectionUpdate, ForwardingUpdate, ImportDifference, NewCollection, Prune,
    RemovedFrom,
};
pub use audit::{AuditEntry, AuditFilter, HiddenKinds};
pub use cert_bundles::{CertBundleRow, CertBundleUpdate, NewCertBundle};
pub use changes::{Change, ChangeKind};
pub use clients::{
    ClientFilter, ClientRow, ClientUpdate, CreatedClient, DefaultTermsUpdate, Logo, LogoSize, NewClient,
};
pub use directory::{DirectoryCopy, Loaded, LoadedCollection, News};
pub use endpoints::{EndpointFilter, EndpointRow, EndpointUpdate, NewEndpoint};
pub use error::{Fault, FaultKind, StoreError};
pub use idempotency::{CarriedOut, Once};
pub use maintenance::{
    DatabaseFacts, MaintenanceError, cert_bundle_texts, check_database, copy_database, database_facts, file_digest,
};
pub use management_tokens::{ManagementToken, NewManagementToken, TokenFilter, TokenMember, TokenOwner};
pub use members::{Member, MemberFilter, MemberLogin, MemberUpdate, NewMember, NewPasswordLink, Role};
pub use page::{Page, PageQuery, Sort, SortField};
pub use policies::{NewPolicy, PolicyRow, PolicyUpdate};
pub use projects::{DEFAULT_PROJECT, NewProject, Project, ProjectUpdate};
pub use quota::{QUOTA_DB, QuotaError, QuotaStore};
pub use reach::Away;
pub use replica::Replica;
pub use row::Named;
pub use scope::Scope;
pub use search::{SearchHit, SearchKind};
pub use secret_key::{SECRET_KEY_FILE, SecretKey};
pub use sessions::{NewSession, Session, SignedIn};
pub use settings::SettingsUpdate;
pub use setup::{NewSetupLink, Setup, SetupLink};
pub use sign_in_provider::{
    Admission, GroupRole, ProviderSettings, ProviderUpdate, ProviderUser, RoleWord, SignInProvider,
};
pub use store::{CONTROL_DB, FoundStore, Store};
pub use terms::{JwtUpdate, MtlsUpdate, TermsUpdate};
pub use totp::Totp;
pub use tx::Committed;
pub use versions::IfMatch;
pub use webhooks::{
    Attempt, Claimed, Delivery, DeliveryFilter, DeliveryState, Due, NewWebhook, Outcome, Webhook, WebhookRow,
    WebhookUpdate,
};
