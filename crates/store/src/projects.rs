//! Projects: what separates which clients and collections members see. One is made with the database.

use crate::actor::Actor;
use crate::audit::Event;
use crate::dialect::DbConnection;
use crate::error::{FaultKind, Faults, StoreError};
use crate::page::{ListSql, Page, PageQuery, list_sql};
use crate::row::{description, name};
use crate::scope::in_scope;
use crate::scope::sees_project;
use crate::store::Store;
use crate::tx::{Committed, Tx};
use domain::ProjectId;
use domain::text::{Description, Name};
use domain::time::Timestamp;
use serde_json::{Value, json};
use sqlx::Arguments;

/// The project made with the database. It cannot be deleted.
pub const DEFAULT_PROJECT: ProjectId = ProjectId(1);

const LIST_PROJECTS: ListSql = list_sql! {
    page: concat!(
        "from projects t where (cast($3 as text) is null or t.name_folded like $3 escape '\\') and ",
        in_scope!("$4", "t.id")
    ),
    rows: "select page.total, t.id, t.name, t.description, t.created_at, t.updated_at \
        from page join projects t on t.id = page.id",
    name: "t.name_folded",
    created_at: "t.created_at",
    updated_at: "t.updated_at",
};
const FIND_PROJECT: &str = "select id, name, description, created_at, updated_at from projects where id = $1";
const LOAD_PROJECTS: &str = "select id, name, description, created_at, updated_at from projects order by id";
const INSERT_PROJECT: &str = "insert into projects (name, name_folded, description, created_at, updated_at) \
     values ($1, $2, $3, $4, $4) returning id";
const UPDATE_PROJECT: &str =
    "update projects set name = $2, name_folded = $3, description = $4, updated_at = $5 where id = $1";
const DELETE_PROJECT: &str = "delete from projects where id = $1";
const PROJECT_NAME_TAKEN: &str = "select count(*) from projects where name_folded = $1 and id <> $2";
const PROJECT_USERS: &str = "select name from (\
     select 'client ' || name as name from clients where project_id = $1 \
     union all select 'collection ' || name || ' ' || version from api_collections where project_id = $1 \
     union all select 'member ' || m.email from member_projects mp join members m on m.id = mp.member_id \
        where mp.project_id = $1 \
     union all select 'management token ' || k.name from management_token_projects kp \
        join management_tokens k on k.id = kp.token_id where kp.project_id = $1\
     ) users order by name limit 20";

/// A project as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// Its id.
    pub id: ProjectId,
    /// Unique in the workspace, case aside.
    pub name: Name,
    /// Optional free text.
    pub description: Option<Description>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// A project to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewProject {
    /// Its name.
    pub name: Name,
    /// Optional free text.
    pub description: Option<Description>,
}

/// What to change; `None` leaves a field as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProjectUpdate {
    /// New name.
    pub name: Option<Name>,
    /// New description; `Some(None)` clears it.
    pub description: Option<Option<Description>>,
}

impl Store {
    /// A page of projects.
    pub async fn list_projects(&self, query: &PageQuery) -> Result<Page<Project>, StoreError> {
        let page = self.fetch_page::<ProjectRecord>(&LIST_PROJECTS, query, |values| values.add(self.scope().list()));
        page.await?.try_map(ProjectRecord::into_project)
    }

    /// One project.
    pub async fn get_project(&self, id: ProjectId) -> Result<Project, StoreError> {
        let mut db = self.reader().await?;
        self.sees_project(id)?;
        get_project(&mut db, id).await
    }

    /// Makes a project.
    pub async fn create_project(
        &self,
        actor: &Actor,
        now: Timestamp,
        new: NewProject,
    ) -> Result<Committed<Project>, StoreError> {
        let mut tx = self.begin(actor, now).await?;
        check_name(tx.db(), &new.name, 0).await?;
        let id = insert_project(tx.db(), &new, now).await?;
        let project = get_project(tx.db(), id).await?;
        tx.in_project(project.id);
        let event = Event::new("project.created", id.0, project.name.as_str()).after(state(&project));
        tx.commit(event, project).await
    }

    /// Changes a project.
    pub async fn update_project(
        &self,
        actor: &Actor,
        now: Timestamp,
        id: ProjectId,
        update: ProjectUpdate,
    ) -> Result<Committed<Project>, StoreError> {
        self.sees_project(id)?;
        let mut tx = self.begin(actor, now).await?;
        let before = get_project(tx.db(), id).await?;
        let wanted = NewProject {
            name: update.name.unwrap_or_else(|| before.name.clone()),
            description: update.description.unwrap_or_else(|| before.description.clone()),
        };
        check_name(tx.db(), &wanted.name, id.0).await?;
        write_project(tx.db(), id, &wanted, now).await?;
        let after = get_project(tx.db(), id).await?;
        tx.in_project(id);
        let event =
            Event::new("project.updated", id.0, after.name.as_str()).before(state(&before)).after(state(&after));
        tx.commit(event, after).await
    }

