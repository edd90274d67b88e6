//! Certificate bundles: authorities that terms refer to.

use crate::actor::Actor;
use crate::audit::Event;
use crate::changes::ChangeKind;
use crate::dialect::DbConnection;
use crate::error::{FaultKind, Faults, StoreError};
use crate::page::{ListSql, Page, PageQuery, list_sql};
use crate::row::{name, stored};
use crate::store::Store;
use crate::tx::Committed;
use domain::CertBundleId;
use domain::cert_bundle::CertBundle;
use domain::certificate::Authorities;
use domain::text::Name;
use domain::time::Timestamp;
use serde_json::{Value, json};

/// The columns of [`BundleRecord`] but for the counts.
macro_rules! bundle_columns {
    () => {
        "t.id, t.name, t.pem, t.created_at, t.updated_at"
    };
}
/// Profiles whose effective terms name the bundle, and clients that name it in default terms.
macro_rules! bundle_counts {
    () => {
        "(select count(x.profile_id) from terms x join terms_cert_bundles l on l.terms_id = x.id \
            where l.bundle_id = t.id) \
         + (select count(*) from terms x join terms_cert_bundles l on l.terms_id = x.id \
            join access_profiles p on p.client_id = x.client_id \
            where l.bundle_id = t.id and not exists (select 1 from terms o where o.profile_id = p.id)) \
            as profiles_count, \
         (select count(x.client_id) from terms x join terms_cert_bundles l on l.terms_id = x.id \
            where l.bundle_id = t.id) as clients_count"
    };
}

const LIST_BUNDLES: ListSql = list_sql! {
    page: "from cert_bundles t where (cast($3 as text) is null or t.name_folded like $3 escape '\\')",
    rows: concat!(
        "select page.total, ", bundle_columns!(), ", ", bundle_counts!(),
        " from page join cert_bundles t on t.id = page.id"
    ),
    name: "t.name_folded",
    created_at: "t.created_at",
    updated_at: "t.updated_at",
};
const FIND_BUNDLE: &str =
    concat!("select ", bundle_columns!(), ", ", bundle_counts!(), " from cert_bundles t where t.id = $1");
const LOAD_BUNDLE: &str = concat!(
    "select ",
    bundle_columns!(),
    ", cast(0 as bigint) as profiles_count, cast(0 as bigint) as clients_count \
     from cert_bundles t where (cast($1 as bigint) is null or t.id = $1) order by t.id"
);
const INSERT_BUNDLE: &str = "insert into cert_bundles (name, name_folded, pem, created_at, updated_at) \
     values ($1, $2, $3, $4, $4) returning id";
const UPDATE_BUNDLE: &str =
    "update cert_bundles set name = $2, name_folded = $3, pem = $4, updated_at = $5 where id = $1";
const DELETE_BUNDLE: &str = "delete from cert_bundles where id = $1";
const COUNT_BUNDLES: &str = "select count(*) from cert_bundles";
const BUNDLE_NAME_TAKEN: &str = "select count(*) from cert_bundles where name_folded = $1 and id <> $2";
const BUNDLE_USERS: &str = "select name from (\
     select c.name as name from terms x join terms_cert_bundles l on l.terms_id = x.id \
     join clients c on c.id = x.client_id where l.bundle_id = $1 \
     union all select c.name || ' / ' || p.name from terms x join terms_cert_bundles l on l.terms_id = x.id \
     join access_profiles p on p.id = x.profile_id join clients c on c.id = p.client_id where l.bundle_id = $1\
     ) users order by name limit 20";

/// A bundle with how much it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertBundleRow {
    /// The bundle.
    pub bundle: CertBundle,
    /// Profiles whose effective terms name it, whether or not they ask for certificates now.
    pub profiles_count: i64,
    /// Clients that name it in their default terms.
    pub clients_count: i64,
}

/// A bundle to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCertBundle {
    /// Its name.
    pub name: Name,
    /// Its authorities.
    pub authorities: Authorities,
}

