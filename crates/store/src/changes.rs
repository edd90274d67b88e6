//! The change feed: which objects each revision touched. Gateways read it to follow without loading everything.

use crate::dialect::{BEGIN_SNAPSHOT, DbConnection};
use crate::error::StoreError;
use crate::row::known;
use crate::store::{Store, current_revision};
use domain::Revision;
use sqlx::Connection;
use std::collections::BTreeSet;

/// How many revisions back the feed reaches.
const KEPT_REVISIONS: i64 = 10_000;

const INSERT_CHANGE: &str = "insert into changes (revision, kind, object_id) values ($1, $2, $3)";
const DELETE_OLD_CHANGES: &str = "delete from changes where revision <= $1";
const CHANGES_SINCE: &str =
    "select revision, kind, object_id from changes where revision > $1 order by revision, kind, object_id";

/// An object that a revision touched: changed, made or deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// The revision.
    pub revision: Revision,
    /// What sort of object.
    pub kind: ChangeKind,
    /// Its id.
    pub id: i64,
}

/// What sort of object a change touched. A change of an endpoint is one of its collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChangeKind {
    /// A client, with its default terms.
    Client,
    /// An access profile, with its own terms and credentials.
    Profile,
    /// A collection, with its endpoints.
    Collection,
    /// An access policy.
    Policy,
    /// A certificate bundle.
    CertBundle,
    /// The settings of the workspace; there is one object, 1.
    Settings,
    /// The keys for access tokens; there is one object, 1.
    AccessTokenKeys,
}

impl ChangeKind {
    const ALL: [Self; 7] = [
        Self::Client,
        Self::Profile,
        Self::Collection,
        Self::Policy,
        Self::CertBundle,
        Self::Settings,
        Self::AccessTokenKeys,
    ];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Profile => "profile",
            Self::Collection => "collection",
            Self::Policy => "policy",
            Self::CertBundle => "cert_bundle",
            Self::Settings => "settings",
            Self::AccessTokenKeys => "access_token_keys",
        }
    }

    /// The noun of the object in the audit log.
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Profile => "access_profile",
            Self::Collection => "api_collection",
            Self::Policy => "access_policy",
            Self::CertBundle => "cert_bundle",
            Self::Settings => "settings",
            Self::AccessTokenKeys => "access_token_key",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

impl Store {
    /// What was touched after a revision, oldest first. `None` where the feed does not reach back so far, or where
    /// the revision is from the future (the database was put back from a backup): load everything then.
    pub async fn changes_since(&self, revision: Revision) -> Result<Option<Vec<Change>>, StoreError> {
        let mut db = self.reader().await?;
        let mut snapshot = db.begin_with(BEGIN_SNAPSHOT).await?;
        changes_since(&mut snapshot, revision).await
    }
}

/// The same in a transaction.
pub(crate) async fn changes_since(
    snapshot: &mut DbConnection,
    revision: Revision,
) -> Result<Option<Vec<Change>>, StoreError> {
    let current = current_revision(snapshot).await?;
    if revision > current || revision.0 < current.0 - KEPT_REVISIONS {
        return Ok(None);
    }
    let rows: Vec<(i64, String, i64)> = sqlx::query_as(CHANGES_SINCE).bind(revision.0).fetch_all(snapshot).await?;
    let changes = rows.into_iter().map(|(revision, kind, id)| {
        let kind = known("changes.kind", ChangeKind::parse(&kind))?;
        Ok(Change { revision: Revision(revision), kind, id })
    });
    changes.collect::<Result<_, _>>().map(Some)
}

/// Writes what a revision touched and forgets what lies too far back.
pub(crate) async fn record_changes(
    db: &mut DbConnection,
    revision: Revision,
    changes: &BTreeSet<(ChangeKind, i64)>,
) -> Result<(), StoreError> {
    for (kind, id) in changes {
        sqlx::query(INSERT_CHANGE).bind(revision.0).bind(kind.as_str()).bind(id).execute(&mut *db).await?;
    }
    sqlx::query(DELETE_OLD_CHANGES).bind(revision.0 - KEPT_REVISIONS).execute(&mut *db).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actor::Actor;
    use crate::policies::NewPolicy;
    use crate::secret_key::SecretKey;
    use domain::access_policy::{OnStoreFailure, RateInterval, RateLimit};
    use domain::text::Name;
    use domain::time::Timestamp;

    async fn a_change(store: &Store, name: &str) -> Revision {
        let name = Name::parse(name).unwrap();
        let new = NewPolicy {
            name,
            description: None,
            rate_limit: RateLimit::new(1, RateInterval::Second),
            usage_quota: None,
            on_store_failure: OnStoreFailure::default(),
        };
        store.create_policy(&Actor::system("test"), Timestamp(0), new).await.unwrap().revision
    }

    #[tokio::test]
    async fn what_lies_too_far_back_is_forgotten_and_asks_for_a_reload() {
        let folder = tempfile::tempdir().unwrap();
        let key = SecretKey::parse(&"a".repeat(64)).unwrap();
        let store = Store::open(&folder.path().join("control.db"), &key).await.unwrap();
        let first = a_change(&store, "first").await;
        let jump = "update workspace set revision = revision + 9999";
        sqlx::query(jump).execute(&store.writer().unwrap()).await.unwrap();
        let last = a_change(&store, "last").await;
        assert_eq!(last.0 - first.0, KEPT_REVISIONS);

        let seen = store.changes_since(first).await.unwrap().unwrap();
        assert_eq!(seen.iter().map(|change| change.revision).collect::<Vec<_>>(), [last]);
        assert_eq!(store.changes_since(Revision(first.0 - 1)).await.unwrap(), None);
        let left: i64 =
            sqlx::query_scalar("select count(*) from changes").fetch_one(&store.writer().unwrap()).await.unwrap();
        assert_eq!(left, 1);
    }
}
