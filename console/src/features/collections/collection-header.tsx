/** The head of a collection's page: name, version, URL, slider, and what can be done with the whole collection. */
import { Box, Button, Group, Menu, Stack, Text, Title } from "@mantine/core";
import { IconDots, IconDownload, IconTrash, IconUpload } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useMay } from "../../api/me";
import type { Collection } from "../../api/types";
import { CopyButton } from "../../ui/copy-button";
import { EnabledSwitch } from "../../ui/enabled-switch";
import { AnchorLink } from "../../ui/links";
import { toastDone, toastProblem } from "../../ui/toast";
import { enableCollection } from "./changes";
import { DeleteCollectionDialog } from "./delete-dialog";
import { ImportDialog } from "./import-dialog";
import { VersionBadge } from "./version-badge";

interface CollectionHeaderProps {
  collection: Collection;
  onDeleted: () => void;
}

export function CollectionHeader({ collection, onDeleted }: CollectionHeaderProps) {
  const queryClient = useQueryClient();
  const mayChange = useMay("admin");
  const [open, setOpen] = useState<"none" | "import" | "delete">("none");
  const { id, name, version, url, path } = collection;
  const toggle = useMutation({
    mutationFn: (enable: boolean) => enableCollection(id, enable),
    onSuccess: async (_answer, enable) => {
      toastDone(
        enable ? "Enabled: its active endpoints can be called." : "Disabled: its calls get 404.",
      );
      await queryClient.invalidateQueries({ queryKey: ["collections"] });
    },
    onError: (error) => toastProblem(`${name} ${version} was not changed`, error),
  });
  return (
    <Stack gap="sm">
      <AnchorLink to="/collections" size="sm" w="fit-content">
        All API collections
      </AnchorLink>
      <Group justify="space-between" align="flex-start" gap="md">
        <Box miw={0} flex="1 1 18rem">
          <Group gap="xs">
            <Title order={1} size="h2" className="break-anywhere">
              {name}
            </Title>
            <VersionBadge version={version} />
          </Group>
          {collection.description && (
            <Text
              c="dimmed"
              lineClamp={4}
              className="break-anywhere"
              style={{ whiteSpace: "pre-line" }}
            >
              {collection.description}
            </Text>
          )}
          <Group gap="xs" mt={6}>
            <Text size="sm" className="break-anywhere" miw={0} data-testid="collection-url">
              {url}
            </Text>
            <CopyButton value={url} size="compact-xs" name="Copy URL" />
          </Group>
        </Box>
        <Group gap="sm">
          <EnabledSwitch
            of={`${name} ${version}`}
            checked={collection.enabled}
            isPending={toggle.isPending}
            onToggle={toggle.mutate}
            withLabel
          />
          <Button
            component="a"
            href={`/api/api_collections/${id}/openapi.json`}
            download={`${path}.openapi.json`}
            variant="default"
            leftSection={<IconDownload size={16} aria-hidden />}
          >
            Download OpenAPI
          </Button>
          {mayChange && (
            <Menu position="bottom-end" width={230} shadow="md">
              <Menu.Target>
                <Button variant="default" px="xs" aria-label={`More about ${name} ${version}`}>
                  <IconDots size={18} aria-hidden />
                </Button>
              </Menu.Target>
              <Menu.Dropdown>
                <Menu.Item
                  leftSection={<IconUpload size={16} aria-hidden />}
                  onClick={() => setOpen("import")}
                >
                  Import OpenAPI
                </Menu.Item>
                <Menu.Item
                  leftSection={<IconTrash size={16} aria-hidden />}
                  onClick={() => setOpen("delete")}
                >
                  Delete
                </Menu.Item>
              </Menu.Dropdown>
            </Menu>
          )}
        </Group>
      </Group>
      <ImportDialog
        collection={collection}
        isOpen={open === "import"}
        onClose={() => setOpen("none")}
      />
      <DeleteCollectionDialog
        collection={collection}
        isOpen={open === "delete"}
        onClose={() => setOpen("none")}
        onDeleted={onDeleted}
      />
    </Stack>
  );
}
