/** What every list has around its table: search, loading, failure, nothing there, nothing found, pages. */
import { Button, Card, Stack } from "@mantine/core";
import type { ReactNode } from "react";
import { EmptyState } from "./empty-state";
import { ErrorAlert } from "./error-alert";
import type { ListSearch } from "./list-search";
import { LoadingRows } from "./loading";
import { Pager } from "./pager";
import { SearchBox } from "./search-box";

interface ListFrameProps {
  /** Plural noun in lower case: "clients". */
  noun: string;
  search: ListSearch;
  onSearch: (change: Partial<ListSearch>) => void;
  list: {
    isPending: boolean;
    isSuccess: boolean;
    error: unknown;
    refetch: () => unknown;
    data?: { count: number } | undefined;
  };
  /** Shown while there is not a single one: says what to do next. */
  empty: ReactNode;
  /** The table. */
  children: ReactNode;
}

/** True when the list is empty, and not for want of a match. */
export function isEmptyList(list: ListFrameProps["list"], search: ListSearch): boolean {
  return list.isSuccess && list.data?.count === 0 && search.q === "";
}

export function ListFrame({ noun, search, onSearch, list, empty, children }: ListFrameProps) {
  const count = list.data?.count ?? 0;
  if (isEmptyList(list, search)) return empty;
  return (
    <Stack gap="lg">
      <SearchBox
        label={`Search ${noun}`}
        value={search.q}
        onSearch={(q) => onSearch({ q, page: 1 })}
      />
      {list.isPending && <LoadingRows />}
      {list.error != null && (
        <ErrorAlert
          title={`The ${noun} could not be loaded`}
          error={list.error}
          onRetry={list.refetch}
        />
      )}
      {list.isSuccess && count === 0 && (
        <EmptyState
          title={`None of the ${noun} matches "${search.q}"`}
          action={
            <Button variant="default" onClick={() => onSearch({ q: "", page: 1 })}>
              Clear the search
            </Button>
          }
        />
      )}
      {count > 0 && (
        <>
          <Card withBorder padding={0} bg="var(--surface)">
            {children}
          </Card>
          <Pager
            page={search.page}
            perPage={search.per_page}
            count={count}
            onPage={(page) => onSearch({ page })}
            onPerPage={(per_page) => onSearch({ per_page, page: 1 })}
          />
        </>
      )}
    </Stack>
  );
}
