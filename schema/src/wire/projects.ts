import * as z from "zod";
import { endpoint } from "../endpoint.ts";
import { roles } from "../roles.ts";
import { listOf, nameField, timeField } from "./fields.ts";

const projectView = z.object({
  name: z.string(),
  /** What the caller is there; null for a key, which has scopes. */
  role: z.enum(roles).nullable(),
  /** Null: `default`, which is always there. */
  createdAt: timeField.nullable(),
});

export const listProjects = endpoint({
  method: "GET",
  path: "/v1/projects",
  tag: "projects",
  summary: "The projects that the caller may use",
  scope: "session",
  answer: listOf(projectView),
  statuses: [200],
});

export const createProject = endpoint({
  method: "POST",
  path: "/v1/projects",
  creates: true,
  tag: "projects",
  summary: "Make a project; everything in it is apart from other projects",
  scope: "gateway",
  body: z.strictObject({ name: nameField }),
  answer: projectView,
  statuses: [201],
  audit: { action: "project.create", body: ["name"] },
});

export const deleteProject = endpoint({
  method: "DELETE",
  path: "/v1/projects/:name",
  tag: "projects",
  summary:
    "Delete a project in which nothing works any more (functions, workflows, schedules, webhooks, channels, runners); its keys end, its secrets and settings go with it, its history is forgotten in time",
  scope: "gateway",
  params: z.object({ name: nameField }),
  statuses: [204],
  audit: { action: "project.delete" },
});