/// What to change; `None` leaves a field as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CertBundleUpdate {
    /// New name.
    pub name: Option<Name>,
    /// New authorities, in place of all former ones.
    pub authorities: Option<Authorities>,
}

impl Store {
    /// A page of bundles.
    pub async fn list_cert_bundles(&self, query: &PageQuery) -> Result<Page<CertBundleRow>, StoreError> {
        let page = self.fetch_page::<BundleRecord>(&LIST_BUNDLES, query, |_| Ok(()));
        page.await?.try_map(BundleRecord::into_row)
    }

    /// One bundle.
    pub async fn get_cert_bundle(&self, id: CertBundleId) -> Result<CertBundleRow, StoreError> {
        let mut db = self.reader().await?;
        get_bundle(&mut db, id).await
    }

    /// One bundle as gateways need it.
    pub async fn load_cert_bundle(&self, id: CertBundleId) -> Result<Option<CertBundle>, StoreError> {
        let mut db = self.reader().await?;
        Ok(load_cert_bundles(&mut db, Some(id)).await?.pop())
    }

    /// Makes a bundle; there are at most 50.
    pub async fn create_cert_bundle(
        &self,
        actor: &Actor,
        now: Timestamp,
        new: NewCertBundle,
    ) -> Result<Committed<CertBundleRow>, StoreError> {
        let mut tx = self.begin(actor, now).await?;
        let mut faults = Faults::default();
        check_name(tx.db(), &new.name, 0, &mut faults).await?;
        let present: i64 = sqlx::query_scalar(COUNT_BUNDLES).fetch_one(tx.db()).await?;
        if present >= CertBundle::MAX_PER_WORKSPACE {
            let message = format!("a workspace has at most {} certificate bundles", CertBundle::MAX_PER_WORKSPACE);
            faults.add("pem", FaultKind::Missing, message);
        }
        faults.check()?;
        let CertBundleId(id) = insert_bundle(tx.db(), &new, now).await?;
        let row = get_bundle(tx.db(), CertBundleId(id)).await?;
        tx.changed(ChangeKind::CertBundle, id);
        let event = Event::new("cert_bundle.created", id, new.name.as_str()).after(state(&row.bundle));
        tx.commit(event, row).await
    }

    /// Changes a bundle; it acts on all terms that name it.
    pub async fn update_cert_bundle(
        &self,
        actor: &Actor,
        now: Timestamp,
        id: CertBundleId,
        update: CertBundleUpdate,
    ) -> Result<Committed<CertBundleRow>, StoreError> {
        let mut tx = self.begin(actor, now).await?;
        let before = get_bundle(tx.db(), id).await?.bundle;
        let name = update.name.unwrap_or_else(|| before.name.clone());
        let authorities = update.authorities.unwrap_or_else(|| before.authorities.clone());
        let mut faults = Faults::default();
        check_name(tx.db(), &name, id.0, &mut faults).await?;
        faults.check()?;
        write_bundle(tx.db(), id, &NewCertBundle { name, authorities }, now).await?;
        let row = get_bundle(tx.db(), id).await?;
        tx.changed(ChangeKind::CertBundle, id.0);
        let event = Event::new("cert_bundle.updated", id.0, row.bundle.name.as_str())
            .before(state(&before))
            .after(state(&row.bundle));
        tx.commit(event, row).await
    }

    /// Deletes a bundle that no terms name; otherwise the error names up to 20 users.
    pub async fn delete_cert_bundle(
        &self,
        actor: &Actor,
        now: Timestamp,
        id: CertBundleId,
    ) -> Result<Committed<()>, StoreError> {
        let mut tx = self.begin(actor, now).await?;
        let before = get_bundle(tx.db(), id).await?.bundle;
        let users: Vec<String> = sqlx::query_scalar(BUNDLE_USERS).bind(id.0).fetch_all(tx.db()).await?;
        if !users.is_empty() {
            return Err(StoreError::InUse { what: "certificate bundle", users });
        }
        remove_bundle(tx.db(), id).await?;
        tx.changed(ChangeKind::CertBundle, id.0);
        let event = Event::new("cert_bundle.deleted", id.0, before.name.as_str()).before(state(&before));
        tx.commit(event, ()).await
    }
}

