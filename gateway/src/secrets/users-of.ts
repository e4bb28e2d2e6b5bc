import type { SecretView } from "@pulse/schema/wire/secrets";
import type { Database } from "../ports.ts";

type Users = SecretView["usedBy"];

/** By name of a secret, what of a project is given it: functions by their live version, workflows by the steps of their newest revision. In order of names. */
export async function usersOfSecrets({ client }: Database, project: string): Promise<Map<string, Users>> {
  const [functions, workflows] = await client.batch(
    [
      {
        // A list of names, or variables with what each is given; a reference to a Vault is none of ours.
        sql: `SELECT DISTINCT f.name AS name, s.value AS secret FROM functions f
          JOIN aliases a ON a.function_id = f.id AND a.name = 'live'
          JOIN versions v ON v.id = a.version_id, json_each(v.settings, '$.secrets') s
          WHERE f.project = ? ORDER BY f.name`,
        args: [project],
      },
      {
        // `secrets` of a step, which is an element of a list however deep.
        sql: `SELECT DISTINCT w.name AS name, s.value AS secret FROM workflows w
          JOIN workflow_revisions r ON r.workflow_id = w.id AND r.revision = w.revision,
          json_tree(r.definition) t, json_each(t.value) s
          WHERE w.project = ? AND t.key = 'secrets' AND t.type IN ('object', 'array') AND t.path GLOB '*]'
          ORDER BY w.name`,
        args: [project],
      },
    ],
    "read",
  );
  const users = new Map<string, Users>();
  const kinds = [
    ["function", functions],
    ["workflow", workflows],
  ] as const;
  for (const [kind, found] of kinds) {
    for (const row of found?.rows ?? []) {
      const secret = String(row.secret);
      users.set(secret, [...(users.get(secret) ?? []), { kind, name: String(row.name) }]);
    }
  }
  return users;
}
