//! What somebody is confined to, as sent.

use crate::wire::{Faults, Json, Wire};
use domain::ProjectId;
use store::Scope;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

/// Projects: at least one, at most 100.
#[derive(Debug, Clone)]
pub(crate) struct ProjectIds(Vec<ProjectId>);

impl ProjectIds {
    const MAX: usize = 100;
}

impl Wire for ProjectIds {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        let ids = Vec::<ProjectId>::read(json, faults)?;
        if ids.is_empty() {
            faults.bad("", "can't be empty: null means all projects");
            return None;
        }
        if ids.len() > Self::MAX {
            faults.bad("", format!("has too many entries (maximum is {})", Self::MAX));
            return None;
        }
        Some(Self(ids))
    }

    fn schema() -> RefOr<Schema> {
        Vec::<ProjectId>::schema()
    }
}

/// What these projects let somebody see; none given: everything.
pub(crate) fn scope_of(ids: Option<ProjectIds>) -> Scope {
    ids.map_or(Scope::All, |ids| Scope::only(ids.0))
}
