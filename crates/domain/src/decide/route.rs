//! Check 7: the path leads to a collection.

use super::recorder::Values;
use crate::denial::Denial;
use crate::directory::Route;

pub(super) fn check(route: Option<&Route>) -> Result<&Route, Denial> {
    route.ok_or(Denial::RouteUnknown)
}

pub(super) fn values(route: Option<&Route>, values: &mut Values) {
    values.add("collection_path", route.map_or("none with this path", |route| route.collection.path().as_str()));
}
