import type { Output } from "@pulse/schema/endpoint";
import { makeId } from "@pulse/schema/ids";
import { ProblemError } from "@pulse/schema/problem";
import * as wire from "@pulse/schema/wire/channel-rules";
import { actorOf, callerOf } from "../http/actor.ts";
import { bind } from "../http/bind.ts";
import type { Deps, Principal, PulseApp } from "../http/context.ts";
import { beginLooking } from "./notice.ts";
import { faultsOf } from "./rules/matches.ts";
import { type ChannelRow, createChannelStore, rulesMost } from "./store.ts";
import { ruleViewOf } from "./view.ts";

type Find = (principal: Principal, which: string) => Promise<ChannelRow>;
type Change = Output<NonNullable<typeof wire.changeChannelRule.body>>;

/** Mounts what channels are told of. */
export function mountChannelRules(app: PulseApp, deps: Deps, found: Find): void {
  const { ports } = deps;
  const store = createChannelStore(ports.database);
  const rule = async (principal: Principal, { id, rule: which }: { id: string; rule: string }) => {
    const row = await store.findRule((await found(principal, id)).id, which);
    if (row === null) throw new ProblemError("not_found", `the channel ${id} has no rule "${which}"`);
    return row;
  };

  bind(app, deps, wire.listChannelRules, async ({ principal, params }) => {
    const rows = await store.rules((await found(principal, params.id)).id);
    return { body: { items: rows.map(ruleViewOf), nextCursor: null } };
  });

  bind(app, deps, wire.createChannelRule, async ({ principal, params, body }) => {
    const { id: channelId, project } = await found(principal, params.id);
    const { name, events, times = 1, digest = null, quiet = null } = body;
    const { filter = null, template = null, enabled = true } = body;
    refuseFaults(filter, template);
    // What happened before it is not told, and what happens from now on is.
    await beginLooking(ports, project);
    const now = ports.now();
    const row = {
      ...{ id: makeId("rule", now, ports.random(10)), project, channelId, name, events, filter, times },
      ...{ digestMs: digest, quiet, template, enabled, since: now },
      ...{ createdBy: actorOf(principal), setBy: callerOf(principal) },
      ...{ createdAt: now, updatedAt: now },
    };
    const added = await store.insertRule(row);
    if (added === "taken") {
      throw new ProblemError("name_taken", `the channel ${params.id} has a rule "${name}" already`);
    }
    if (added === "full") {
      throw new ProblemError(
        "conflict",
        `the channels of a project have at most ${rulesMost} rules together`,
        {
          hint: "Delete one that is no longer needed, or let one rule tell of several events.",
        },
      );
    }
    ports.messageAdded?.();
    return { status: 201, body: ruleViewOf(row) };
  });

  bind(app, deps, wire.changeChannelRule, async ({ principal, params, body }) => {
    const row = await rule(principal, params);
    const { filter = row.filter, template = row.template } = body;
    refuseFaults(filter, template);
    const change = { ...valuesOf(body), ...sinceOf(row.enabled, body), setBy: callerOf(principal) };
    const changed = await store.changeRule(row.id, change, ports.now());
    ports.messageAdded?.();
    return { body: ruleViewOf(changed ?? row) };
  });

  bind(app, deps, wire.deleteChannelRule, async ({ principal, params }) => {
    await store.removeRule((await rule(principal, params)).id, ports.now());
    return { status: 204 };
  });

  /** One that is enabled again tells nothing of the time between. */
  function sinceOf(wasEnabled: boolean, { enabled }: Change): { since?: number; updatedAt: number } {
    const updatedAt = ports.now();
    return enabled === true && !wasEnabled ? { since: updatedAt, updatedAt } : { updatedAt };
  }
}

function valuesOf({ digest, ...rest }: Change) {
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  return { ...given, ...(digest === undefined ? {} : { digestMs: digest }) };
}

function refuseFaults(filter: string | null, template: wire.MessageTemplate | null): void {
  const errors = faultsOf(filter, template);
  const [first] = errors;
  if (first === undefined) return;
  throw new ProblemError("validation_failed", `${first.pointer}: ${first.detail}`, { errors });
}
