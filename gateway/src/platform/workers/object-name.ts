import type { PoolScope } from "../../hub.ts";

/** The header in which the Worker tells an object which one it is: an object cannot ask the platform for its own name in an alarm. */
export const nameHeader = "pulse-object";

/** What an object is there for: one pool's work, or what a project has in common. */
export type ObjectRole = ({ kind: "pool" } & PoolScope) | { kind: "control"; project: string };

/** The name of the object that hands out a pool's work; what is of no pool, as a workflow's run is, is its project's. */
export function poolObject({ project, pool }: PoolScope): string {
  return pool === "" ? controlObject(project) : `pool/${project}/${pool}`;
}

/** The name of the object that tells of a project's changes. */
export function controlObject(project: string): string {
  return `control/${project}`;
}

/** What the object of this name is there for, or null for a name that none has. */
export function roleOf(name: string): ObjectRole | null {
  const [kind, project, pool, ...rest] = name.split("/");
  if (!project || rest.length > 0) return null;
  if (kind === "pool") return pool ? { kind, project, pool } : null;
  return kind === "control" && pool === undefined ? { kind, project } : null;
}
