//! Why a sign-in at the provider failed: a word for the browser, a sentence for the log. Nothing that the provider or the
//! browser said is in either.

use outbound::FetchError;

/// Why it failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum OidcFault {
    /// Nothing is set up, or it is switched off.
    #[error("sign-in at a provider is switched off")]
    Disabled,
    /// No cookie of ours, or too old, or of another sign-in.
    #[error("the browser came back without the cookie that it was sent with, too late, or with another state")]
    Expired,
    /// The provider sent an error instead of a code.
    #[error("the provider sent the browser back without a code")]
    Refused,
    /// Too many sign-ins at once.
    #[error("too many sign-ins at once")]
    Busy,
    /// An address could not be fetched.
    #[error("the {what} could not be fetched: {fault}")]
    Fetch {
        /// Which document.
        what: &'static str,
        /// Why.
        fault: FetchError,
    },
    /// It was not answered with 200.
    #[error("the {what} was answered with status {status}")]
    Status {
        /// Which document.
        what: &'static str,
        /// The status.
        status: u16,
    },
    /// Its answer is not what it must be.
    #[error("{0}")]
    Invalid(&'static str),
    /// The ID token is not good.
    #[error("the ID token is refused: {0}")]
    Token(domain::jwt::TokenFault),
    /// No group gives a role.
    #[error("no group of the user gives a role, and there is no default one")]
    NoRole,
    /// A user that was never here has no verified address.
    #[error("the provider names no verified e-mail address of the user")]
    NoEmail,
    /// The member is switched off.
    #[error("the member is switched off")]
    MemberDisabled,
}

impl OidcFault {
    /// The word in the address of the sign-in page.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Disabled | Self::MemberDisabled => "disabled",
            Self::Expired => "expired",
            Self::Refused => "refused",
            Self::Busy | Self::Fetch { .. } | Self::Status { .. } => "unreachable",
            Self::Invalid(_) | Self::Token(_) => "invalid",
            Self::NoRole => "no_role",
            Self::NoEmail => "no_email",
        }
    }
}
