import type { Input } from "@pulse/schema/endpoint";
import { createKey, listKeys, revokeKey } from "@pulse/schema/wire/auth";
import { changeUser, createUser, deleteUser, listUsers } from "@pulse/schema/wire/people";
import { createProject, deleteProject, listProjects } from "@pulse/schema/wire/projects";
import { deleteSecret, listSecrets, putSecret } from "@pulse/schema/wire/secrets";
import { queryOptions } from "@tanstack/solid-query";
import { api } from "../session/client.ts";
import { everyItem } from "../session/every-item.ts";
import { follow, writeWith } from "../session/live.ts";
import { queryClient } from "../session/query-client.ts";

const within = () => AbortSignal.timeout(30_000);
const again = (key: "keys" | "secrets" | "users" | "projects") =>
  queryClient.invalidateQueries({ queryKey: [key] });

// What changed is not told, for not everybody may know it: each reader asks for what they may see.
writeWith("settings", (told) => {
  for (const one of told) {
    if (typeof one === "object" && one !== null && "of" in one)
      void queryClient.invalidateQueries({ queryKey: [one.of] });
  }
});

export type NewKey = Input<(typeof createKey)["body"]>;
export type NewUser = Input<(typeof createUser)["body"]>;
export type UserChange = Input<(typeof changeUser)["body"]>;

/** The keys that one may see, newest first. */
export const keysQuery = () =>
  queryOptions({
    queryKey: ["keys"],
    queryFn: ({ signal }) => everyItem((query) => api.call(listKeys, { query, signal })),
    ...follow("settings"),
  });

/** Makes a key; returns it, the only time. */
export async function makeKey(body: NewKey): Promise<string> {
  const { key } = await api.call(createKey, { body, signal: within() });
  await again("keys");
  return key;
}

/** Ends a key at once. */
export async function endKey(id: string): Promise<void> {
  await api.call(revokeKey, { params: { id }, signal: within() });
  await again("keys");
}

/** The project's secrets, by name. */
export const secretsQuery = () =>
  queryOptions({
    queryKey: ["secrets"],
    queryFn: ({ signal }) => everyItem((query) => api.call(listSecrets, { query, signal })),
    ...follow("settings"),
  });

/** Sets a secret, or its next version. */
export async function setSecret(name: string, value: string): Promise<void> {
  await api.call(putSecret, { params: { name }, body: { value }, signal: within() });
  await again("secrets");
}

/** Deletes a secret. */
export async function removeSecret(name: string): Promise<void> {
  await api.call(deleteSecret, { params: { name }, signal: within() });
  await again("secrets");
}

/** People, by username. */
export const usersQuery = () =>
  queryOptions({
    queryKey: ["users"],
    queryFn: ({ signal }) => everyItem((query) => api.call(listUsers, { query, signal })),
    ...follow("settings"),
  });

/** Adds a person who signs in by password. */
export async function addUser(body: NewUser): Promise<void> {
  await api.call(createUser, { body, signal: within() });
  await again("users");
}

/** Changes a person. */
export async function setUser(name: string, body: UserChange): Promise<void> {
  await api.call(changeUser, { params: { name }, body, signal: within() });
  await again("users");
}

/** Deletes a person; their keys and sessions end. */
export async function removeUser(name: string): Promise<void> {
  await api.call(deleteUser, { params: { name }, signal: within() });
  await again("users");
}

/** The projects that one may use. */
export const projectsQuery = () =>
  queryOptions({
    queryKey: ["projects"],
    queryFn: ({ signal }) => api.call(listProjects, { signal }),
  });

/** Makes a project. */
export async function addProject(name: string): Promise<void> {
  await api.call(createProject, { body: { name }, signal: within() });
  await again("projects");
}

/** Deletes a project in which nothing works any more. */
export async function removeProject(name: string): Promise<void> {
  await api.call(deleteProject, { params: { name }, signal: within() });
  await again("projects");
}
