import { ProblemError } from "@pulse/schema/problem";
import type { Quotas } from "@pulse/schema/wire/plans";
import type { Hub } from "../hub.ts";
import type { Ports } from "../ports.ts";
import { sayReached } from "./notices.ts";
import {
  exceededByCall,
  exceededByDeploy,
  isMonthly,
  type QuotaState,
  quotaStates,
  quotasOf,
  type Standing,
  type Used,
  usedOf,
} from "./quota.ts";
import { monthOf } from "./read.ts";
import { createUsageStore, type PlanRow } from "./store.ts";

interface QuotaDeps {
  ports: Ports;
  hub: Hub;
}

/** What one HTTP half knows of a project. */
interface Book {
  plan: PlanRow | null;
  planAt: number;
  standing: Standing | null;
  standingAt: number;
  /** The number of the read that `standing` came from: an older one that comes later does not replace it. */
  read: number;
  /** Calls that were let in and may not be in what was read: null, or the number of the step in which they were done. */
  pending: Map<string, number | null>;
  /** What was said already: period, quota and percent. */
  said: Set<string>;
}

const cachedMs = 1000;
const booksMost = 10_000;
/** A read is repeated when others were let in while it was under way. */
const readsMost = 3;

/** Whose quotas: a project's, or those of one caller in it. */
interface Whose {
  project: string;
  caller: string | null;
}

/** The quotas of projects, kept before work is accepted. */
export interface QuotaBook {
  /**
   * Lets in one call of a project, by its plan and by what the key may use, or throws `quota_exceeded`. Returns what has to be called when the call is on disk or was refused. Nobody
   * is refused by what was read a second ago: the rows are read again first.
   */
  admit(project: string, id: string, key: { caller: string; quotas: Quotas }): Promise<() => void>;
  /** Throws `quota_exceeded` when the project may not have (another) function, or has stored too much. */
  admitDeploy(project: string, isNew: boolean): Promise<void>;
  /** Each quota of a project, as the rows have it now; says what there is to say. */
  states(project: string): Promise<{ plan: PlanRow | null; states: QuotaState[] }>;
  /** The plan was changed here. */
  forget(project: string): void;
}

const made = new WeakMap<Ports, QuotaBook>();

/** The quotas of a gateway: one book for the same ports. */
export function quotaBookOf(deps: QuotaDeps): QuotaBook {
  const book = made.get(deps.ports) ?? createQuotaBook(deps);
  made.set(deps.ports, book);
  return book;
}

