//! What every list takes: page, rows of a page, search, order.

use crate::wire::{PageNumber, PerPage, SearchText, request};
use store::{Page, PageQuery, Sort};

request! {
    /// Which part of a list.
    pub(crate) struct Listing {
        /// The page, from 1.
        page: PageNumber;
        /// Rows of a page: 1 to 100, default 100.
        per_page: PerPage;
        /// Only rows whose name contains this, case aside.
        q: SearchText;
        /// The order: a field, with `-` in front for descending. Default: order of creation.
        sort: Sort;
    }
}

request! {
    /// No fields at all.
    pub(crate) struct Nothing {}
}

/// A page of a list that is in memory.
pub(crate) fn part_of<T>(query: &PageQuery, all: Vec<T>) -> Page<T> {
    let total = i64::try_from(all.len()).unwrap_or(i64::MAX);
    let rows = usize::try_from(query.per_page).unwrap_or(usize::MAX);
    let before = usize::try_from(query.page.saturating_sub(1)).unwrap_or(usize::MAX).saturating_mul(rows);
    Page { items: all.into_iter().skip(before).take(rows).collect(), total }
}

impl Listing {
    /// What to ask of the store.
    pub(crate) fn page_query(self) -> PageQuery {
        let default = PageQuery::default();
        PageQuery {
            page: self.page.value().map_or(default.page, |page| page.0),
            per_page: self.per_page.value().map_or(default.per_page, |rows| rows.0),
            q: self.q.value().map(|text| text.0).filter(|text| !text.is_empty()),
            sort: self.sort.value().unwrap_or(default.sort),
        }
    }
}
