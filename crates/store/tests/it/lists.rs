//! Pages, search and order of lists.

use crate::make::{actor, at, new_client};
use crate::test_store::TestStore;
use store::{ClientFilter, ClientUpdate, PageQuery, Sort};

async fn names(store: &TestStore, query: &PageQuery) -> (Vec<String>, i64) {
    let page = store.list_clients(query, &ClientFilter::default()).await.unwrap();
    let names = page.items.iter().map(|row| row.client.name.as_str().to_owned()).collect();
    (names, page.total)
}

async fn with_clients(store: &TestStore, names: &[&str]) {
    for (second, name) in names.iter().enumerate() {
        let now = at(i64::try_from(second).unwrap());
        store.create_client(&actor(), now, new_client(name), Vec::new()).await.unwrap();
    }
}

fn page(page: u32, per_page: u32) -> PageQuery {
    PageQuery { page, per_page, ..PageQuery::default() }
}

fn found(names: &[&str], total: i64) -> (Vec<String>, i64) {
    (names.iter().map(|&name| name.to_owned()).collect(), total)
}

pub(crate) async fn pages_have_a_total_even_past_the_end(store: TestStore) {
    assert_eq!(names(&store, &page(1, 2)).await, found(&[], 0));
    assert_eq!(names(&store, &page(5, 2)).await, found(&[], 0));
    with_clients(&store, &["A", "B", "C", "D", "E"]).await;
    assert_eq!(names(&store, &page(1, 2)).await, found(&["A", "B"], 5));
    assert_eq!(names(&store, &page(3, 2)).await, found(&["E"], 5));
    assert_eq!(names(&store, &page(4, 2)).await, found(&[], 5));
    assert_eq!(names(&store, &page(u32::MAX, 100)).await, found(&[], 5));
}

pub(crate) async fn search_is_case_blind_and_literal(store: TestStore) {
    with_clients(&store, &["Ärzte 100%", "arzt", "100 percent", "under_score", "back\\slash"]).await;
    let search = async |text: &str| {
        let query = PageQuery { q: Some(text.to_owned()), ..PageQuery::default() };
        names(&store, &query).await.0
    };
    assert_eq!(search("ÄRZT").await, ["Ärzte 100%"]);
    assert_eq!(search("100%").await, ["Ärzte 100%"]);
    assert_eq!(search("100").await, ["Ärzte 100%", "100 percent"]);
    assert_eq!(search("r_s").await, ["under_score"]);
    assert_eq!(search("\\").await, ["back\\slash"]);
    assert_eq!(search("' or 1=1 --").await, [""; 0]);
    assert_eq!(search(" ").await.len(), 5);
}

pub(crate) async fn sorting_goes_both_ways_with_ids_for_ties(store: TestStore) {
    with_clients(&store, &["b", "A", "c"]).await;
    let changed = store.list_clients(&page(1, 1), &ClientFilter::default()).await.unwrap().items[0].client.id;
    let touch = ClientUpdate { enabled: Some(true), ..ClientUpdate::default() };
    store.update_client(&actor(), at(9), changed, touch).await.unwrap();
    let sorted = async |text: &str| {
        let query = PageQuery { sort: Sort::parse(text).unwrap(), ..PageQuery::default() };
        names(&store, &query).await.0
    };
    assert_eq!(sorted("id").await, ["b", "A", "c"]);
    assert_eq!(sorted("-id").await, ["c", "A", "b"]);
    assert_eq!(sorted("name").await, ["A", "b", "c"]);
    assert_eq!(sorted("-name").await, ["c", "b", "A"]);
    assert_eq!(sorted("created_at").await, ["b", "A", "c"]);
    assert_eq!(sorted("-created_at").await, ["c", "A", "b"]);
    assert_eq!(sorted("updated_at").await, ["A", "c", "b"]);
    assert_eq!(sorted("-updated_at").await, ["b", "c", "A"]);
}
