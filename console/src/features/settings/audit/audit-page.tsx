/** Settings > Audit log: who changed what, when and from where, with before and after. */
import { Button, Card, Group } from "@mantine/core";
import { IconHistory } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { EmptyState } from "../../../ui/empty-state";
import { ErrorAlert } from "../../../ui/error-alert";
import { LoadingRows } from "../../../ui/loading";
import { SettingsPart } from "../settings-part";
import { AuditFilters } from "./audit-filters";
import classes from "./audit-page.module.css";
import type { AuditSearch } from "./audit-search";
import { EntryRow } from "./entry-row";
import { auditQuery } from "./queries";

interface AuditPageProps {
  search: AuditSearch;
  onSearch: (next: AuditSearch) => void;
}

export function AuditPage({ search, onSearch }: AuditPageProps) {
  const log = useInfiniteQuery(auditQuery(search));
  const entries = log.data?.pages.flatMap(({ data }) => data) ?? [];
  return (
    <SettingsPart
      title="Audit log"
      needs="viewer"
      lead="Every change, who made it and from where. Secrets never stand in it."
    >
      <AuditFilters search={search} onSearch={onSearch} />
      {log.isPending && <LoadingRows />}
      {log.error && (
        <ErrorAlert
          title="The audit log could not be loaded"
          error={log.error}
          onRetry={() => log.refetch()}
        />
      )}
      {log.isSuccess && entries.length === 0 && (
        <EmptyState
          icon={<IconHistory size={40} stroke={1.4} aria-hidden />}
          title="Nothing here"
          action={
            Object.keys(search).length > 0 && (
              <Button variant="default" onClick={() => onSearch({})}>
                Clear the filters
              </Button>
            )
          }
        >
          No change that you may see matches.
        </EmptyState>
      )}
      {entries.length > 0 && (
        <Card withBorder padding={0} bg="var(--surface)">
          <ul className={classes.list} aria-label="Audit log">
            {entries.map((entry) => (
              <EntryRow key={entry.id} entry={entry} />
            ))}
          </ul>
        </Card>
      )}
      {log.hasNextPage && (
        <Group justify="center">
          <Button
            variant="default"
            loading={log.isFetchingNextPage}
            onClick={() => log.fetchNextPage()}
          >
            Older entries
          </Button>
        </Group>
      )}
    </SettingsPart>
  );
}
