//! Why an attempt to forward a request failed.

use crate::seam::SendFault;
use crate::upstream::ConnectFault;
use domain::denial::Denial;

/// What an attempt failed with.
pub(super) enum Fault {
    /// The upstream has as many requests in flight as it may have.
    Full,
    /// No address is fit to be called.
    Unfit,
    Connect(ConnectFault),
    Send(SendFault),
    Timeout,
}

impl Fault {
    pub(super) fn denial(&self) -> Denial {
        match self {
            Self::Full | Self::Unfit => Denial::UpstreamUnhealthy,
            Self::Connect(ConnectFault::Timeout) | Self::Timeout => Denial::UpstreamTimeout,
            Self::Connect(_) => Denial::UpstreamRefused,
            Self::Send(_) => Denial::UpstreamReset,
        }
    }

    /// For the log.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Full => "as many requests in flight as there may be".to_owned(),
            Self::Unfit => "every address is set aside or found down".to_owned(),
            Self::Connect(fault) => fault.to_string(),
            Self::Send(SendFault::Unsent | SendFault::Broken) => "the connection broke".to_owned(),
            Self::Send(SendFault::BadAnswer) => "a malformed answer".to_owned(),
            Self::Timeout => "no answer in time".to_owned(),
        }
    }
}
