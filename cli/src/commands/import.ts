import type { Command } from "commander";
import { type ImportOptions, type Planned, planOf } from "../import/plan.ts";
import { readSource, type Source } from "../import/read-source.ts";
import { fill } from "../messages/say.ts";
import { run, type Session } from "../session.ts";
import { areInOrder } from "./workflow-files.ts";

const signs = { create: "+", change: "~", same: "=", left: "!" } as const;

/** Adds `import`. */
export function addImport(program: Command): void {
  program
    .command("import <paths...>")
    .description("move in from the older system: its definitions, users and workers as JSON, its .env")
    .option("-y, --yes", "do it; without it only the plan is shown")
    .option("--passwords <file>", "make people who are not there, with first passwords in this new file")
    .option("--settings <file>", "write the settings of the .env under their names here into this file")
    .option("--secret <names...>", "settings of the .env that become secrets")
    .action(
      run(async (session, command) => {
        const options = command.opts<ImportOptions & { yes?: true }>();
        const source = readSource(session, command.args);
        if (!(await isValid(session, source))) return;
        const plan = await planOf(session, source, options);
        const isDone = options.yes === true;
        if (isDone) for (const { apply } of plan) await apply?.();
        const items = plan.map(({ apply: _, ...item }) => item);
        session.answer({ applied: isDone, items }, () => textOf(session, plan));
        const count = plan.filter(({ apply }) => apply !== undefined).length;
        if (count === 0) session.note("importNothing");
        else if (isDone) session.note("importDone", { count });
        else session.line(fill(session.messages.importSayYes, { count }));
      }),
    );
}

/** Whether the gateway takes every definition; what is wrong is said of each, and then nothing is done. */
async function isValid(session: Session, { definitions }: Source): Promise<boolean> {
  const files = definitions.map(({ from, definition }) => ({
    path: from,
    text: JSON.stringify(definition, null, 2),
  }));
  return (await areInOrder(session, files)).every(({ view }) => view.valid);
}

function textOf({ messages }: Session, plan: readonly Planned[]): string {
  const kinds = {
    workflow: messages.importWorkflow,
    user: messages.importUser,
    worker: messages.importWorker,
    setting: messages.importSetting,
    secret: messages.importSecret,
  };
  return plan
    .flatMap(({ kind, from, to, change, notes }) => [
      `${signs[change]} ${kinds[kind]} ${from}${to === null ? "" : ` → ${to}`}`,
      ...notes.map((note) => `    ${note}`),
    ])
    .join("\n");
}
