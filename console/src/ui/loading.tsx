/** Skeletons in the shape of what is to come; a screen reader hears "Loading". */
import { Card, Skeleton, Stack, VisuallyHidden } from "@mantine/core";

interface LoadingProps {
  rows?: number;
  height?: number;
}

function places(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `place-${index}`);
}

export function LoadingRows({ rows = 6, height = 52 }: LoadingProps) {
  return (
    <Stack gap="xs" aria-busy>
      <VisuallyHidden role="status">Loading</VisuallyHidden>
      {places(rows).map((place) => (
        <Skeleton key={place} height={height} radius="md" />
      ))}
    </Stack>
  );
}

export function LoadingCards({ rows = 2, height = 220 }: LoadingProps) {
  return (
    <Stack gap="md" aria-busy>
      <VisuallyHidden role="status">Loading</VisuallyHidden>
      {places(rows).map((place) => (
        <Card key={place} withBorder padding="lg">
          <Skeleton height={20} width="40%" mb="md" />
          <Skeleton height={height - 60} />
        </Card>
      ))}
    </Stack>
  );
}
