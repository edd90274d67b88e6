//! Check 8: the profile's terms include the collection.

use super::recorder::Values;
use crate::denial::Denial;
use crate::directory::Route;
use crate::terms::Terms;

pub(super) fn check<'t>(terms: Option<&'t Terms>, route: &Route) -> Result<&'t Terms, Denial> {
    terms.filter(|terms| terms.grants(route.collection.id())).ok_or(Denial::CollectionNotGranted)
}

pub(super) fn values(terms: Option<&Terms>, route: &Route, values: &mut Values) {
    values.add("collection_id", route.collection.id());
    values.add_list("granted_collection_ids", terms.iter().flat_map(|terms| &terms.collection_ids), "none");
}
