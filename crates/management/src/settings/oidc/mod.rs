//! Where members sign in besides here: `/api/settings/oidc`. For owners: it says who becomes one.

pub(crate) mod delete;
pub(crate) mod get;
pub(crate) mod update;
mod values;
mod view;

pub(crate) use values::{GroupRoles, PlainText, Scopes};
pub(crate) use view::OidcSettings;
