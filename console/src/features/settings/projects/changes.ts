/** What the projects' screen changes. */
import { api, send } from "../../../api/client";
import type { NewProject, ProjectChange } from "../../../api/types";

export function createProject(body: NewProject) {
  return send(api.POST("/api/projects", { body }));
}

export function changeProject(id: number, body: ProjectChange) {
  return send(api.PUT("/api/projects/{id}", { params: { path: { id } }, body }));
}

export function deleteProject(id: number) {
  return send(api.DELETE("/api/projects/{id}", { params: { path: { id } } }));
}
