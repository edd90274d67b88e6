/** "All projects", or the names of those somebody is confined to. */
import { useQuery } from "@tanstack/react-query";
import { projectsQuery } from "./projects/queries";

export function ProjectsInWords({ ids }: { ids: readonly number[] | null | undefined }) {
  const projects = useQuery(projectsQuery);
  if (ids == null) return "All projects";
  return ids
    .map((id) => projects.data?.find((project) => project.id === id)?.name ?? `Project ${id}`)
    .join(", ");
}
