import type { GitHost } from "@pulse/schema/git-hosts";
import { ProblemError } from "@pulse/schema/problem";
import { hmacByDefault } from "@pulse/schema/wire/webhooks";
import { payloadOf } from "../webhooks/payload.ts";
import { verify } from "../webhooks/verify/verify.ts";

/** How each host proves that a push is its own. GitLab sends the secret itself. */
const providers = {
  github: "github",
  gitlab: "gitlab-token",
  gitea: "gitea",
  forgejo: "forgejo",
} as const satisfies Record<GitHost, string>;
const toleranceMs = 300_000;
/** A branch that was deleted ends nowhere. */
const nowhere = /^0+$/;

/** What a host told, as far as it concerns sources: the branch that was pushed to; null: something else happened. Throws `invalid_signature`. */
export async function readPush(
  host: GitHost,
  request: Request,
  body: Uint8Array<ArrayBuffer>,
  secret: string,
  now: number,
): Promise<{ branch: string } | null> {
  const provider = providers[host];
  const header = (name: string) => request.headers.get(name);
  await verify({ header, body }, { provider, hmac: hmacByDefault, toleranceMs }, [secret], now);
  const payload = payloadOf(provider, header("content-type"), body);
  if (typeof payload !== "object" || payload === null) {
    throw new ProblemError("bad_request", "the body must be the JSON of a push, or a form with it");
  }
  const ref: unknown = Reflect.get(payload, "ref");
  const after: unknown = Reflect.get(payload, "after");
  const branch = typeof ref === "string" ? /^refs\/heads\/(.+)$/.exec(ref)?.[1] : undefined;
  if (branch === undefined || typeof after !== "string" || nowhere.test(after)) return null;
  return { branch };
}
