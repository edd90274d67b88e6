//! Pages of lists: which part, in which order, searched how; and the one way to fetch them.

use crate::dialect::{DbArguments, DbRow};
use crate::error::StoreError;
use crate::store::Store;
use sqlx::error::BoxDynError;
use sqlx::{Arguments, FromRow, Row};

/// Which part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageQuery {
    /// From 1.
    pub page: u32,
    /// Rows of a page.
    pub per_page: u32,
    /// Only rows whose name contains this, case aside.
    pub q: Option<String>,
    /// In which order.
    pub sort: Sort,
}

impl Default for PageQuery {
    fn default() -> Self {
        Self { page: 1, per_page: 100, q: None, sort: Sort::default() }
    }
}

/// In which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sort {
    /// By what.
    pub field: SortField,
    /// Last first.
    pub descending: bool,
}

impl Sort {
    /// Reads `name`, `-created_at` and the like.
    pub fn parse(text: &str) -> Option<Self> {
        let (name, descending) = match text.strip_prefix('-') {
            Some(name) => (name, true),
            None => (text, false),
        };
        let field = SortField::ALL.into_iter().find(|field| field.as_str() == name)?;
        Some(Self { field, descending })
    }
}

/// What lists are sorted by. Equal ones follow their ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SortField {
    /// Order of creation.
    #[default]
    Id,
    /// Name, case aside.
    Name,
    /// Time of creation.
    CreatedAt,
    /// Time of the last change.
    UpdatedAt,
}

impl SortField {
    /// All fields.
    pub const ALL: [Self; 4] = [Self::Id, Self::Name, Self::CreatedAt, Self::UpdatedAt];

    /// The name in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Name => "name",
            Self::CreatedAt => "created_at",
            Self::UpdatedAt => "updated_at",
        }
    }
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// How many rows there are on all pages.
    pub total: i64,
}

impl<T> Page<T> {
    /// The same page with each row changed; the first error ends it.
    pub fn try_map<U, E>(self, change: impl FnMut(T) -> Result<U, E>) -> Result<Page<U>, E> {
        let items = self.items.into_iter().map(change).collect::<Result<_, _>>()?;
        Ok(Page { items, total: self.total })
    }
}

/// One list statement in each order that it can have, as [`list_sql`] writes it.
pub(crate) struct ListSql {
    pub(crate) id: [&'static str; 2],
    pub(crate) name: [&'static str; 2],
    pub(crate) created_at: [&'static str; 2],
    pub(crate) updated_at: [&'static str; 2],
}

impl ListSql {
    fn text(&self, sort: Sort) -> &'static str {
        let [ascending, descending] = match sort.field {
            SortField::Id => self.id,
            SortField::Name => self.name,
            SortField::CreatedAt => self.created_at,
            SortField::UpdatedAt => self.updated_at,
        };
        if sort.descending { descending } else { ascending }
    }
}

/// A list statement: `page` selects ids and their total from a table called `t`, with `$1` rows of a page, `$2` rows
/// before it and `$3` the search pattern; `rows` then reads what is shown, from `page` joined to `t` again, so that
/// counts are made for one page only. The total is counted apart: a window over all rows would have to put all of them in
/// order, while a page by an index ends after its rows.
macro_rules! list_sql {
    (page: $page:expr, rows: $rows:expr, name: $name:literal, created_at: $created:literal,
     updated_at: $updated:literal $(, then: $then:literal)? $(,)?) => {
        $crate::page::ListSql {
            id: [
                $crate::page::list_sql!(@one $page, $rows, "t.id", " asc" $(, $then)?),
                $crate::page::list_sql!(@one $page, $rows, "t.id", " desc" $(, $then)?),
            ],
            name: $crate::page::list_sql!(@both $page, $rows, $name $(, $then)?),
            created_at: $crate::page::list_sql!(@both $page, $rows, $created $(, $then)?),
            updated_at: $crate::page::list_sql!(@both $page, $rows, $updated $(, $then)?),
        }
    };
    (@both $page:expr, $rows:expr, $by:literal $(, $then:literal)?) => {
        [
            $crate::page::list_sql!(@one $page, $rows, $by, " asc, t.id asc" $(, $then)?),
            $crate::page::list_sql!(@one $page, $rows, $by, " desc, t.id desc" $(, $then)?),
        ]
    };
    (@one $page:expr, $rows:expr, $by:literal, $order:literal $(, $then:literal)?) => {
        concat!(
            "with page as (select t.id, (select count(*) ", $page, ") as total ", $page, " order by ", $by, $order,
            " limit $1 offset $2) ", $rows, " order by ", $by, $order $(, ", ", $then)?
        )
    };
}
pub(crate) use list_sql;

/// A row with the number of rows on all pages.
struct Counted<R> {
    total: i64,
    record: R,
}

impl<'r, R: FromRow<'r, DbRow>> FromRow<'r, DbRow> for Counted<R> {
    fn from_row(row: &'r DbRow) -> Result<Self, sqlx::Error> {
        Ok(Self { total: row.try_get("total")?, record: R::from_row(row)? })
    }
}

impl Store {
    /// Fetches a page. `filter` adds the values of `$4` and on.
    pub(crate) async fn fetch_page<R>(
        &self,
        sql: &ListSql,
        query: &PageQuery,
        filter: impl Fn(&mut DbArguments) -> Result<(), BoxDynError> + Send,
    ) -> Result<Page<R>, StoreError>
    where
        R: for<'r> FromRow<'r, DbRow> + Send + Unpin,
    {
        let text = sql.text(query.sort);
        let offset = i64::from(query.page.saturating_sub(1)) * i64::from(query.per_page);
        let mut db = self.reader().await?;
        let values = |limit: i64, offset: i64| -> Result<DbArguments, BoxDynError> {
            let mut values = DbArguments::default();
            values.add(limit)?;
            values.add(offset)?;
            values.add(query.q.as_deref().map(like_pattern))?;
            filter(&mut values)?;
            Ok(values)
        };
        let first = values(i64::from(query.per_page), offset).map_err(sqlx::Error::Encode)?;
        let rows: Vec<Counted<R>> = sqlx::query_as_with(text, first).fetch_all(&mut *db).await?;
        let total = match rows.first() {
            Some(row) => row.total,
            None if offset == 0 => 0,
            None => {
                // Past the last page no row carries the total: ask for the first one.
                let again = values(1, 0).map_err(sqlx::Error::Encode)?;
                let rows: Vec<Counted<R>> = sqlx::query_as_with(text, again).fetch_all(&mut *db).await?;
                rows.first().map_or(0, |row| row.total)
            }
        };
        Ok(Page { items: rows.into_iter().map(|row| row.record).collect(), total })
    }
}

/// `%text%` in lower case, with the pattern's own characters escaped by `\`.
pub(crate) fn like_pattern(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in text.trim().to_lowercase().chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn search_text_means_itself() {
        assert_eq!(like_pattern(" 50%_A\\ "), "%50\\%\\_a\\\\%");
    }

    #[test]
    fn sort_reads_a_field_and_a_direction() {
        assert_eq!(Sort::parse("-created_at"), Some(Sort { field: SortField::CreatedAt, descending: true }));
        assert_eq!(Sort::parse("name"), Some(Sort { field: SortField::Name, descending: false }));
        assert_eq!(Sort::parse("--name"), None);
        assert_eq!(Sort::parse("password"), None);
    }
}
