import { type PushEvent, summaryOf } from "./summary.ts";

interface Context {
  env: Record<string, string | undefined>;
  log: { info(message: string, fields?: Record<string, unknown>): void };
}

/** Answers a push webhook with its summary, a ping with a pong, and leaves other events alone. */
export default async function receive(request: Request, ctx: Context): Promise<Response> {
  const body = await request.text();
  const secret = ctx.env.WEBHOOK_SECRET;
  if (secret && !(await isSigned(body, request.headers.get("x-hub-signature-256"), secret))) {
    return Response.json({ error: "the signature does not match" }, { status: 401 });
  }
  const event = request.headers.get("x-github-event");
  if (event === "ping") return Response.json({ pong: true });
  if (event !== "push") return Response.json({ ignored: event }, { status: 202 });
  let push: unknown;
  try {
    push = JSON.parse(body);
  } catch {
    return Response.json({ error: "the body is not JSON" }, { status: 400 });
  }
  if (!isPush(push)) {
    return Response.json({ error: "a push has ref, repository.full_name and commits" }, { status: 422 });
  }
  const summary = summaryOf(push);
  ctx.log.info("push", { repository: summary.repository, commits: summary.commits });
  return Response.json(summary);
}

/** Web Crypto compares in constant time. */
async function isSigned(body: string, signature: string | null, secret: string): Promise<boolean> {
  const hex = /^sha256=([0-9a-f]{64})$/.exec(signature ?? "")?.[1];
  if (hex === undefined) return false;
  const bytes = new TextEncoder();
  const key = await crypto.subtle.importKey(
    "raw",
    bytes.encode(secret),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["verify"],
  );
  return crypto.subtle.verify("HMAC", key, Uint8Array.from(Buffer.from(hex, "hex")), bytes.encode(body));
}

function isPush(value: unknown): value is PushEvent {
  const push = value as Partial<PushEvent> | null;
  return (
    typeof push?.ref === "string" &&
    typeof push.repository?.full_name === "string" &&
    Array.isArray(push.commits)
  );
}
