/** Explain: why a call was refused, by its request id; or what would become of a request one describes. */
import { Button, Card, Group, SegmentedControl, Stack, TextInput, Title } from "@mantine/core";
import { type FormEvent, useState } from "react";
import type { Explanation } from "../../api/types";
import { PageTitle } from "../../ui/page-title";
import { DescribeForm } from "./describe-form";
import type { ExplainSearch } from "./explain-search";
import { ExplanationView } from "./explanation-view";
import { RecordedView } from "./recorded-view";

interface ExplainPageProps {
  search: ExplainSearch;
  /** Replaces what stands in the URL. */
  onSearch: (search: ExplainSearch) => void;
}

const WAYS = [
  { value: "id", label: "By request id" },
  { value: "description", label: "Describe a request" },
];

function ById({ search, onSearch }: ExplainPageProps) {
  const [typed, setTyped] = useState(search.request_id ?? "");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (typed.trim() !== "") onSearch({ request_id: typed.trim() });
  };
  return (
    <>
      <Card withBorder padding="lg" bg="var(--surface)">
        <form noValidate onSubmit={submit}>
          <Group align="flex-end" gap="sm">
            <TextInput
              label="Request id"
              description="The header X-Request-Id of the answer"
              autoComplete="off"
              spellCheck={false}
              value={typed}
              onChange={(event) => setTyped(event.currentTarget.value)}
              flex="1 1 16rem"
              maw={480}
            />
            <Button type="submit" disabled={typed.trim() === ""}>
              Explain
            </Button>
          </Group>
        </form>
      </Card>
      {search.request_id && <RecordedView requestId={search.request_id} />}
    </>
  );
}

function ByDescription({ search, onSearch }: ExplainPageProps) {
  const [explanation, setExplanation] = useState<Explanation | null>(null);
  return (
    <>
      <Card withBorder padding="lg" bg="var(--surface)" style={{ overflow: "visible" }}>
        <DescribeForm search={search} onSearch={onSearch} onExplained={setExplanation} />
      </Card>
      {explanation && (
        <Card withBorder padding="lg" bg="var(--surface)">
          <Title order={2} size="h4" mb="md">
            What would become of it
          </Title>
          <ExplanationView explanation={explanation} />
        </Card>
      )}
    </>
  );
}

export function ExplainPage({ search, onSearch }: ExplainPageProps) {
  const isDescribed = search.url !== undefined || search.profile !== undefined;
  const [way, setWay] = useState(isDescribed ? "description" : "id");
  return (
    <Stack gap="lg">
      <PageTitle
        title="Logs"
        subtitle="Explain shows which check stops a request, what it compared and what to change. It counts nothing. The log itself comes with a later version."
      />
      <SegmentedControl
        aria-label="What to explain"
        data={WAYS}
        value={way}
        onChange={setWay}
        w={{ base: "100%", xs: "fit-content" }}
      />
      {way === "id" ? (
        <ById search={search} onSearch={onSearch} />
      ) : (
        <ByDescription search={search} onSearch={onSearch} />
      )}
    </Stack>
  );
}
