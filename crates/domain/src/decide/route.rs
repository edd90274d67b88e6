//! Check 7: the path leads to a collection.

use crate::denial::Denial;
use crate::directory::Route;

pub(super) fn check(route: Option<&Route>) -> Result<&Route, Denial> {
    route.ok_or(Denial::RouteUnknown)
}
