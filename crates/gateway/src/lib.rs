//! The data plane: takes requests, asks domain, forwards or refuses.
//!
//! One single-threaded runtime per worker, each with its own listener (`SO_REUSEPORT`) and its own upstream
//! connections. Workers share the directory (one pointer, swapped by the program), the counters that hang on it, and
//! a bounded queue of usage cells; nothing else.
//!
//! One request, in order: `caller/` reads its head strictly, `facts.rs` says what it is, `domain::decide` judges it,
//! `forward.rs` sends it on with the permit, `respond.rs` makes HTTP of a refusal. `pipeline.rs` shows all of it on
//! one screen. HTTP/1.1 itself is spoken by hyper, behind the seam in `seam.rs`; only `http1_hyper.rs` names it.
//!
//! What happens when something is down: an upstream that cannot be reached costs its own calls a 502, one that is
//! silent a 504; a full usage queue makes the worker keep its counts and try again a second later; a panic costs one
//! request.
//!
//! Logs come from targets that begin with `gateway`. They never hold a credential, a body or a query. The libraries
//! below do not promise that, so the program keeps the targets `hyper`, `hyper_util` and `rustls` switched off.

mod answer;
mod caller;
mod config;
mod facts;
mod forward;
mod handle;
mod headers;
mod http1_hyper;
mod listen;
mod own_answers;
mod pipeline;
mod rate_headers;
mod refusal;
mod request_ids;
mod respond;
mod seam;
mod target;
mod upload;
mod upstream;
mod worker;
mod worker_state;

pub use config::{GatewayConfig, Links, SharedDirectory};
pub use handle::{GatewayHandle, StartError, start};
pub use listen::{BindError, Listeners, bind};
pub use upstream::TlsError;
