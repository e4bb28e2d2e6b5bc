import { t } from "../words/words.ts";

/** What the scopes of a key or a person stand for, other than calls of one function. */
export const plainScopes = ["read", "execute", "deploy", "admin", "gateway"] as const;
export type PlainScope = (typeof plainScopes)[number];

/** What a scope opens, in words. */
export function scopeText(scope: string): string {
  const plain = plainScopes.find((one) => one === scope);
  if (plain !== undefined) return t(`access.scope_${plain}`);
  const name = scope.replace(/^invoke:/, "");
  return name === "*" ? t("access.scope_invoke_all") : t("access.scope_invoke", { name });
}

/** The scopes that somebody with these may give a key. */
export function givableScopes(own: readonly string[]): PlainScope[] {
  return plainScopes.filter(
    (one) => own.includes(one) || (one !== "gateway" && (own.includes("admin") || own.includes("gateway"))),
  );
}
