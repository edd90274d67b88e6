//! The audit log: `/api/activity_logs`.

pub(crate) mod list;
mod view;

pub(crate) use view::ActivityLog;
