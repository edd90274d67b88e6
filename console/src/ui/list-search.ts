/** By what a list may be ordered; `-` in front: the other way round. */
const SORTS = ["name", "-name", "created_at", "-created_at"] as const;

export type ListSort = (typeof SORTS)[number];

/** A list's state, kept in the URL: page, rows on a page, search text, order. */
export interface ListSearch {
  page: number;
  per_page: number;
  q: string;
  sort: ListSort;
}

export const PER_PAGE_CHOICES = [10, 25, 50, 100] as const;

export const FIRST_PAGE: ListSearch = { page: 1, per_page: 25, q: "", sort: "name" };

/** Reads the state out of a URL that anybody may have written; what is as usual is left out of it. */
export function readListSearch(search: Record<string, unknown>): Partial<ListSearch> {
  const page = Number(search.page);
  const perPage = Number(search.per_page);
  const q = search.q == null ? "" : String(search.q);
  const sort = SORTS.find((known) => known === search.sort);
  return {
    ...(Number.isInteger(page) && page > 1 && { page }),
    ...(perPage !== FIRST_PAGE.per_page &&
      PER_PAGE_CHOICES.some((choice) => choice === perPage) && { per_page: perPage }),
    ...(q !== "" && { q }),
    ...(sort !== undefined && sort !== FIRST_PAGE.sort && { sort }),
  };
}

/** The state as the API's query, and nothing else that a page keeps beside it; an empty search text is none. */
export function toQuery({ page, per_page, sort, q }: ListSearch) {
  return { page, per_page, sort, ...(q !== "" && { q }) };
}
