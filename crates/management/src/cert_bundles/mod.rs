//! Certificate bundles: `/api/cert_bundles`.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod preview;
pub(crate) mod update;
mod values;
mod view;

pub(crate) use values::PemText;
pub(crate) use view::CertBundleView;
