//! Which projects a caller sees. A [`Store`] handle carries a [`Scope`]: every read and every change that goes through it
//! stays within, so that no operation has to filter by itself, and none can forget to.
//!
//! What is not seen is `NotFound`, and a reference to it is to something unknown. Lists filter inside their statement:
//! its last value is [`Scope::list`], `null` where everything is seen.

use crate::dialect::DbConnection;
use crate::error::StoreError;
use crate::projects::DEFAULT_PROJECT;
use crate::store::Store;
use crate::tx::Tx;
use domain::{ClientId, CollectionId, EndpointId, ProfileId, ProjectId};
use std::sync::Arc;

const PROJECT_OF_CLIENT: &str = "select project_id from clients where id = $1";
const PROJECT_OF_COLLECTION: &str = "select project_id from api_collections where id = $1";
const PROJECT_OF_PROFILE: &str = "select c.project_id from access_profiles p join clients c on c.id = p.client_id \
     where p.id = $1";
const PROJECT_OF_ENDPOINT: &str = "select ac.project_id from endpoints e join api_collections ac \
     on ac.id = e.collection_id where e.id = $1";
const PROJECT: &str = "select id from projects where id = $1";

/// The condition of a statement that a column is one of the projects that are seen; the parameter is [`Scope::list`]. The
/// list is compared with the few projects, once, and not with each row.
macro_rules! in_scope {
    ($list:literal, $project:literal) => {
        concat!(
            "(cast(",
            $list,
            " as text) is null or ",
            $project,
            " in (select s.id from projects s where ",
            $list,
            " like '%,' || cast(s.id as text) || ',%'))"
        )
    };
}
/// The condition that a column is a client of one of the projects that are seen.
macro_rules! client_in_scope {
    ($list:literal, $client:literal) => {
        concat!(
            "(cast(",
            $list,
            " as text) is null or ",
            $client,
            " in (select sc.id from clients sc join projects s on s.id = sc.project_id where ",
            $list,
            " like '%,' || cast(s.id as text) || ',%'))"
        )
    };
}
/// The condition that a column is a collection of one of the projects that are seen.
macro_rules! collection_in_scope {
    ($list:literal, $collection:literal) => {
        concat!(
            "(cast(",
            $list,
            " as text) is null or ",
            $collection,
            " in (select sc.id from api_collections sc join projects s on s.id = sc.project_id where ",
            $list,
            " like '%,' || cast(s.id as text) || ',%'))"
        )
    };
}
pub(crate) use {client_in_scope, collection_in_scope, in_scope};

/// The projects that are seen.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Scope {
    /// All, and what belongs to the workspace.
    #[default]
    All,
    /// These, in order of their ids. None of them: nothing.
    Only(Arc<[ProjectId]>),
}

impl Scope {
    /// These projects only.
    pub fn only(ids: impl IntoIterator<Item = ProjectId>) -> Self {
        let mut ids: Vec<_> = ids.into_iter().collect();
        ids.sort_unstable();
        ids.dedup();
        Self::Only(ids.into())
    }

    /// Whether everything is seen.
    pub fn is_all(&self) -> bool {
        matches!(self, Self::All)
    }

    /// Whether a project is seen.
    pub fn sees(&self, id: ProjectId) -> bool {
        match self {
            Self::All => true,
            Self::Only(ids) => ids.contains(&id),
        }
    }

    /// The projects by id; `None`: all.
    pub fn ids(&self) -> Option<&[ProjectId]> {
        match self {
            Self::All => None,
            Self::Only(ids) => Some(ids),
        }
    }

    /// The project of what is made without naming one: the default one, or the first that is seen.
    pub fn home(&self) -> ProjectId {
        let first = self.ids().and_then(|ids| ids.first().copied());
        if self.sees(DEFAULT_PROJECT) { DEFAULT_PROJECT } else { first.unwrap_or(DEFAULT_PROJECT) }
    }

    /// What both see.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::All, scope) | (scope, Self::All) => scope.clone(),
            (Self::Only(ids), other) => Self::only(ids.iter().copied().filter(|id| other.sees(*id))),
        }
    }

    /// Whether everything that this sees is seen by the other.
    pub fn is_within(&self, other: &Self) -> bool {
        match (self, other) {
            (_, Self::All) => true,
            (Self::All, Self::Only(_)) => false,
            (Self::Only(ids), other) => ids.iter().all(|id| other.sees(*id)),
        }
    }

    /// The value for statements: `,1,7,`; `None` where everything is seen. Statements compare it by `in_scope!`.
    pub(crate) fn list(&self) -> Option<String> {
        let ids = self.ids()?;
        let mut list = String::from(",");
        for id in ids {
            list.push_str(&id.0.to_string());
            list.push(',');
        }
        Some(list)
    }
}

impl Store {
    /// The same store, of which these projects only are seen and changed. A handle that is confined already stays within
    /// its own projects too.
    #[must_use]
    pub fn within(&self, scope: &Scope) -> Self {
        self.with_scope(self.scope().and(scope))
    }

    /// `NotFound` for a client of another project.
    pub(crate) async fn sees_client(&self, db: &mut DbConnection, id: ClientId) -> Result<(), StoreError> {
        self.sees(db, PROJECT_OF_CLIENT, id.0, "client").await
    }

