import * as z from "zod";
import { channelSettings } from "../wire/channels.ts";
import { nameField } from "../wire/fields.ts";
import { newSchedule } from "../wire/schedules.ts";
import { newWebhook } from "../wire/webhooks.ts";
import { pointerOf } from "../workflow/finding.ts";
import { parseYaml } from "../workflow/yaml.ts";

/** The file that makes a folder one that can be applied. */
export const layoutFile = "pulse.yaml";

const paths = z.array(z.string().min(1).max(500));
const names = z.array(nameField).default([]);
const [email] = channelSettings.options;
const sealedTypes = z.enum(["slack", "discord", "telegram", "ntfy", "teams", "webhook"]);
const enabled = { enabled: z.boolean().optional() };

/** Of channels whose address is a credential only that they are there, and whether they are enabled. */
const channelField = z.discriminatedUnion("type", [
  email.extend(enabled),
  z.strictObject({ type: sealedTypes, ...enabled }),
]);

const once = (given: { cron?: unknown; every?: unknown; at?: unknown }) =>
  [given.cron, given.every, given.at].filter((one) => one !== undefined).length === 1;

/** `pulse.yaml`. Schedules, webhooks and channels are as the API takes them, by name. */
const layoutField = z.strictObject({
  $schema: z.string().optional(),
  functions: paths.optional(),
  workflows: paths.optional(),
  schedules: z
    .record(
      nameField,
      newSchedule.omit({ name: true, reason: true }).refine(once, "must have one of cron, every and at"),
    )
    .default({}),
  webhooks: z.record(nameField, newWebhook.omit({ name: true, secret: true })).default({}),
  channels: z.record(nameField, channelField).default({}),
  /** What was in this folder and is not any more: `--prune` removes it. */
  removed: z
    .strictObject({ functions: names, workflows: names, schedules: names, webhooks: names, channels: names })
    .partial()
    .default({}),
});
export type Layout = z.output<typeof layoutField>;
export type ChannelWish = z.output<typeof channelField>;

/** Something that is wrong in a file; line and column from 1. */
export interface Wrong {
  path: string;
  line?: number;
  column?: number;
  pointer: string;
  message: string;
}

/** A `pulse.yaml` that was read: what it says and how that was written (times as text), or what is wrong with it. */
export type Read = { layout: Layout; written: Layout; wrong: [] } | { wrong: Wrong[] };

/** Reads the text of a `pulse.yaml`. */
export function readLayout(text: string, path: string = layoutFile): Read {
  const { value, errors, positionOf } = parseYaml(text);
  if (errors.length > 0) {
    return {
      wrong: errors.map(({ pointer, message, position }) => ({ path, ...position, pointer, message })),
    };
  }
  // A file without a word in it says nothing: the folders alone count.
  const parsed = layoutField.safeParse(value ?? {});
  const wrong = parsed.success
    ? clashesIn(parsed.data)
    : parsed.error.issues.map(({ path: keys, message }) => ({ pointer: pointerOf(keys), message }));
  if (!parsed.success || wrong.length > 0) {
    return { wrong: wrong.map((one) => ({ path, ...positionOf(one.pointer), ...one })) };
  }
  // What was parsed has the shape that it was parsed by.
  return { layout: parsed.data, written: (value ?? {}) as Layout, wrong: [] };
}

/** Names that are both wanted and removed, of what stands in this file. */
function clashesIn({ removed, ...all }: Layout): { pointer: string; message: string }[] {
  return (["schedules", "webhooks", "channels"] as const).flatMap((kind) =>
    (removed[kind] ?? []).flatMap((name, i) =>
      Object.hasOwn(all[kind], name)
        ? [{ pointer: `/removed/${kind}/${i}`, message: `${JSON.stringify(name)} is also in ${kind}` }]
        : [],
    ),
  );
}
