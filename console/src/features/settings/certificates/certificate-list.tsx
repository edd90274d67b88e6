/** The certificates of a bundle: whose they are, until when they are valid, and what tells them from others. */
import { Box, Group, Stack, Text } from "@mantine/core";
import type { Certificate } from "../../../api/types";
import { CopyButton } from "../../../ui/copy-button";
import { formatDay, plural } from "../../../ui/format";
import { StateBadge } from "./state-badge";

interface CertificateListProps {
  /** What they are, as in "In this bundle". */
  title: string;
  certificates: readonly Certificate[];
}

/** "5e:0e:1c:..." as other tools write it. */
function colons(fingerprint: string): string {
  return (fingerprint.match(/../g) ?? []).join(":");
}

export function CertificateList({ title, certificates }: CertificateListProps) {
  return (
    <div>
      <Text size="sm" fw={500} mb={6}>
        {title}: {plural(certificates.length, "certificate")}
      </Text>
      <Stack component="ul" gap="xs" m={0} p={0} style={{ listStyle: "none" }}>
        {certificates.map((one) => (
          <Box
            component="li"
            key={one.fingerprint}
            p="sm"
            style={{
              border: "1px solid var(--mantine-color-default-border)",
              borderRadius: "var(--mantine-radius-md)",
            }}
          >
            <Group justify="space-between" gap="xs" align="flex-start">
              <Text size="sm" fw={600} className="break-anywhere" flex="1 1 12rem" miw={0}>
                {one.subject || "No subject"}
              </Text>
              <StateBadge state={one.state} expiresAt={one.expires_at} />
            </Group>
            <Text size="xs" c="dimmed" className="break-anywhere">
              {one.issuer === one.subject ? "Issued by itself" : `Issued by ${one.issuer}`}; valid
              from {formatDay(one.valid_from)}; serial number {one.serial}
            </Text>
            <Text size="xs" c="dimmed" ff="monospace" mt={4} className="break-anywhere">
              SHA-256 {colons(one.fingerprint)}
            </Text>
            <Group mt={6}>
              <CopyButton
                size="compact-xs"
                value={colons(one.fingerprint)}
                label="Copy fingerprint"
                name={`Copy fingerprint of ${one.subject || "the certificate"}`}
              />
            </Group>
          </Box>
        ))}
      </Stack>
    </div>
  );
}
