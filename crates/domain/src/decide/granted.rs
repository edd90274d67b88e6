//! Check 8: the profile's terms include the collection.

use crate::denial::Denial;
use crate::directory::Route;
use crate::terms::Terms;

pub(super) fn check<'t>(terms: Option<&'t Terms>, route: &Route) -> Result<&'t Terms, Denial> {
    terms.filter(|terms| terms.grants(route.collection.id())).ok_or(Denial::CollectionNotGranted)
}
