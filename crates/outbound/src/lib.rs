//! Fetches to addresses that people typed: key sets of issuers, discovery documents, access tokens for upstreams,
//! messages to webhooks, sign-in at providers.
//!
//! Whoever types an address must not learn through us what only we can reach. In steps: the URL is judged (https only,
//! nothing hidden in it); its name is resolved once; every address found is judged; the connection goes to one of the
//! addresses that passed and to no other, so that a name which resolves differently a moment later changes nothing.
//! Private addresses pass only where the owners allowed them. Redirects are not followed, proxies of the environment
//! not used, cookies not kept, compressed answers not unpacked; size and time are bounded.
//!
//! Any task may call at once, on any tokio runtime. Nothing is kept between fetches: each makes its own connection.

mod address;
mod error;
mod fetcher;
mod form;
mod freshness;
mod own_gateway;
mod target;
mod tls;

pub use error::{FetchError, SetupError};
pub use fetcher::{Fetched, Fetcher, FetcherConfig, Limits, Message};
pub use form::Form;
pub use own_gateway::{OwnAnswer, OwnGateway, OwnRequest};
pub use target::{Resolver, Resolving, system_resolver};
