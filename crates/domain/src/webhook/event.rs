//! What webhooks can be told of.

/// The message that is sent to try a webhook out. It goes to the one that is tried, whatever it asked for.
pub const TEST_EVENT: &str = "webhook.test";

/// Something that webhooks can be told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WebhookEvent {
    /// A profile got a new credential in place of its old one.
    CredentialRefreshed,
    /// A profile was switched off.
    ProfileDisabled,
    /// A gateway does not serve as it should.
    GatewayUnhealthy,
}

impl WebhookEvent {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::CredentialRefreshed, Self::ProfileDisabled, Self::GatewayUnhealthy];

    /// The name in the API and in messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CredentialRefreshed => "credential.refreshed",
            Self::ProfileDisabled => "profile.disabled",
            Self::GatewayUnhealthy => "gateway.unhealthy",
        }
    }

    /// Reads the API's name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.as_str() == text)
    }
}
