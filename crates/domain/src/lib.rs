//! What Portcullis knows and decides: entities, value types, the list of checks, limits and the directory.
//!
//! Pure by rule: no input or output, no async, no clock, no environment, no SQL, no server. Time, randomness and
//! the state of limits are arguments, which is why every rule here can be tested with a table or a model.

pub mod access_policy;
pub mod access_profile;
pub mod access_token;
pub mod api_collection;
pub mod cert_bundle;
pub mod certificate;
pub mod cidr;
pub mod client;
pub mod client_certificate;
pub mod cors;
pub mod decide;
pub mod denial;
pub mod directory;
pub mod endpoint;
pub mod gateway_url;
pub mod ids;
pub mod jwt;
pub mod key_id;
pub mod limits;
pub mod method;
pub mod openapi;
pub mod path;
pub mod permit;
pub mod secret;
pub mod settings;
pub mod source;
pub mod terms;
pub mod text;
pub mod time;
pub mod token;
pub mod upstream;
pub mod usage;
pub mod validation_formula;
pub mod webhook;
pub mod workspace;

pub use ids::{
    CertBundleId, ClientId, CollectionId, CredentialId, EndpointId, ManagementTokenId, MemberId, PolicyId, ProfileId,
    ProjectId, Revision, SessionId, WebhookDeliveryId, WebhookId,
};
