import { ProblemError } from "@pulse/schema/problem";
import { errors, jwtVerify, SignJWT } from "jose";
import * as z from "zod";
import type { Principal } from "../http/context.ts";
import type { Ports } from "../ports.ts";
import { createRunnerStore } from "./store.ts";
import { loadTokenKeys, rotateTokenKey, type TokenKeys } from "./token-key.ts";

/** How long an access token is good, milliseconds. */
export const accessTokenMs = 15 * 60_000;
const audience = "pulse:runner";
/** Tokens that are known to be good: more than any one gateway has runners. One takes some 700 bytes. */
const checkedMost = 65_536;
/** A deletion by another process is read again after this time. */
const revokedReadMs = 1000;
/** Clocks of gateways may differ by so much. */
const skewMs = 60_000;

const claims = z.object({ sub: z.string(), project: z.string(), name: z.string(), exp: z.number() });

/** Makes and checks the access tokens of runners: HS256 JWTs whose subject is the runner's id. */
export interface RunnerTokens {
  issue(runner: {
    id: string;
    project: string;
    name: string;
  }): Promise<{ accessToken: string; expiresInMs: number }>;
  /** The runner of a token; throws `invalid_credential` or `expired_credential`. */
  verify(token: string): Promise<Principal>;
  /** Refuses every token of this runner from now on: it was deleted. */
  revoke(runnerId: string): void;
  /** Signs with a new key from now on; tokens of the key before stay good. */
  rotate(): Promise<void>;
}

const made = new WeakMap<Ports, RunnerTokens>();

/** The runner tokens of a gateway: one instance for the same ports, so that a revocation is known wherever tokens are checked. */
export function createRunnerTokens(ports: Ports): RunnerTokens {
  const known = made.get(ports);
  if (known !== undefined) return known;
  const tokens = newRunnerTokens(ports);
  made.set(ports, tokens);
  return tokens;
}

/** The runner that an access token belongs to; throws `invalid_credential` or `expired_credential`. */
export async function verifyRunnerToken(deps: { ports: Ports }, token: string): Promise<Principal> {
  return await createRunnerTokens(deps.ports).verify(token);
}

function newRunnerTokens(ports: Ports): RunnerTokens {
  let keys: TokenKeys | null = null;
  // A runner sends the same token for 15 minutes: its signature is checked once, its expiry and its revocation each time. Those that expire first stand first.
  const checked = new Map<string, Principal>();
  const revoked = new Set<string>();
  const runners = createRunnerStore(ports.database);
  let elsewhere: { ids: ReadonlySet<string>; at: number } | null = null;

  /**
   * Whether a runner was deleted by another process, or before a restart. A token is signed only for a runner that stands, so one read of those that were
   * deleted while a token lives tells of all tokens: after a restart thousands of runners come at once.
   */
  async function isRevoked(id: string): Promise<boolean> {
    const now = ports.now();
    if (elsewhere === null || now - elsewhere.at >= revokedReadMs || now < elsewhere.at) {
      elsewhere = { ids: new Set(await runners.revokedSince(now - accessTokenMs - skewMs)), at: now };
    }
    return elsewhere.ids.has(id);
  }

  function remember(token: string, principal: Principal): void {
    const now = ports.now();
    for (const [oldest, { expiresAt }] of checked) {
      if (checked.size < checkedMost && (expiresAt === null || expiresAt > now)) break;
      checked.delete(oldest);
    }
    checked.set(token, principal);
  }

  async function keyOf(id: string | undefined): Promise<Uint8Array> {
    keys ??= await loadTokenKeys(ports);
    let key = pick(keys, id);
    if (key === null) {
      // Another gateway may have rotated the key meanwhile.
      keys = await loadTokenKeys(ports);
      key = pick(keys, id);
    }
    if (key === null) throw invalid();
    return key;
  }

  async function check(token: string): Promise<Principal> {
    try {
      const { payload } = await jwtVerify(token, (header) => keyOf(header.kid), {
        algorithms: ["HS256"],
        audience,
        currentDate: new Date(ports.now()),
      });
      const { sub, project, name, exp } = claims.parse(payload);
      if (await isRevoked(sub)) throw deleted();
      return {
        kind: "runner",
        id: sub,
        name,
        project,
        scopes: ["runner"],
        roles: [],
        userId: null,
        sessionId: null,
        expiresAt: exp * 1000,
      };
    } catch (cause) {
      if (cause instanceof errors.JWTExpired) throw expired();
      if (cause instanceof errors.JOSEError || cause instanceof z.ZodError) throw invalid(cause);
      throw cause;
    }
  }

  return {
    async issue(runner) {
      keys ??= await loadTokenKeys(ports);
      const now = Math.floor(ports.now() / 1000);
      const accessToken = await new SignJWT({ project: runner.project, name: runner.name })
        .setProtectedHeader({ alg: "HS256", kid: keys.current.id })
        .setSubject(runner.id)
        .setAudience(audience)
        .setIssuedAt(now)
        .setExpirationTime(now + accessTokenMs / 1000)
        .sign(keys.current.key);
      return { accessToken, expiresInMs: accessTokenMs };
    },
    async verify(token) {
      let principal = checked.get(token);
      if (principal === undefined) {
        principal = await check(token);
        remember(token, principal);
      }
      if (principal.expiresAt !== null && principal.expiresAt <= ports.now()) {
        checked.delete(token);
        throw expired();
      }
      if (revoked.has(principal.id)) throw deleted();
      return principal;
    },
    revoke(runnerId) {
      revoked.add(runnerId);
    },
    async rotate() {
      keys = await rotateTokenKey(ports);
    },
  };
}

function pick(keys: TokenKeys, id: string | undefined): Uint8Array | null {
  if (keys.current.id === id) return keys.current.key;
  const { previous } = keys;
  return previous !== null && previous.id === id ? previous.key : null;
}

function invalid(cause?: unknown): ProblemError {
  return new ProblemError("invalid_credential", "the runner's access token is not valid", { cause });
}

function deleted(): ProblemError {
  return new ProblemError("invalid_credential", "the runner was deleted");
}

function expired(): ProblemError {
  return new ProblemError("expired_credential", "the runner's access token has expired; ask for a new one");
}
