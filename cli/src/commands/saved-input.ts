import { ProblemError } from "@pulse/schema/problem";
import { deleteSavedInput, listSavedInputs, type SavedCall } from "@pulse/schema/wire/saved-inputs";
import type { Command } from "commander";
import { fill } from "../messages/say.ts";
import { nearest } from "../nearest.ts";
import { run, type Session } from "../session.ts";
import { table } from "../table.ts";
import { withNearestFunction } from "./nearest-function.ts";

const shownMost = 60;

/** The input that one keeps of a function (`name`, `name@version` or `name@alias`). Throws `not_found`. */
export async function savedCallOf(session: Session, reference: string, input: string): Promise<SavedCall> {
  const name = reference.replace(/@.*$/s, "");
  const { items } = await listed(session, name);
  const found = items.find((one) => one.name === input);
  if (found !== undefined) return found.call;
  const { messages } = session;
  const near = nearest(
    input,
    items.map((one) => one.name),
  );
  const hint = near === null ? `pulse function inputs ${name}` : fill(messages.didYouMean, { name: near });
  throw new ProblemError("not_found", fill(messages.noSavedInput, { name, input }), { hint });
}

/** Adds `function inputs`. */
export function addFunctionInputs(group: Command): void {
  group
    .command("inputs <name>")
    .description("the inputs that you keep to call it with, newest first: `pulse invoke --saved`")
    .option("--remove <input>", "forget an input")
    .action(
      run(async (session, command) => {
        const { client, answer, note, messages, signal } = session;
        const name = command.args[0] ?? "";
        const { remove: input } = command.opts<{ remove?: string }>();
        if (input !== undefined) {
          await client.call(deleteSavedInput, { params: { name, input }, signal });
          note("deleted", { name: input });
          answer({ name, input, removed: true }, () => "");
          return;
        }
        const list = await listed(session, name);
        const rows = list.items.map(({ name: one, call, updatedAt }) => [
          one,
          call.method,
          call.path,
          shortened(call.body),
          updatedAt,
        ]);
        answer(list, () =>
          rows.length === 0 ? messages.none : table([["NAME", "METHOD", "PATH", "BODY", "SAVED"], ...rows]),
        );
      }),
    );
}

function listed(session: Session, name: string) {
  const { client, signal } = session;
  return withNearestFunction(session, name, () => client.call(listSavedInputs, { params: { name }, signal }));
}

/** The beginning of a body in one line. */
function shortened(body: string): string {
  const line = body.replaceAll(/\s+/g, " ").trim();
  const all = [...line];
  return all.length <= shownMost ? line : `${all.slice(0, shownMost - 1).join("")}…`;
}