/// Stores a bundle.
pub(crate) async fn insert_bundle(
    db: &mut DbConnection,
    new: &NewCertBundle,
    now: Timestamp,
) -> Result<CertBundleId, StoreError> {
    let id: i64 = sqlx::query_scalar(INSERT_BUNDLE)
        .bind(new.name.as_str())
        .bind(new.name.folded())
        .bind(new.authorities.to_pem())
        .bind(now.0)
        .fetch_one(db)
        .await?;
    Ok(CertBundleId(id))
}

/// Gives a bundle new contents.
pub(crate) async fn write_bundle(
    db: &mut DbConnection,
    id: CertBundleId,
    wanted: &NewCertBundle,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(UPDATE_BUNDLE)
        .bind(id.0)
        .bind(wanted.name.as_str())
        .bind(wanted.name.folded())
        .bind(wanted.authorities.to_pem())
        .bind(now.0)
        .execute(db)
        .await?;
    Ok(())
}

/// Removes a bundle that no terms name.
pub(crate) async fn remove_bundle(db: &mut DbConnection, id: CertBundleId) -> Result<(), StoreError> {
    sqlx::query(DELETE_BUNDLE).bind(id.0).execute(db).await?;
    Ok(())
}

/// All bundles, or one, without counts.
pub(crate) async fn load_cert_bundles(
    db: &mut DbConnection,
    id: Option<CertBundleId>,
) -> Result<Vec<CertBundle>, StoreError> {
    let records: Vec<BundleRecord> = sqlx::query_as(LOAD_BUNDLE).bind(id.map(|id| id.0)).fetch_all(db).await?;
    records.into_iter().map(|record| Ok(record.into_row()?.bundle)).collect()
}

async fn get_bundle(db: &mut DbConnection, id: CertBundleId) -> Result<CertBundleRow, StoreError> {
    let record: Option<BundleRecord> = sqlx::query_as(FIND_BUNDLE).bind(id.0).fetch_optional(db).await?;
    record.ok_or(StoreError::NotFound { what: "certificate bundle" })?.into_row()
}

async fn check_name(db: &mut DbConnection, name: &Name, own_id: i64, faults: &mut Faults) -> Result<(), StoreError> {
    let taken: i64 = sqlx::query_scalar(BUNDLE_NAME_TAKEN).bind(name.folded()).bind(own_id).fetch_one(db).await?;
    if taken > 0 {
        faults.taken("name");
    }
    Ok(())
}

/// As the audit log shows it: whom it trusts, not the text of the certificates.
fn state(bundle: &CertBundle) -> Value {
    let certificates: Vec<_> = bundle
        .authorities
        .iter()
        .map(|authority| json!({ "subject": authority.facts.subject, "fingerprint": authority.facts.fingerprint }))
        .collect();
    json!({ "name": bundle.name, "certificates": certificates })
}

#[derive(sqlx::FromRow)]
struct BundleRecord {
    id: i64,
    name: String,
    pem: String,
    created_at: i64,
    updated_at: i64,
    profiles_count: i64,
    clients_count: i64,
}

impl BundleRecord {
    fn into_row(self) -> Result<CertBundleRow, StoreError> {
        let first = |faults: Vec<domain::certificate::AuthorityFault>| faults.first().map(ToString::to_string);
        let authorities = Authorities::parse(&self.pem).map_err(|faults| first(faults).unwrap_or_default());
        let bundle = CertBundle {
            id: CertBundleId(self.id),
            name: name(&self.name)?,
            authorities: stored("cert_bundles.pem", authorities)?,
            created_at: Timestamp(self.created_at),
            updated_at: Timestamp(self.updated_at),
        };
        Ok(CertBundleRow { bundle, profiles_count: self.profiles_count, clients_count: self.clients_count })
    }
}
