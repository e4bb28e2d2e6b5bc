import type * as z from "zod";
import {
  catchupByDefault,
  changeSchedule,
  createSchedule,
  getSchedule,
  type newSchedule,
  type ScheduleView,
} from "../wire/schedules.ts";
import { type Applying, changedFields, type Item, orNull } from "./item.ts";
import type { Layout } from "./layout.ts";

type Parsed = Layout["schedules"][string];

/** A schedule of `pulse.yaml`. What it does not say is as the API has it by default; whether it is paused is left alone unless it says so. */
export function scheduleItem(applying: Applying, name: string, parsed: Parsed, written: object): Item {
  const { client, signal } = applying;
  const params = { id: name };
  const { enabled } = parsed;
  // It was read by the schema of this very body.
  const given = written as Omit<z.input<typeof newSchedule>, "name" | "reason">;
  const { cron, every, at } = given;
  const times = { ...(cron && { cron }), ...(every && { every }), ...(at && { at }) };
  const fields = {
    ...{ cron: times, everyMs: times, at: times, target: { target: given.target } },
    timezone: { timezone: given.timezone ?? "UTC" },
    overlap: { overlap: given.overlap ?? "skip" },
    catchupMs: { catchup: given.catchup ?? "1h" },
    jitterMs: { jitter: given.jitter ?? "0s" },
    ...(enabled === undefined ? {} : { enabled: { enabled } }),
  };
  return {
    ...{
      kind: "schedule",
      name,
      wanted: { ...shapeOf(parsed), ...(enabled === undefined ? {} : { enabled }) },
    },
    look: async () => await orNull(client.call(getSchedule, { params, signal })),
    async create() {
      await client.call(createSchedule, { body: { ...given, name }, signal });
      return [];
    },
    async change(differences) {
      const body = Object.assign({}, ...changedFields<object>(differences, fields));
      await client.call(changeSchedule, { params, body, signal });
      return [];
    },
  };
}

function shapeOf({ cron, every, at, timezone, overlap, catchup, jitter, target }: Parsed) {
  const shape: Pick<
    ScheduleView,
    "cron" | "everyMs" | "at" | "timezone" | "overlap" | "catchupMs" | "jitterMs" | "target"
  > = {
    ...{
      cron: cron ?? null,
      everyMs: every ?? null,
      at: at === undefined ? null : new Date(at).toISOString(),
    },
    ...{ timezone: timezone ?? "UTC", overlap: overlap ?? "skip", target },
    ...{ catchupMs: catchup ?? catchupByDefault, jitterMs: jitter ?? 0 },
  };
  return shape;
}
