//! Values that only these settings have.

use crate::wire::{Faults, Json, Schemas, Wire, request, text};
use store::{GroupRole, Role, RoleWord};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

const MAX_CHARS: usize = 255;
const MAX_SCOPES: usize = 20;
const MAX_GROUPS: usize = 200;

/// A text without control characters, of 1 to 255 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PlainText(pub(crate) String);

impl Wire for PlainText {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        let text = String::read(json, faults)?;
        if text.trim().is_empty() {
            faults.bad("", "can't be blank");
            return None;
        }
        if text.chars().count() > MAX_CHARS || text.chars().any(char::is_control) {
            faults.bad("", format!("must be at most {MAX_CHARS} characters, without control characters"));
            return None;
        }
        Some(Self(text))
    }

    fn schema() -> RefOr<Schema> {
        text(1, MAX_CHARS).into()
    }
}

/// What is asked for: names without spaces, at most 20. `openid` is added where it is missing.
#[derive(Debug)]
pub(crate) struct Scopes(pub(crate) Vec<String>);

impl Wire for Scopes {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        let mut scopes: Vec<String> = Vec::<PlainText>::read(json, faults)?.into_iter().map(|text| text.0).collect();
        // RFC 6749, 3.3.
        let is_scope = |scope: &String| scope.bytes().all(|byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e));
        if scopes.len() > MAX_SCOPES || !scopes.iter().all(is_scope) {
            faults.bad("", format!("must be at most {MAX_SCOPES} names, without spaces and quotes"));
            return None;
        }
        if !scopes.iter().any(|scope| scope == "openid") {
            scopes.insert(0, "openid".to_owned());
        }
        Some(Self(scopes))
    }

    fn schema() -> RefOr<Schema> {
        Vec::<PlainText>::schema()
    }
}

request! {
    /// What a group means here.
    pub(crate) struct GroupRoleInput {
        /// The group, as the provider names it.
        group: PlainText, required;
        /// What its users may do.
        role: Role, required;
    }
}

/// What groups mean here: each once, at most 200.
#[derive(Debug)]
pub(crate) struct GroupRoles(pub(crate) Vec<GroupRole>);

impl Wire for GroupRoles {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        let inputs = Vec::<GroupRoleInput>::read(json, faults)?;
        if inputs.len() > MAX_GROUPS {
            faults.bad("", format!("has too many entries (maximum is {MAX_GROUPS})"));
            return None;
        }
        let read = |input: GroupRoleInput| {
            Some(GroupRole { group: input.group.value()?.0, role: RoleWord(input.role.value()?) })
        };
        let roles: Vec<GroupRole> = inputs.into_iter().map(read).collect::<Option<_>>()?;
        let is_repeated = |(at, one): (usize, &GroupRole)| roles.iter().take(at).any(|other| other.group == one.group);
        if roles.iter().enumerate().any(is_repeated) {
            faults.bad("", "names a group more than once");
            return None;
        }
        Some(Self(roles))
    }

    fn schema() -> RefOr<Schema> {
        Vec::<GroupRoleInput>::schema()
    }

    fn collect(schemas: &mut Schemas) {
        Vec::<GroupRoleInput>::collect(schemas);
    }
}
