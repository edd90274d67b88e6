/** Settings > Projects: they group clients and API collections, and confine members and tokens to them. */
import { Button, Stack, Table, Text, VisuallyHidden } from "@mantine/core";
import { IconFolders, IconPlus } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { asApiError } from "../../../api/errors";
import { useMayWorkspace } from "../../../api/me";
import type { Project } from "../../../api/types";
import { ConfirmDialog } from "../../../ui/confirm-dialog";
import { EmptyState } from "../../../ui/empty-state";
import { RoleNote } from "../../../ui/for-role";
import { ListFrame } from "../../../ui/list-frame";
import type { ListSearch } from "../../../ui/list-search";
import { ListTable } from "../../../ui/list-table";
import { SortHeader } from "../../../ui/sort-header";
import { toastDone } from "../../../ui/toast";
import { RowActions } from "../row-actions";
import { SettingsPart } from "../settings-part";
import { deleteProject } from "./changes";
import { ProjectDialog } from "./project-dialog";
import { projectListQuery } from "./queries";

interface ProjectsPageProps {
  search: ListSearch;
  onSearch: (change: Partial<ListSearch>) => void;
}

type OpenDialog =
  | { kind: "none" }
  | { kind: "add" }
  | { kind: "edit" | "delete"; project: Project };

export function ProjectsPage({ search, onSearch }: ProjectsPageProps) {
  const queryClient = useQueryClient();
  const mayChange = useMayWorkspace("admin");
  const [dialog, setDialog] = useState<OpenDialog>({ kind: "none" });
  const close = () => setDialog({ kind: "none" });
  const projects = useQuery(projectListQuery(search));
  const remove = useMutation({
    mutationFn: ({ id }: Project) => deleteProject(id),
    onSuccess: async (_answer, { name }) => {
      close();
      toastDone(`${name} was deleted.`);
      await queryClient.invalidateQueries({ queryKey: ["projects"] });
    },
  });
  const open = (next: OpenDialog) => {
    remove.reset();
    setDialog(next);
  };
  const users = remove.error ? (asApiError(remove.error).fields.in_use_by ?? []) : [];
  return (
    <SettingsPart
      title="Projects"
      needs="viewer"
      lead="A project holds clients and API collections. Members and management tokens can be confined to some projects: nothing else exists for them."
      action={
        mayChange && (
          <Button
            leftSection={<IconPlus size={16} aria-hidden />}
            onClick={() => open({ kind: "add" })}
          >
            Add project
          </Button>
        )
      }
    >
      <RoleNote needs="admin" isOfWorkspace what="the projects" />
      <ListFrame
        noun="projects"
        search={search}
        onSearch={onSearch}
        list={projects}
        empty={
          <EmptyState
            icon={<IconFolders size={40} stroke={1.4} aria-hidden />}
            title="No project here"
          />
        }
      >
        <ListTable
          label="Projects"
          head={
            <>
              <SortHeader
                label="Project"
                field="name"
                sort={search.sort}
                onSort={(sort) => onSearch({ sort, page: 1 })}
              />
              <Table.Th>
                <VisuallyHidden>Actions</VisuallyHidden>
              </Table.Th>
            </>
          }
        >
          {projects.data?.data.map((project) => (
            <Table.Tr key={project.id}>
              <Table.Td>
                <Text fw={600} className="break-anywhere">
                  {project.name}
                </Text>
                {project.description && (
                  <Text size="sm" c="dimmed" className="break-anywhere">
                    {project.description}
                  </Text>
                )}
              </Table.Td>
              <Table.Td>
                {mayChange && (
                  <RowActions
                    name={project.name}
                    onEdit={() => open({ kind: "edit", project })}
                    onDelete={() => open({ kind: "delete", project })}
                  />
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </ListTable>
      </ListFrame>
      <ProjectDialog
        project={dialog.kind === "edit" ? dialog.project : null}
        isOpen={dialog.kind === "add" || dialog.kind === "edit"}
        onClose={close}
      />
      <ConfirmDialog
        isOpen={dialog.kind === "delete"}
        title="Delete the project"
        confirmLabel="Delete project"
        isPending={remove.isPending}
        error={users.length > 0 ? `Still used by ${users.join(", ")}.` : remove.error}
        onConfirm={() => dialog.kind === "delete" && remove.mutate(dialog.project)}
        onClose={close}
      >
        <Stack gap="xs">
          <Text>
            <b className="break-anywhere">{dialog.kind === "delete" && dialog.project.name}</b> can
            be deleted only while no client, API collection, member or token is in it.
          </Text>
        </Stack>
      </ConfirmDialog>
    </SettingsPart>
  );
}