    /// Deletes a project that nothing is in.
    pub async fn delete_project(
        &self,
        actor: &Actor,
        now: Timestamp,
        id: ProjectId,
    ) -> Result<Committed<()>, StoreError> {
        self.sees_project(id)?;
        let mut tx = self.begin(actor, now).await?;
        let before = get_project(tx.db(), id).await?;
        if id == DEFAULT_PROJECT {
            return Err(StoreError::fault(
                "id",
                FaultKind::Conflict,
                "is the default project, which cannot be deleted",
            ));
        }
        remove_project(tx.db(), id).await?;
        let event = Event::new("project.deleted", id.0, before.name.as_str()).before(state(&before));
        tx.commit(event, ()).await
    }
}

/// All projects, by id.
pub(crate) async fn load_projects(db: &mut DbConnection) -> Result<Vec<Project>, StoreError> {
    let records: Vec<ProjectRecord> = sqlx::query_as(LOAD_PROJECTS).fetch_all(db).await?;
    records.into_iter().map(ProjectRecord::into_project).collect()
}

/// Stores a project.
pub(crate) async fn insert_project(
    db: &mut DbConnection,
    new: &NewProject,
    now: Timestamp,
) -> Result<ProjectId, StoreError> {
    let id: i64 = sqlx::query_scalar(INSERT_PROJECT)
        .bind(new.name.as_str())
        .bind(new.name.folded())
        .bind(new.description.as_ref().map(Description::as_str))
        .bind(now.0)
        .fetch_one(db)
        .await?;
    Ok(ProjectId(id))
}

/// Gives a project new contents.
pub(crate) async fn write_project(
    db: &mut DbConnection,
    id: ProjectId,
    wanted: &NewProject,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(UPDATE_PROJECT)
        .bind(id.0)
        .bind(wanted.name.as_str())
        .bind(wanted.name.folded())
        .bind(wanted.description.as_ref().map(Description::as_str))
        .bind(now.0)
        .execute(db)
        .await?;
    Ok(())
}

/// Removes a project that nothing is in.
pub(crate) async fn remove_project(db: &mut DbConnection, id: ProjectId) -> Result<(), StoreError> {
    let users: Vec<String> = sqlx::query_scalar(PROJECT_USERS).bind(id.0).fetch_all(&mut *db).await?;
    if !users.is_empty() {
        return Err(StoreError::InUse { what: "project", users });
    }
    sqlx::query(DELETE_PROJECT).bind(id.0).execute(db).await?;
    Ok(())
}

/// Notes a fault at `project_id` if there is no such project, or it is not seen; else the change is in it.
pub(crate) async fn check_project(tx: &mut Tx<'_>, id: ProjectId, faults: &mut Faults) -> Result<(), StoreError> {
    let scope = tx.scope().clone();
    if sees_project(&scope, tx.db(), id).await? {
        tx.in_project(id);
    } else {
        faults.add("project_id", FaultKind::Missing, format!("unknown project {id}"));
    }
    Ok(())
}

async fn get_project(db: &mut DbConnection, id: ProjectId) -> Result<Project, StoreError> {
    let record: Option<ProjectRecord> = sqlx::query_as(FIND_PROJECT).bind(id.0).fetch_optional(db).await?;
    record.ok_or(StoreError::NotFound { what: "project" })?.into_project()
}

async fn check_name(db: &mut DbConnection, name: &Name, own_id: i64) -> Result<(), StoreError> {
    let mut faults = Faults::default();
    let taken: i64 = sqlx::query_scalar(PROJECT_NAME_TAKEN).bind(name.folded()).bind(own_id).fetch_one(db).await?;
    if taken > 0 {
        faults.taken("name");
    }
    faults.check()
}

fn state(project: &Project) -> Value {
    json!({ "name": project.name, "description": project.description })
}

#[derive(sqlx::FromRow)]
struct ProjectRecord {
    id: i64,
    name: String,
    description: Option<String>,
    created_at: i64,
    updated_at: i64,
}

impl ProjectRecord {
    fn into_project(self) -> Result<Project, StoreError> {
        Ok(Project {
            id: ProjectId(self.id),
            name: name(&self.name)?,
            description: description(self.description.as_deref())?,
            created_at: Timestamp(self.created_at),
            updated_at: Timestamp(self.updated_at),
        })
    }
}
