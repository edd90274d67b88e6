/** Until when a certificate is valid, in words and colour. */
import { Badge } from "@mantine/core";
import type { CertBundle } from "../../../api/types";
import { formatDay } from "../../../ui/format";

interface StateBadgeProps {
  state: CertBundle["state"];
  expiresAt: string;
}

export function StateBadge({ state, expiresAt }: StateBadgeProps) {
  const day = formatDay(expiresAt);
  if (state === "expired") {
    return (
      <Badge color="red.9" tt="none">
        Expired {day}
      </Badge>
    );
  }
  if (state === "expiring") {
    return (
      <Badge color="orange.9" tt="none">
        Expires {day}
      </Badge>
    );
  }
  return (
    <Badge variant="default" tt="none" fw={500}>
      Valid until {day}
    </Badge>
  );
}