function createQuotaBook({ ports, hub }: QuotaDeps): QuotaBook {
  const store = createUsageStore(ports.database);
  const books = new Map<string, Book>();
  let steps = 0;

  function bookOf(project: string): Book {
    const known = books.get(project);
    if (known !== undefined) return known;
    if (books.size >= booksMost) books.clear();
    const book = {
      plan: null,
      planAt: Number.NEGATIVE_INFINITY,
      standing: null,
      standingAt: 0,
      read: 0,
      pending: new Map(),
      said: new Set<string>(),
    };
    books.set(project, book);
    return book;
  }

  async function plansQuotas(project: string, book: Book): Promise<Quotas> {
    if (ports.now() - book.planAt >= cachedMs) {
      const at = ports.now();
      book.plan = await store.plan(project);
      book.planAt = at;
    }
    return quotasOf(book.plan);
  }

  async function refresh({ project, caller }: Whose, book: Book): Promise<Standing> {
    const read = ++steps;
    const at = ports.now();
    const leftOut = [...book.pending].flatMap(([id, done]) => (done === null ? [id] : []));
    const standing = await store.standing(project, monthOf(at), leftOut, caller);
    if (book.read > read && book.standing !== null) return book.standing;
    book.standing = standing;
    book.standingAt = at;
    book.read = read;
    // What was done before the read is in what was read.
    for (const [id, done] of book.pending) if (done !== null && done < read) book.pending.delete(id);
    return standing;
  }

  /** Says which parts of quotas are used up; what was said here already is not looked at again. */
  async function say(project: string, book: Book, states: readonly QuotaState[]): Promise<void> {
    const isSaid = (key: string) => {
      const before = book.said.has(key);
      book.said.add(key);
      return before;
    };
    if ((await sayReached(store, project, states, ports.now(), isSaid)) > 0) await hub.changed({ project });
  }

  async function look(whose: Whose, book: Book, quotas: Quotas): Promise<Standing> {
    const standing = await refresh(whose, book);
    const states = quotaStates(quotas, usedOf(standing, book.pending.size));
    if (whose.caller === null) ports.background(say(whose.project, book, states));
    return standing;
  }

  /** The quota that stands in the way by the newest read, having read again as long as that may be wrong. */
  async function lookFor(
    whose: Whose,
    book: Book,
    quotas: Quotas,
    find: (used: Used) => QuotaState | null,
  ): Promise<QuotaState | null> {
    for (let reads = 1; ; reads++) {
      const before = book.pending.size;
      const standing = await look(whose, book, quotas);
      const found = find(usedOf(standing, book.pending.size));
      if (found === null || book.pending.size <= before || reads >= readsMost) return found;
    }
  }

  async function admitBy(whose: Whose, book: Book, quotas: Quotas, id: string): Promise<() => void> {
    if (Object.keys(quotas).length === 0) return () => undefined;
    const find = (used: Used) => exceededByCall(quotas, used);
    const { standing } = book;
    const isFresh = standing !== null && ports.now() - book.standingAt < cachedMs;
    const fits = isFresh && find(usedOf(standing, book.pending.size)) === null;
    const found = fits ? null : await lookFor(whose, book, quotas, find);
    if (found !== null) throw exceeded(found, ports.now(), whose);
    book.pending.set(id, null);
    return () => {
      book.pending.set(id, ++steps);
    };
  }

  return {
    async admit(project, id, { caller, quotas }) {
      const book = bookOf(project);
      const done = await admitBy({ project, caller: null }, book, await plansQuotas(project, book), id);
      if (Object.keys(quotas).length === 0) return done;
      try {
        const keyDone = await admitBy({ project, caller }, bookOf(`${project} ${caller}`), quotas, id);
        return () => {
          done();
          keyDone();
        };
      } catch (error) {
        done();
        throw error;
      }
    },
    async admitDeploy(project, isNew) {
      const book = bookOf(project);
      const quotas = await plansQuotas(project, book);
      if (quotas.functions === undefined && quotas.storageBytes === undefined) return;
      const whose = { project, caller: null };
      const found = await lookFor(whose, book, quotas, (used) => exceededByDeploy(quotas, used, isNew));
      if (found !== null) throw exceeded(found, ports.now(), whose);
    },
    async states(project) {
      const book = bookOf(project);
      book.planAt = Number.NEGATIVE_INFINITY;
      const quotas = await plansQuotas(project, book);
      if (Object.keys(quotas).length === 0) return { plan: book.plan, states: [] };
      const standing = await refresh({ project, caller: null }, book);
      const states = quotaStates(quotas, usedOf(standing, book.pending.size));
      await say(project, book, states);
      return { plan: book.plan, states };
    },
    forget: (project) => void books.delete(project),
  };
}

/** When the next month begins (UTC). */
export function nextMonth(now: number): number {
  const date = new Date(now);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
}

function exceeded({ quota, used, most }: QuotaState, now: number, { caller }: Whose): ProblemError {
  const resetAt = isMonthly(quota) ? nextMonth(now) : null;
  const until = resetAt === null ? "" : `; it begins anew at ${new Date(resetAt).toISOString()}`;
  const retryAfter =
    resetAt !== null ? Math.ceil((resetAt - now) / 1000) : quota === "concurrentExecutions" ? 1 : 3600;
  const unit = quota === "concurrentExecutions" ? ';qu="concurrent-requests"' : "";
  const reset = resetAt === null ? "" : `;t=${retryAfter}`;
  return new ProblemError(
    "quota_exceeded",
    `${caller === null ? "the project's plan" : "this key"} allows ${most} ${words[quota]}${until}`,
    {
      retryAfter,
      hint:
        caller === null
          ? "`pulse usage plan` shows each quota of the plan."
          : "`pulse usage --by key` shows what each key used.",
      headers: [
        ["ratelimit-policy", `"${quota}";q=${most}${unit}`],
        ["ratelimit", `"${quota}";r=0${reset}`],
      ],
      members: { quota, used: Math.floor(used), most },
    },
  );
}

const words: Record<QuotaState["quota"], string> = {
  executions: "executions a month",
  runSeconds: "seconds of run time a month",
  gbSeconds: "GB-seconds a month",
  bytesOut: "bytes of responses a month",
  concurrentExecutions: "executions at once",
  functions: "functions",
  storageBytes: "bytes of storage",
};