    /// `NotFound` for a collection of another project.
    pub(crate) async fn sees_collection(&self, db: &mut DbConnection, id: CollectionId) -> Result<(), StoreError> {
        self.sees(db, PROJECT_OF_COLLECTION, id.0, "API collection").await
    }

    /// `NotFound` for a profile of another project's client.
    pub(crate) async fn sees_profile(&self, db: &mut DbConnection, id: ProfileId) -> Result<(), StoreError> {
        self.sees(db, PROJECT_OF_PROFILE, id.0, "access profile").await
    }

    /// `NotFound` for an endpoint of another project's collection.
    pub(crate) async fn sees_endpoint(&self, db: &mut DbConnection, id: EndpointId) -> Result<(), StoreError> {
        self.sees(db, PROJECT_OF_ENDPOINT, id.0, "endpoint").await
    }

    /// `NotFound` for another project.
    pub(crate) fn sees_project(&self, id: ProjectId) -> Result<(), StoreError> {
        if self.scope().sees(id) { Ok(()) } else { Err(StoreError::NotFound { what: "project" }) }
    }

    async fn sees(
        &self,
        db: &mut DbConnection,
        text: &'static str,
        id: i64,
        what: &'static str,
    ) -> Result<(), StoreError> {
        if self.scope().is_all() {
            return Ok(());
        }
        find_seen(self.scope(), db, text, id).await?.map(|_| ()).ok_or(StoreError::NotFound { what })
    }
}

/// In a change: each is called before anything is read of the object. `NotFound` for what is not there or not seen; else
/// the audit entry of the change gets the project.
impl Tx<'_> {
    pub(crate) async fn sees_client(&mut self, id: ClientId) -> Result<(), StoreError> {
        self.sees(PROJECT_OF_CLIENT, id.0, "client").await
    }

    pub(crate) async fn sees_collection(&mut self, id: CollectionId) -> Result<(), StoreError> {
        self.sees(PROJECT_OF_COLLECTION, id.0, "API collection").await
    }

    pub(crate) async fn sees_profile(&mut self, id: ProfileId) -> Result<(), StoreError> {
        self.sees(PROJECT_OF_PROFILE, id.0, "access profile").await
    }

    pub(crate) async fn sees_endpoint(&mut self, id: EndpointId) -> Result<(), StoreError> {
        self.sees(PROJECT_OF_ENDPOINT, id.0, "endpoint").await
    }

    async fn sees(&mut self, text: &'static str, id: i64, what: &'static str) -> Result<(), StoreError> {
        let scope = self.scope().clone();
        let project = find_seen(&scope, self.db(), text, id).await?.ok_or(StoreError::NotFound { what })?;
        self.in_project(project);
        Ok(())
    }
}

/// Whether there is such a project and it is seen.
pub(crate) async fn sees_project(scope: &Scope, db: &mut DbConnection, id: ProjectId) -> Result<bool, StoreError> {
    Ok(find_seen(scope, db, PROJECT, id.0).await?.is_some())
}

/// Whether there is such a collection and it is seen.
pub(crate) async fn sees_collection(
    scope: &Scope,
    db: &mut DbConnection,
    id: CollectionId,
) -> Result<bool, StoreError> {
    Ok(find_seen(scope, db, PROJECT_OF_COLLECTION, id.0).await?.is_some())
}

async fn find_seen(
    scope: &Scope,
    db: &mut DbConnection,
    text: &'static str,
    id: i64,
) -> Result<Option<ProjectId>, StoreError> {
    let found: Option<i64> = sqlx::query_scalar(text).bind(id).fetch_optional(db).await?;
    Ok(found.map(ProjectId).filter(|project| scope.sees(*project)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(ids: &[i64]) -> Scope {
        Scope::only(ids.iter().copied().map(ProjectId))
    }

    #[test]
    fn a_confined_scope_never_widens() {
        assert_eq!(Scope::All.and(&only(&[2, 1])), only(&[1, 2]));
        assert_eq!(only(&[1, 2]).and(&Scope::All), only(&[1, 2]));
        assert_eq!(only(&[1, 2]).and(&only(&[2, 3])), only(&[2]));
        assert_eq!(only(&[1]).and(&only(&[2])), only(&[]));
        assert!(!only(&[]).sees(ProjectId(1)));
        assert!(only(&[2]).is_within(&only(&[1, 2])) && !Scope::All.is_within(&only(&[1])));
        assert!(!only(&[3]).is_within(&only(&[1, 2])) && only(&[3]).is_within(&Scope::All));
    }

    #[test]
    fn what_names_no_project_goes_to_the_default_one_or_the_first_that_is_seen() {
        assert_eq!(Scope::All.home(), DEFAULT_PROJECT);
        assert_eq!(only(&[7, 1]).home(), DEFAULT_PROJECT);
        assert_eq!(only(&[9, 7]).home(), ProjectId(7));
    }

    #[test]
    fn the_list_for_statements_has_a_comma_on_both_sides_of_each_id() {
        assert_eq!(Scope::All.list(), None);
        assert_eq!(only(&[]).list().as_deref(), Some(","));
        assert_eq!(only(&[7, 1]).list().as_deref(), Some(",1,7,"));
    }
}
