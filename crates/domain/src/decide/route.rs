//! Check 7: the path leads to a collection.

use super::recorder::Values;
use crate::denial::Denial;
use crate::directory::{Directory, Route};

pub(super) fn check(route: Option<&Route>) -> Result<&Route, Denial> {
    route.ok_or(Denial::RouteUnknown)
}

pub(super) fn values(directory: &Directory, route: Option<&Route>, values: &mut Values) {
    let prefix = directory.settings().prefix().as_str();
    if !prefix.is_empty() {
        values.add("prefix", prefix);
    }
    values
        .add("collection_path", route.map_or("none with this host and path", |route| route.collection.path().as_str()));
}
