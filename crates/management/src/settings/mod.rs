//! Settings of the workspace: `/api/settings`.

pub(crate) mod get;
pub(crate) mod oidc;
pub(crate) mod update;
mod view;

pub(crate) use update::SettingsChange;
pub(crate) use view::SettingsView;
