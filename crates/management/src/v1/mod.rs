//! The older API: clients without terms, and access profiles that have their own. The same rows and ids as in the
//! second version.

pub(crate) mod access_profiles;
pub(crate) mod clients;
