//! Who makes a change: every change names its actor for the audit log.

use crate::idempotency::Once;
use crate::versions::IfMatch;
use std::net::IpAddr;

/// Who makes a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// A person, a token or the program itself.
    pub kind: ActorKind,
    /// Id of the member or token; none for the program.
    pub id: Option<i64>,
    /// E-mail address, token name or command.
    pub name: String,
    /// Where the request came from.
    pub address: Option<IpAddr>,
    /// Under which conditions they make it.
    pub conditions: Conditions,
}

/// Under which conditions a change is made; by default none. Looked at when it is about to be committed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conditions {
    /// Only while the object is in a state that the actor has seen.
    pub if_match: Option<IfMatch>,
    /// Only once, however often it is asked for.
    pub once: Option<Once>,
}

impl Actor {
    /// The program itself, or a command on its machine.
    pub fn system(name: impl Into<String>) -> Self {
        Self { kind: ActorKind::System, id: None, name: name.into(), address: None, conditions: Conditions::default() }
    }
}

/// What sort of actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ActorKind {
    /// A member in the console.
    Member,
    /// A management token.
    Token,
    /// The program or a command on its machine.
    System,
}

impl ActorKind {
    const ALL: [Self; 3] = [Self::Member, Self::Token, Self::System];

    /// The name as stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Token => "token",
            Self::System => "system",
        }
    }

    /// Reads a stored name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}
