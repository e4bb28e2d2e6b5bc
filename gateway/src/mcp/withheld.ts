import type { Endpoint, Scope } from "@pulse/schema/endpoint";
import * as z from "zod";

/** Scopes whose endpoints agents may be offered; what rules the gateway itself, sessions and sign-in are for people. */
const offered: ReadonlySet<Scope> = new Set(["read", "execute", "deploy", "admin"]);

/** Files of the contract of which no endpoint is a tool, and why. */
const withheldFiles: Readonly<Record<string, string>> = {
  people: "who may do what is decided by people",
  billing: "money is spent by people",
};

/** Single endpoints that are no tools, and why. */
const withheldNames: Readonly<Record<string, string>> = {
  "secrets.putSecret": "a secret's value would pass through the model",
  "secrets.deleteSecret": "what secrets there are is decided by people",
  "audit.changeAuditSettings": "what tells of agents is not theirs to forget",
  "audit.exportAudit": "the whole audit is no answer for a model; audit.listAudit is",
  "retention.changeRetention": "it deletes what cannot be brought back",
  "events.followEvents": "it never ends",
  "workflowRuns.respond": "a workflow asks people, and waits for their word",
};

/** Why an endpoint of the contract is not offered to agents; null: it is. */
export function whyWithheld(name: string, endpoint: Endpoint): string | null {
  if (!offered.has(endpoint.scope)) return `its scope is ${endpoint.scope}`;
  const why = withheldFiles[name.split(".", 1)[0] ?? ""] ?? withheldNames[name];
  if (why !== undefined) return why;
  return answersCredential(endpoint) ? "its answer has a credential in it" : null;
}

/** A credential that is shown once is shown to a person, not to a model and whoever keeps what it was told. */
function answersCredential({ answer }: Endpoint): boolean {
  if (!(answer instanceof z.ZodObject)) return false;
  return ["secret", "token", "key", "password"].some((field) => field in answer.shape);
}
