//! The data plane: takes requests, asks domain, forwards or refuses.
//!
//! One single-threaded runtime per worker, each with its own listener (`SO_REUSEPORT`) and its own upstream
//! connections. Workers share the directory (one pointer, swapped by the program), the counters that hang on it, a
//! bounded queue of usage cells, and the counts of `throttles.rs`, which calls to an upstream do not touch.
//!
//! One request, in order: `caller/` reads its head strictly, `facts.rs` says what it is, `domain::decide` judges it,
//! `forward.rs` sends it on with the permit, `respond.rs` makes HTTP of a refusal. `pipeline.rs` shows all of it on
//! one screen. HTTP/1.1 itself is spoken by hyper, behind the seam in `seam.rs`; only `http1_hyper.rs` names it.
//!
//! What happens when something is down: keys that an issuer does not give are waited for 1 s, calls that the authority of
//! a quota does not lease 250 ms, then the request is decided without; an upstream that cannot be reached costs its own calls a 502, one that is
//! silent a 504; a full usage queue makes the worker keep its counts and try again a second later; a panic costs one
//! request.
//!
//! Logs come from targets that begin with `gateway`. They never hold a credential, a body or a query. The libraries
//! below do not promise that, so the program keeps the targets `hyper`, `hyper_util` and `rustls` switched off.

mod answer;
mod caller;
mod config;
mod cors;
mod explain;
mod facts;
mod forward;
mod handle;
mod headers;
mod http1_hyper;
mod in_flight;
mod journal;
mod judge;
pub mod limits;
mod listen;
mod own_answers;
mod pipeline;
mod rate_headers;
mod recent;
mod refusal;
mod request_ids;
mod respond;
mod seam;
mod target;
mod throttles;
mod upload;
mod upstream;
mod verified;
mod waits;
mod worker;
mod worker_state;

pub use config::{GatewayConfig, KeyAsk, Links, SharedDirectory};
pub use explain::{DescribeFault, Described, DescribedCredential, Explainer};
pub use handle::{GatewayHandle, StartError, start};
pub use listen::{BindError, Listeners, bind};
pub use recent::{RecentRequests, Recorded};
pub use upstream::TlsError;
