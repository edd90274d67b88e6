//! The data plane: takes requests, asks domain, forwards or refuses.
//!
//! One single-threaded runtime per worker, each with its own listener (`SO_REUSEPORT`) and its own upstream
//! connections. Workers share the directory (one pointer, swapped by the program), the counters that hang on it, a
//! bounded queue of usage cells, and the counts of `throttles.rs`, which calls to an upstream do not touch.
//!
//! One request, in order: `http1/` or `http2/` reads its head strictly, `facts.rs` says what it is, `domain::decide` judges it,
//! `forward.rs` sends it on with the permit, `respond.rs` makes HTTP of a refusal. `pipeline.rs` shows all of it on
//! one screen. HTTP/1.1 is our own (`http1/`), HTTP/2 the h2 library's (`http2/`, the only place that names it); the seam
//! in `seam.rs` is all that the rest sees of either.
//!
//! What happens when something is down: keys that an issuer does not give are waited for 1 s, calls that the authority of
//! a quota does not lease 250 ms, then the request is decided without; an upstream that cannot be reached costs its own calls a 502, one that is
//! silent a 504; a full usage queue makes the worker keep its counts and try again a second later; a panic costs one
//! request.
//!
//! Logs come from targets that begin with `gateway`. They never hold a credential, a body or a query. The libraries
//! below do not promise that, so the program keeps the targets `h2` and `rustls` switched off.

mod access_log;
mod answer;
mod arrival;
mod config;
mod connection;
mod cors;
mod counts;
mod crowd;
mod explain;
mod facts;
mod forward;
pub mod fuzzing;
mod handle;
mod handshakes;
mod headers;
mod http1;
mod http2;
mod in_flight;
mod journal;
mod judge;
mod lazy_timer;
pub mod limits;
mod listen;
mod overload;
mod own_answers;
mod phase;
mod pipeline;
mod proxy_protocol;
mod rate_headers;
mod recent;
mod refusal;
mod request_ids;
mod respond;
mod seam;
mod target;
mod throttles;
mod tls;
mod tunnel;
mod turn;
mod upload;
mod upstream;
mod upstream_auth;
mod upstream_tokens;
mod verified;
mod waits;
mod wire;
mod worker;
mod worker_state;

pub use access_log::{AccessLogOutput, AccessLogWriter};
pub use config::{GatewayConfig, KeyAsk, Links, SharedDirectory};
pub use counts::{GatewayCounts, WorkerCounts};
pub use explain::{DescribeFault, Described, DescribedCredential, Explainer};
pub use handle::{GatewayHandle, StartError, start};
pub use listen::{BindError, ListenerConfig, Listeners, ListeningSockets, ProxyProtocol, bind};
pub use phase::Cutter;
pub use recent::{RecentRequests, Recorded};
pub use tls::{
    CertificateFiles, Certificates, ClientCertificates, PairError, ServerTls, ServerTlsError, TlsOptions, TlsVersion,
};
pub use upstream::{Count, Resolve, TlsError, UpstreamCounts};
pub use upstream_tokens::{TokenAsk, UpstreamToken, UpstreamTokens};
