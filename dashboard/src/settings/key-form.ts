import type { NewKey } from "./access-queries.ts";

const dayMs = 86_400_000;

/** The days after which a key may be let end; 0: never. */
export const endsAfterDays = [0, 7, 30, 90, 365] as const;

/** What a person wrote about a new key. */
export interface KeyForm {
  name: string;
  scopes: readonly string[];
  /** Names of functions, with spaces or commas between; `*` is every function. */
  functions: string;
  endsAfterDays: number;
  rateLimit: string;
  executions: string;
  atOnce: string;
}

/** The key that a form asks for; null: it would open nothing. The gateway says what is wrong with names. */
export function keyOf(form: KeyForm, nowMs: number): NewKey | null {
  const called = form.functions.split(/[\s,]+/).filter((one) => one !== "");
  const scopes = [...form.scopes, ...called.map((one) => `invoke:${one}`)];
  if (scopes.length === 0) return null;
  const quotas = {
    ...(form.executions === "" ? {} : { executions: Number(form.executions) }),
    ...(form.atOnce === "" ? {} : { concurrentExecutions: Number(form.atOnce) }),
  };
  return {
    name: form.name,
    scopes,
    ...(form.endsAfterDays === 0
      ? {}
      : { expiresAt: new Date(nowMs + form.endsAfterDays * dayMs).toISOString() }),
    ...(form.rateLimit === "" ? {} : { rateLimit: Number(form.rateLimit) }),
    ...(Object.keys(quotas).length === 0 ? {} : { quotas }),
  };
}
