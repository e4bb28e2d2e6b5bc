import { auditKeptByDefaultMs } from "@pulse/schema/wire/audit";
import type { Ports } from "../ports.ts";
import { addEntry, type ChainPorts, forgetUpTo, headOf, placeWaiting } from "./chain.ts";
import { createAuditStore } from "./store.ts";

const unendedMs = 3_600_000;
const atOnce = 1000;
/** Entries go a day's worth at a time: each time is an entry itself. */
const stepMs = 86_400_000;
/** The head of each project that was told last. */
const told = new Map<string, string>();

/**
 * Gives what never ended its place as `unknown`, forgets what a project no longer keeps, and tells the operator's log where each chain stands: a copy of that
 * log finds what somebody does to the database later. Each value it yields is one small step.
 */
export async function* keepAudit(ports: ChainPorts & Pick<Ports, "log">): AsyncGenerator<void> {
  const store = createAuditStore(ports.database);
  for (const { id, entry } of await store.unended(ports.now() - unendedMs, atOnce)) {
    await addEntry(ports, id, entry);
    yield;
  }
  for (const project of await store.projects()) {
    await placeWaiting(ports, project);
    yield* forget(ports, project);
    const { seq, hash } = await headOf(ports, project);
    if (told.get(project) !== hash)
      ports.log.info("the audit stands at", { project, head: `${seq}:${hash}` });
    told.set(project, hash);
    yield;
  }
}

async function* forget(ports: ChainPorts, project: string): AsyncGenerator<void> {
  const store = createAuditStore(ports.database);
  const keptMs = (await store.kept(project))?.keptMs ?? auditKeptByDefaultMs;
  const cutoff = ports.now() - keptMs;
  for (;;) {
    const rows = await store.after(project, 0, atOnce);
    const oldest = rows[0];
    if (oldest === undefined || Number(oldest.at) >= cutoff - stepMs) return;
    const end = rows.findIndex(({ at }) => Number(at) >= cutoff);
    const old = end === -1 ? rows : rows.slice(0, end);
    const last = old.at(-1);
    if (last === undefined) return;
    await forgetUpTo(ports, project, { seq: Number(last.seq), hash: String(last.hash) }, old.length);
    yield;
  }
}
