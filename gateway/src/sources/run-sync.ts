import type { Applying } from "@pulse/schema/apply/item";
import { itemsOf, perform, planned, removedIn } from "@pulse/schema/apply/perform";
import type { Act } from "@pulse/schema/apply/plan";
import { applyWords } from "@pulse/schema/apply/words";
import { createClient } from "@pulse/schema/client";
import { ProblemError } from "@pulse/schema/problem";
import { sourceScopes } from "@pulse/schema/source-scopes";
import type { SyncStep } from "@pulse/schema/wire/sources";
import type { Deps, Principal, PulseApp } from "../http/context.ts";
import { askFor } from "../http/on-behalf.ts";
import { fetchArchive, PassingFault } from "./fetch-archive.ts";
import { folderOf } from "./make-folder.ts";
import { createSourceStore, type SourceRow, type SyncRow } from "./store.ts";

/** Whoever runs a sync says so oftener than this; later it is begun again. */
export const leaseMs = 60_000;
const renewMs = 20_000;
/** What became of the steps is written so often at most: of a large folder they are 100 kB. */
const tellMs = 1000;
const triesMost = 6;
const firstRetryMs = 30_000;
const pathsMost = 20;
/** Of a path: keys are as long as their author likes. */
const pathMost = 200;
const detailMost = 4000;

/** Somebody else has the sync, or it is gone. */
class Lost extends Error {}

/** Who a source is: it reads, deploys, and starts what its schedules and webhooks start; nothing more, and in its project only. */
function principalOf({ id, name, project }: SourceRow): Principal {
  return {
    ...{ kind: "key", id, name: `source:${name}`, project, scopes: [...sourceScopes], roles: [] },
    ...{ userId: null, sessionId: null, expiresAt: null },
  };
}

/** Applies over the gateway's own routes, as the source. */
function applyingAs(app: PulseApp, { config }: Deps, source: SourceRow, signal: AbortSignal): Applying {
  const principal = principalOf(source);
  const client = createClient({
    baseUrl: config.publicUrl || "http://localhost",
    fetch: async (input, init) => await askFor(app, principal, new Request(input, init)),
  });
  return { client, words: applyWords, signal };
}

/** Runs a sync that was claimed, to its end; what it did and why it failed is in its row. Returns nothing where somebody else has it by then. */
export async function runSync(app: PulseApp, deps: Deps, source: SourceRow, claimed: SyncRow): Promise<void> {
  const { ports } = deps;
  const store = createSourceStore(ports.database);
  const ending = new AbortController();
  const write = async (values: Partial<SyncRow>) => {
    if (await store.note(claimed, { nextAt: ports.now() + leaseMs, ...values })) return;
    ending.abort(new Lost());
    throw new Lost();
  };
  let cancel = (): void => undefined;
  const renew = () => {
    cancel = ports.timer(renewMs, () => {
      if (ending.signal.aborted) return;
      renew();
      ports.background(write({}).catch((error) => void (error instanceof Lost || raise(error))));
    });
  };
  renew();
  try {
    await makeSo(applyingAs(app, deps, source, ending.signal), deps, source, write);
    await write({ status: "succeeded", problem: null, endedAt: ports.now() });
  } catch (error) {
    if (error instanceof Lost || ending.signal.aborted) return;
    await fail(deps, claimed, error);
  } finally {
    cancel();
    ending.abort(new Lost());
    await store.hurry(source.id, ports.now());
    await store.forgetOld(source.id);
  }
}

async function makeSo(
  applying: Applying,
  { ports }: Deps,
  source: SourceRow,
  write: (values: Partial<SyncRow>) => Promise<void>,
): Promise<void> {
  const archive = await fetchArchive(ports, source, applying.signal);
  // What is done from here on shows whether it gets further.
  await write({ commit: archive.commit, steps: null });
  const folder = await folderOf(ports, applying, archive, source.folder);
  const items = await itemsOf(applying, folder);
  const plan = await planned(applying, items, removedIn(folder.layout));
  const steps = stepsOf(plan, source.prune);
  await write({ steps });
  const step = ({ kind, name }: { kind: string; name: string }) =>
    steps.find((one) => one.kind === kind && one.name === name);
  let current: SyncStep | undefined;
  let toldAt = ports.now();
  try {
    await perform(applying, items, plan, {
      prune: source.prune,
      async before(one) {
        current = step(one);
        const isDue = ports.now() >= toldAt + tellMs;
        if (isDue) toldAt = ports.now();
        await write(isDue ? { steps } : {});
      },
      after() {
        if (current !== undefined) current.state = "done";
      },
    });
    await write({ steps });
  } catch (error) {
    for (const one of steps) {
      if (one.state === "due") one.state = one === current ? "failed" : "left";
    }
    await write({ steps });
    throw error;
  }
}

/** What a sync has to do, without the values: not everybody who sees a sync may see those. */
function stepsOf(plan: readonly Act[], prune: boolean): SyncStep[] {
  return plan.flatMap(({ kind, name, act, differences }) =>
    act === "unchanged" || (act === "remove" && !prune)
      ? []
      : [
          {
            kind,
            name,
            act,
            paths: differences.slice(0, pathsMost).map(({ path }) => path.slice(0, pathMost)),
            state: "due",
          },
        ],
  );
}

/** What may be gone the next time is tried again, later each time. */
async function fail({ ports }: Deps, claimed: SyncRow, error: unknown): Promise<void> {
  const store = createSourceStore(ports.database);
  const isOurs = error instanceof ProblemError;
  const problem = isOurs
    ? { code: error.code, detail: error.message.slice(0, detailMost) }
    : { code: "internal", detail: "something went wrong on our side" };
  if (!isOurs) ports.log.error("a sync failed", error, { sync: claimed.id, source: claimed.sourceId });
  const isPassing = !isOurs || error instanceof PassingFault || error.status >= 500 || error.status === 429;
  const again = { problem, nextAt: ports.now() + firstRetryMs * 2 ** (claimed.tries - 1) };
  if (isPassing && claimed.tries < triesMost && (await store.again(claimed, again))) return;
  await store.note(claimed, { status: "failed", problem, endedAt: ports.now() });
}

function raise(error: unknown): never {
  throw error;
}
