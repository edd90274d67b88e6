//! The harness of the outside-in tests: it knows Portcullis only by its command line and its two ports.
//!
//! [`TestSystem`] runs the real binary in a temporary folder, [`Upstream`] is a real service behind it that
//! remembers what reached it, [`Api`] speaks to the management API, [`Caller`] calls through the gateway.
//! Everything listens on loopback, everything that waits does so for a level and within a bound.

mod api;
mod caller;
mod cgroup;
mod connection;
mod environment;
pub mod load;
mod mount;
mod plain_upstream;
mod poll;
mod ports;
mod program;
mod system;
pub mod tools;
mod upstream;
mod workspace;

pub use api::{Answer, Api};
pub use caller::Caller;
pub use cgroup::{CpuHold, NotHere};
pub use connection::Connection;
pub use environment::{is_long_run, repository};
pub use mount::{Mount, make_image};
pub use plain_upstream::PlainUpstream;
pub use poll::until;
pub use ports::free_address;
pub use program::{Ended, program, program_named, run_bounded};
pub use system::{Former, Settings, TestSystem};
pub use upstream::{Seen, Upstream};
pub use workspace::{Collection, Profile};
