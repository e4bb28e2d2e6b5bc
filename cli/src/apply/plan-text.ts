import { differenceText } from "@pulse/schema/apply/difference-text";
import type { Wrong } from "@pulse/schema/apply/layout";
import type { Act } from "@pulse/schema/apply/plan";
import { fill } from "../messages/say.ts";
import type { Session } from "../session.ts";

const marks = { create: "+", change: "~", remove: "-", unchanged: "=" } as const;

/** A plan as lines: what is made, what of each differs, what is removed, and how many stay as they are. */
export function planLines(
  { colours, messages }: Pick<Session, "colours" | "messages">,
  plan: readonly Act[],
  prune: boolean,
): string[] {
  const colour = {
    create: colours.green,
    change: colours.yellow,
    remove: colours.red,
    unchanged: colours.dim,
  };
  const same = plan.filter(({ act }) => act === "unchanged").length;
  const lines = plan
    .filter(({ act }) => act !== "unchanged")
    .flatMap(({ act, kind, name, differences }) => [
      colour[act](`${marks[act]} ${messages[`apKind_${kind}`]} ${name}`) +
        (act === "remove" && !prune ? `  ${messages.apNeedsPrune}` : ""),
      ...differences.map((one) => `    ${differenceText(one)}`),
    ]);
  return same === 0
    ? lines
    : [...lines, colours.dim(`${marks.unchanged} ${fill(messages.apSame, { count: same })}`)];
}

/** A fault as `file:line:column: error /pointer: what is wrong`. */
export function wrongLine({ colours, messages }: Pick<Session, "colours" | "messages">, one: Wrong): string {
  const { path, line, column, pointer, message } = one;
  const place = line === undefined ? path : `${path}:${line}:${column ?? 1}`;
  return `${place}: ${colours.red(messages.wfError)}${pointer === "" ? "" : ` ${pointer}`}: ${message}`;
}
