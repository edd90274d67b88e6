/** A collection's version. */
import { Badge } from "@mantine/core";

export function VersionBadge({ version }: { version: string }) {
  return (
    <Badge variant="default" tt="none">
      {version}
    </Badge>
  );
}
