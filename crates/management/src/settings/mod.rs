//! Settings of the workspace: `/api/settings`.

pub(crate) mod get;
pub(crate) mod update;
mod view;

pub(crate) use view::SettingsView;
