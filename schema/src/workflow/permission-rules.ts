import { roleField } from "../roles.ts";
import type { Definition } from "./definition.ts";
import type { Findings } from "./finding.ts";

/** Notes permissions that name nobody: each entry is `group:…`, `role:…`, `user:…` or `key:…`. */
export function checkPermissions({ permissions = {} }: Definition, findings: Findings): void {
  for (const [what, entries] of Object.entries(permissions)) {
    entries?.forEach((entry, i) => {
      const [, kind, name = ""] = /^(group|role|user|key):(\S.*)$/.exec(entry) ?? [];
      const isRole = kind !== "role" || roleField.safeParse(name).success;
      if (kind !== undefined && isRole) return;
      const text = `must be group:NAME, role:NAME, user:NAME or key:NAME, got ${JSON.stringify(entry)}`;
      findings.error(`/permissions/${what}/${i}`, "not_allowed", text);
    });
  }
}
