import { ProblemError } from "@pulse/schema/problem";
import { keptAnswers } from "@pulse/schema/tables";
import { canonicalText } from "@pulse/schema/workflow/canonical";
import { and, eq, inArray, isNull, lte, or, sql } from "drizzle-orm";
import type { Ports } from "../ports.ts";
import { type Envelope, open, seal } from "../secrets/envelope.ts";
import { sha256Hex } from "./encoding.ts";

type OncePorts = Pick<Ports, "database" | "now" | "random" | "masterKeys">;
type Row = typeof keptAnswers.$inferSelect;

/** A request that makes something, with the key that tells it apart from others. */
export interface KeyedRequest {
  project: string;
  /** The call and the credential: keys of others are others. */
  scope: string;
  key: string;
  /** What is asked for, as JSON. */
  asked: unknown;
}

/** A JSON answer. */
interface Answer {
  status: number;
  headers: Record<string, string>;
  body?: unknown;
}

const keptMs = 86_400_000;
/** A request that was begun and never answered may be made again after this. */
const claimMs = 60_000;
const rowsAtOnce = 1000;

/**
 * Answers a request once for its key and day: the same one again is answered as then, with `Idempotent-Replayed`. What was refused may be asked
 * again. Throws `idempotency_mismatch` for another request, `conflict` while the first is being answered, `response_not_kept` where its answer no
 * longer opens, and what `make` throws.
 */
export async function createOnce(
  ports: OncePorts,
  request: KeyedRequest,
  make: () => Promise<Answer>,
): Promise<Answer> {
  const fingerprint = await sha256Hex(new TextEncoder().encode(canonicalText(request.asked)));
  const before = await claim(ports, request, fingerprint);
  if (before !== null) return await again(ports, request, before, fingerprint);
  const { orm } = ports.database;
  const mine = which(request);
  let answer: Answer;
  try {
    answer = await make();
  } catch (error) {
    await orm.delete(keptAnswers).where(mine);
    throw error;
  }
  const [master] = await ports.masterKeys.known();
  const text = JSON.stringify(answer);
  const envelope = master === undefined ? null : await seal(text, placeOf(request), master, ports.random);
  const kept = envelope === null ? {} : bytesOf(envelope);
  await orm
    .update(keptAnswers)
    .set({ status: answer.status, ...kept })
    .where(mine);
  return answer;
}

/** Forgets answers whose day is over; true: there may be more. */
export async function forgetKeptAnswers({
  database,
  now,
}: Pick<Ports, "database" | "now">): Promise<boolean> {
  const { orm } = database;
  const rowid = sql<number>`rowid`;
  const old = orm
    .select({ rowid })
    .from(keptAnswers)
    .where(lte(keptAnswers.expiresAt, now()))
    .limit(rowsAtOnce);
  const gone = await orm.delete(keptAnswers).where(inArray(rowid, old)).returning({ key: keptAnswers.key });
  return gone.length === rowsAtOnce;
}

/** Takes a key; the row of whoever has it, null when it is taken now. */
async function claim(
  { database, now }: OncePorts,
  request: KeyedRequest,
  fingerprint: string,
): Promise<Row | null> {
  const { project, scope, key } = request;
  const { orm } = database;
  const at = now();
  const row = { project, scope, key, fingerprint, claimedUntil: at + claimMs, expiresAt: at + keptMs };
  const left = and(isNull(keptAnswers.status), lte(keptAnswers.claimedUntil, at));
  const [, taken, found] = await orm.batch([
    orm.delete(keptAnswers).where(and(which(request), or(lte(keptAnswers.expiresAt, at), left))),
    orm.insert(keptAnswers).values(row).onConflictDoNothing().returning({ key: keptAnswers.key }),
    orm.select().from(keptAnswers).where(which(request)),
  ]);
  const [holder] = found;
  return taken.length > 0 || holder === undefined ? null : holder;
}

async function again(
  ports: OncePorts,
  request: KeyedRequest,
  row: Row,
  fingerprint: string,
): Promise<Answer> {
  if (row.fingerprint !== fingerprint) {
    throw new ProblemError("idempotency_mismatch", "this Idempotency-Key was used for another request");
  }
  if (row.status === null) {
    throw new ProblemError("conflict", "the first request with this Idempotency-Key is still being answered");
  }
  const text = await opened(ports, request, row);
  if (text === null) {
    const detail = "the first request with this Idempotency-Key was answered, and its answer is not kept";
    throw new ProblemError("response_not_kept", detail);
  }
  // It was written here.
  const answer = JSON.parse(text) as Answer;
  return { ...answer, headers: { ...answer.headers, "idempotent-replayed": "true" } };
}

async function opened({ masterKeys }: OncePorts, request: KeyedRequest, row: Row): Promise<string | null> {
  const { keyId, wrappedKey, sealed } = row;
  if (keyId === null || wrappedKey === null || sealed === null) return null;
  const master = (await masterKeys.known()).find(({ id }) => id === keyId);
  if (master === undefined) return null;
  const envelope = { keyId, wrappedKey: new Uint8Array(wrappedKey), sealed: new Uint8Array(sealed) };
  return await open(envelope, placeOf(request), master);
}

function bytesOf({ keyId, wrappedKey, sealed }: Envelope): Pick<Row, "keyId" | "wrappedKey" | "sealed"> {
  // The driver takes plain arrays of bytes too.
  return { keyId, wrappedKey: wrappedKey as Row["wrappedKey"], sealed: sealed as Row["sealed"] };
}

function placeOf({ project, scope, key }: KeyedRequest) {
  return { project, kind: "answer", name: JSON.stringify([scope, key]), version: 1 };
}

function which({ project, scope, key }: KeyedRequest) {
  return and(eq(keptAnswers.project, project), eq(keptAnswers.scope, scope), eq(keptAnswers.key, key));
}
