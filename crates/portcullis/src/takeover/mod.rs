//! `serve --takeover`: a new process takes over from the running one without a failed request.
//!
//! In steps, over the running one's control socket:
//! 1. the new process asks; the old one hands it copies of the directory's lock and of every listening socket;
//! 2. the new one prepares everything and says that it is ready; the old one goes on as if nothing was;
//! 3. the old one pauses (no new connections; open ones end with their next answer) and gives its rate windows;
//! 4. the new one serves on the same sockets, in which whoever came meanwhile waits, and says so;
//! 5. the old one confirms, drains and ends. Until then each change holds in both before it is answered (`link.rs`), and
//!    what the old one counted is added to the new one's counts.
//!
//! If either process fails before step 5 the old one goes on as before: it still has its sockets.

mod frames;
mod link;
mod new;
mod old;
mod usage_report;

pub(crate) use link::{Duties, Neighbour};
pub(crate) use new::ask;
pub(crate) use old::{Departure, Files, Ready, offer};

use tokio::net::UnixStream;

/// Version of what the two processes say to each other. Raised when an older process would misunderstand.
pub(crate) const PROTOCOL: u32 = 1;

/// A process that wants to take over.
#[derive(Debug)]
pub(crate) struct Asked {
    /// Its connection, on which it waits for the answer to its request.
    pub(crate) stream: UnixStream,
    /// What it speaks.
    pub(crate) protocol: u32,
}
