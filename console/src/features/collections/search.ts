/** What a collection's page keeps in its URL: the tab, and the state of the tab's list. */
import { FIRST_PAGE, type ListSearch, readListSearch } from "../../ui/list-search";

export const COLLECTION_TABS = ["endpoints", "clients", "settings"] as const;
type CollectionTab = (typeof COLLECTION_TABS)[number];

export interface CollectionSearch extends ListSearch {
  tab: CollectionTab;
}

export const FIRST_COLLECTION_SEARCH: CollectionSearch = { ...FIRST_PAGE, tab: "endpoints" };

/** Reads it out of a URL that anybody may have written; what is as usual is left out of it. */
export function readCollectionSearch(search: Record<string, unknown>): Partial<CollectionSearch> {
  const tab = COLLECTION_TABS.find((known) => known === search.tab);
  return { ...(tab !== undefined && tab !== "endpoints" && { tab }), ...readListSearch(search) };
}
