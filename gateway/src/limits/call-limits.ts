import { addressGroup } from "@pulse/schema/address";
import { ProblemError } from "@pulse/schema/problem";
import type { HeaderList } from "@pulse/schema/wire/job";
import { Buckets } from "../dispatch/buckets.ts";
import type { Deps, Principal } from "../http/context.ts";
import type { BucketLeft } from "../hub.ts";
import type { Ports } from "../ports.ts";

/** Calls a minute of one credential, and of one address without a credential, where nobody set a limit. */
export const defaultPerMinute = 120_000;

/** A call as far as its rate is concerned. */
export interface Asked {
  project: string;
  principal: Pick<Principal, "kind" | "id" | "rateLimit">;
  /** Null: the platform does not say. */
  address: string | null;
  /** The limit of the function that is called. */
  endpoint?: { functionId: string; perMinute: number | undefined };
  /** The caller was counted for it already, by the request that it is a part of: only the function's own limit is left. */
  isPart?: boolean;
}

/** The rates of callers. */
export interface CallLimits {
  /**
   * Takes one call of this caller and adds the rate limit headers to `headers`; throws `rate_limited`, with these headers, when none is left.
   * Limits that somebody set are counted in the hub, for all halves together; the generous ones that stand otherwise, by each half for itself.
   */
  admit(asked: Asked, headers: HeaderList): Promise<void>;
  /** Throws what a request was refused with. Who came with a bad credential, or asked for what is not there, has that counted for its address: `rate_limited` when it is too much. */
  refused(address: string | null, error: unknown): Promise<never>;
  /** Takes one of `perMinute` attempts at something (a sign-in, a set-up), counted under this name; throws `rate_limited`. */
  attempt(name: string, perMinute: number): Promise<void>;
}

/** One limit that a call comes under. */
interface Limit {
  policy: "calls" | "key" | "address";
  bucket: string;
  perMinute: number;
}

const nobody = { kind: "anonymous", id: "anonymous" } as const;

const made = new WeakMap<Ports, CallLimits>();

/** The limits of a gateway: one for the same ports. */
export function callLimitsOf(deps: Deps): CallLimits {
  const limits = made.get(deps.ports) ?? createCallLimits(deps);
  made.set(deps.ports, limits);
  return limits;
}

function createCallLimits({ ports, hub, config }: Deps): CallLimits {
  const here = new Buckets(ports.now);
  const { perKey = null, perAddress = null } = config.limits ?? {};

  /** The limits that somebody set, and those that stand because nobody did. 0 is none. */
  function limitsOf({ principal, address, endpoint, isPart = false }: Asked): {
    set: Limit[];
    standing: Limit[];
  } {
    const { caller, policy } = callerOf(principal, address);
    const set: Limit[] = [];
    const standing: Limit[] = [];
    const own = policy === "key" ? (principal.rateLimit ?? perKey) : perAddress;
    if (!isPart && own === null) standing.push({ policy, bucket: caller, perMinute: defaultPerMinute });
    if (!isPart && own !== null && own > 0) set.push({ policy, bucket: caller, perMinute: own });
    const perMinute = endpoint?.perMinute;
    if (endpoint !== undefined && perMinute !== undefined) {
      set.push({ policy: "calls", bucket: `${endpoint.functionId} ${caller}`, perMinute });
    }
    return { set, standing };
  }

  async function takeFromHub(project: string, limits: readonly Limit[]): Promise<BucketLeft[]> {
    try {
      const takes = limits.map(({ bucket, perMinute }) => ({ bucket, perMinute }));
      return await hub.take({ project, takes });
    } catch (error) {
      // Whether a call is one too many is not known while the hub moves: the call itself finds out whether it can be served.
      if (error instanceof ProblemError && error.code === "unavailable") return [];
      throw error;
    }
  }

  async function admit(asked: Asked, headers: HeaderList): Promise<void> {
    const { set, standing } = limitsOf(asked);
    refuse(standing, here.take(asked.project, standing), headers, false);
    if (set.length > 0) refuse(set, await takeFromHub(asked.project, set), headers, true);
  }

  return {
    admit,
    async refused(address, error) {
      const counts = error instanceof ProblemError && [401, 403, 404].includes(error.status);
      // One project for all, for the path of a refused request may name any.
      if (counts) await admit({ project: "default", principal: nobody, address }, []);
      throw error;
    },
    async attempt(name, perMinute) {
      const [left] = await hub.take({
        project: "default",
        takes: [{ bucket: `attempt ${name}`, perMinute }],
      });
      if (left === undefined || left.allowed) return;
      const detail = `there may be ${perMinute} attempts a minute`;
      throw new ProblemError("rate_limited", detail, { retryAfter: left.retryAfter });
    },
  };
}

/** Whom calls are counted for: a credential, or an address (in IPv6 its /64) where there is none. */
function callerOf(
  { kind, id }: Asked["principal"],
  address: string | null,
): { caller: string; policy: "key" | "address" } {
  if (kind !== "anonymous") return { caller: `${kind} ${id}`, policy: "key" };
  return { caller: `address ${address === null ? "unknown" : addressGroup(address)}`, policy: "address" };
}

const whose = {
  calls: "this caller may call this function",
  key: "this credential may make calls",
  address: "calls without a credential may come from this address",
} as const;

function refuse(
  limits: readonly Limit[],
  left: readonly BucketLeft[],
  headers: HeaderList,
  isShown: boolean,
): void {
  const both = limits.flatMap((limit, i) => {
    const one = left[i];
    return one === undefined ? [] : [{ ...limit, ...one }];
  });
  const refused = both.filter(({ allowed }) => !allowed);
  const shown = isShown ? both : refused;
  const about: HeaderList = [];
  if (shown.length > 0) {
    const list = (parts: string[]) => parts.join(", ");
    about.push(
      ["ratelimit-policy", list(shown.map(({ policy, perMinute }) => `"${policy}";q=${perMinute};w=60`))],
      [
        "ratelimit",
        list(shown.map(({ policy, remaining, reset }) => `"${policy}";r=${remaining};t=${reset}`)),
      ],
    );
  }
  const [first] = refused;
  if (first === undefined) {
    headers.push(...about);
    return;
  }
  throw new ProblemError("rate_limited", `${whose[first.policy]} ${first.perMinute} times a minute`, {
    retryAfter: Math.max(...refused.map(({ retryAfter }) => retryAfter)),
    headers: about,
  });
}
