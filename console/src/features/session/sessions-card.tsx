/** Where one is signed in; each session can be ended. Owners may look at those of everybody. */
import {
  Badge,
  Box,
  Button,
  Card,
  Group,
  SegmentedControl,
  Stack,
  Text,
  Title,
} from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useMay, useMe } from "../../api/me";
import type { Session } from "../../api/types";
import { ErrorAlert } from "../../ui/error-alert";
import { formatTime } from "../../ui/format";
import { LoadingRows } from "../../ui/loading";
import { Pager } from "../../ui/pager";
import { toastProblem } from "../../ui/toast";
import { endSession, SESSIONS_PER_PAGE, sessionsQuery } from "./account-queries";
import { browserName } from "./browser-name";
import classes from "./sessions-card.module.css";

function SessionRow({ session, withMember }: { session: Session; withMember: boolean }) {
  const queryClient = useQueryClient();
  const end = useMutation({
    mutationFn: () => endSession(session.id),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ["sessions"] }),
    onError: (error) => toastProblem("The session was not ended", error),
  });
  const what = browserName(session.user_agent);
  return (
    <Group component="li" wrap="nowrap" gap="sm" py="sm" data-testid="session">
      <Box flex={1} miw={0}>
        <Group gap="xs">
          <Text fw={500}>{what}</Text>
          {session.current && (
            <Badge variant="default" tt="none">
              This one
            </Badge>
          )}
        </Group>
        <Text size="sm" c="dimmed" className="break-anywhere">
          {withMember && `${session.member_email}, `}
          {session.address ?? "address unknown"}, since {formatTime(session.created_at)}; last used{" "}
          {formatTime(session.last_seen_at)}
        </Text>
      </Box>
      {!session.current && (
        <Button
          size="xs"
          variant="default"
          loading={end.isPending}
          aria-label={`End the session ${session.id}`}
          onClick={() => end.mutate()}
        >
          End
        </Button>
      )}
    </Group>
  );
}

export function SessionsCard() {
  const me = useMe();
  const isOwner = useMay("owner");
  const [whose, setWhose] = useState("mine");
  const [page, setPage] = useState(1);
  const isAll = whose === "all";
  const sessions = useQuery(sessionsQuery(isAll ? null : (me?.id ?? null), page));
  const count = sessions.data?.count ?? 0;
  return (
    <Card
      component="section"
      aria-labelledby="sessions-title"
      withBorder
      padding="lg"
      bg="var(--surface)"
    >
      <Stack gap="sm">
        <Group justify="space-between">
          <Title order={2} size="h4" id="sessions-title">
            Sessions
          </Title>
          {isOwner && (
            <SegmentedControl
              size="xs"
              aria-label="Whose sessions"
              data={[
                { value: "mine", label: "Mine" },
                { value: "all", label: "Of everybody" },
              ]}
              value={whose}
              onChange={(next) => {
                setWhose(next);
                setPage(1);
              }}
            />
          )}
        </Group>
        {sessions.isPending && <LoadingRows rows={2} />}
        {sessions.error && (
          <ErrorAlert
            title="The sessions could not be loaded"
            error={sessions.error}
            onRetry={() => sessions.refetch()}
          />
        )}
        <ul className={classes.list} aria-label="Sessions">
          {sessions.data?.data.map((session) => (
            <SessionRow key={session.id} session={session} withMember={isAll} />
          ))}
        </ul>
        {count > SESSIONS_PER_PAGE && (
          <Pager page={page} perPage={SESSIONS_PER_PAGE} count={count} onPage={setPage} />
        )}
      </Stack>
    </Card>
  );
}
