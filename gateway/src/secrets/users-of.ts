import type { SecretView } from "@pulse/schema/wire/secrets";
import { sql } from "drizzle-orm";
import type { Database } from "../ports.ts";
import { nameSeenBy, projectOf, type Viewer } from "../workflows/seen-by.ts";

type Users = SecretView["usedBy"];

/** By name of a secret, what of a project is given it: functions by what `live` stands for, workflows that somebody sees by the steps of their newest revision. In order of names. */
export async function usersOfSecrets({ orm }: Database, viewer: Viewer): Promise<Map<string, Users>> {
  const project = projectOf(viewer);
  type Row = { name: string; secret: string };
  const [functions, workflows] = await Promise.all([
    // A list of names, or variables with what each is given; a reference to a Vault is none of ours.
    orm.all<Row>(sql`SELECT DISTINCT f.name AS name, s.value AS secret FROM functions f
          JOIN aliases a ON a.function_id = f.id AND a.name = 'live'
          JOIN versions v ON v.id IN (a.version_id, a.canary_id), json_each(v.settings, '$.secrets') s
          WHERE f.project = ${project} ORDER BY f.name`),
    // `secrets` of a step, which is an element of a list however deep.
    orm.all<Row>(sql`SELECT DISTINCT w.name AS name, s.value AS secret FROM workflows w
          JOIN workflow_revisions r ON r.workflow_id = w.id AND r.revision = w.revision,
          json_tree(r.definition) t, json_each(t.value) s
          WHERE w.project = ${project} AND t.key = 'secrets' AND t.type IN ('object', 'array') AND t.path GLOB '*]'
            AND ${nameSeenBy(viewer, sql`w.name`) ?? sql`1`}
          ORDER BY w.name`),
  ]);
  const users = new Map<string, Users>();
  const kinds = [
    ["function", functions],
    ["workflow", workflows],
  ] as const;
  for (const [kind, found] of kinds) {
    for (const row of found) {
      users.set(row.secret, [...(users.get(row.secret) ?? []), { kind, name: row.name }]);
    }
  }
  return users;
}
