import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type DefinitionFile, definitionHeaders } from "@pulse/schema/apply/definition-file";
import * as wire from "@pulse/schema/wire/workflows";
import { toYaml } from "@pulse/schema/workflow/yaml";
import type { Command } from "commander";
import { fill } from "../messages/say.ts";
import { run, type Session } from "../session.ts";
import { table } from "../table.ts";
import { UsageError } from "../usage.ts";
import { addWorkflowAlias } from "./workflow-alias.ts";
import { areInOrder, nameOf, readDefinitions } from "./workflow-files.ts";
import { splitRevision } from "./workflow-inputs.ts";
import { addWorkflowPlan } from "./workflow-plan.ts";

interface ExportOptions {
  format: string;
  output?: string;
  dir?: string;
}

/** Adds `workflow list|get|deploy|validate|plan|export|enable|disable|delete|alias`. */
export function addWorkflow(program: Command): void {
  const group = program.command("workflow").description("steps across machines, with people in the loop");
  addReading(group);
  addSaving(group);
  addWorkflowPlan(group);
  addExport(group);
  addSwitches(group);
  addWorkflowAlias(group);
}

function addReading(group: Command): void {
  group
    .command("list")
    .description("workflows by name")
    .option("--tag <tag>", "with this tag")
    .option("--q <text>", "whose name contains this")
    .option("--limit <n>", "at most 200", "50")
    .option("--cursor <cursor>", "where the page before ended: its nextCursor")
    .action(
      run(async ({ client, answer, messages, signal }, command) => {
        const list = await client.call(wire.listWorkflows, { query: command.opts(), signal });
        const rows = list.items.map(({ name, revision, steps, enabled, tags, updatedAt, lastRun }) => [
          ...[name, String(revision), String(steps), enabled ? "yes" : "no", tags.join(","), updatedAt],
          lastRun === null ? "-" : `${lastRun.status} ${lastRun.at}`,
        ]);
        const heads = ["NAME", "REVISION", "STEPS", "ENABLED", "TAGS", "CHANGED", "LAST RUN"];
        answer(list, () => (rows.length === 0 ? messages.none : table([heads, ...rows])));
      }),
    );
  group
    .command("get <name>")
    .description("one workflow with its newest definition")
    .action(
      run(async ({ client, answer, signal }, { args }) => {
        const one = await client.call(wire.getWorkflow, { params: { name: args[0] ?? "" }, signal });
        answer(one, () => JSON.stringify(one, null, 2));
      }),
    );
}

function addSaving(group: Command): void {
  group
    .command("validate <paths...>")
    .description("every problem of definitions (files or folders, JSON or YAML); nothing is saved")
    .action(
      run(async (session, { args }) => {
        const checked = await areInOrder(session, readDefinitions(session, args));
        const whole = checked.map(({ path, view }) => ({ path, ...view }));
        session.answer(whole.length === 1 ? whole[0] : { items: whole }, () =>
          whole
            .map(({ path, valid }) =>
              fill(valid ? session.messages.wfValid : session.messages.wfNotValid, { path }),
            )
            .join("\n"),
        );
      }),
    );
  group
    .command("deploy <paths...>")
    .description(
      "save definitions (files or folders, JSON or YAML); all of them or, with an error in one, none",
    )
    .option("--name <name>", "under this name; without it the definition's, else the file's")
    .action(
      run(async (session, command) => {
        const { name } = command.opts<{ name?: string }>();
        const files = readDefinitions(session, command.args);
        if (name !== undefined && files.length > 1) throw new UsageError(session.messages.wfOneName);
        const named = files.map((file) => ({ file, name: name ?? nameOf(session, file) }));
        const checked = await areInOrder(session, files);
        if (checked.some(({ view }) => !view.valid)) {
          session.answer({ items: checked.map(({ path, view }) => ({ path, ...view })) }, () => "");
          return;
        }
        const saved: Saved[] = [];
        for (const one of named) saved.push(await save(session, one));
        session.answer(saved.length === 1 ? saved[0] : { items: saved }, () => webhookLines(saved));
        const isShown = saved.some(({ webhooks }) => webhooks.some(({ secret }) => secret !== undefined));
        if (isShown) session.line(session.messages.whTriggerSecretOnce);
      }),
    );
}

type Saved = Awaited<ReturnType<typeof save>>;

/** The addresses that triggers are, each with its secret where that was made by this save. */
function webhookLines(saved: readonly Saved[]): string {
  return saved
    .flatMap(({ webhooks }) => webhooks)
    .map(({ name, url, secret }) => [name, url, ...(secret === undefined ? [] : [secret])].join("  "))
    .join("\n");
}

async function save(session: Session, { file, name }: { file: DefinitionFile; name: string }) {
  const { client, signal, note } = session;
  const init = { params: { name }, raw: file.text, headers: definitionHeaders, signal };
  const before = await revisionBefore(session, name);
  const saved = await client.call(wire.putWorkflow, init);
  note(before === saved.revision ? "wfKept" : "wfSaved", { name, revision: saved.revision });
  for (const gone of saved.goneWebhooks) session.line(fill(session.messages.wfWebhookGone, { name: gone }));
  return saved;
}

async function revisionBefore({ client, signal }: Session, name: string): Promise<number | null> {
  const { items } = await client.call(wire.listWorkflows, { query: { q: name, limit: 200 }, signal });
  return items.find((one) => one.name === name)?.revision ?? null;
}

function addExport(group: Command): void {
  group
    .command("export [workflow]")
    .description("a definition as YAML or JSON, of one revision with name@3; or with --dir those of all")
    .option("--format <format>", "yaml or json", "yaml")
    .option("-o, --output <file>", "into this file instead of stdout")
    .option("--dir <folder>", "one file for each workflow")
    .action(
      run(async (session, command) => {
        const [what] = command.args;
        const { format, output, dir } = command.opts<ExportOptions>();
        const { messages, note } = session;
        if (format !== "yaml" && format !== "json") {
          throw new UsageError(fill(messages.wfFormat, { given: format }));
        }
        const written = (definition: unknown) =>
          format === "json" ? `${JSON.stringify(definition, null, 2)}\n` : toYaml(definition);
        if ((what === undefined) === (dir === undefined)) throw new UsageError(messages.wfOneOrDir);
        if (what !== undefined) {
          const definition = await definitionNamed(session, what);
          if (output === undefined) session.answer(definition, () => written(definition));
          else {
            writeFileSync(output, written(definition));
            note("wfWritten", { path: output });
          }
          return;
        }
        const folder = dir ?? "";
        mkdirSync(folder, { recursive: true });
        const paths: string[] = [];
        for await (const name of allNames(session)) {
          const path = join(folder, `${name}.${format}`);
          writeFileSync(path, written(await definitionNamed(session, name)));
          note("wfWritten", { path });
          paths.push(path);
        }
        session.answer({ items: paths }, () => "");
      }),
    );
}

async function definitionNamed({ client, signal }: Session, what: string) {
  const { workflow: name, revision } = splitRevision(what);
  const { definition } =
    revision === undefined
      ? await client.call(wire.getWorkflow, { params: { name }, signal })
      : await client.call(wire.getRevision, {
          params: { name, revision: String(revision) },
          query: {},
          signal,
        });
  return definition;
}

async function* allNames({ client, signal }: Session): AsyncGenerator<string> {
  for (let cursor: string | null = null; ; ) {
    const query: { limit: number; cursor?: string } = { limit: 200, ...(cursor === null ? {} : { cursor }) };
    const page: { items: { name: string }[]; nextCursor: string | null } = await client.call(
      wire.listWorkflows,
      { query, signal },
    );
    for (const { name } of page.items) yield name;
    if (page.nextCursor === null) return;
    cursor = page.nextCursor;
  }
}

function addSwitches(group: Command): void {
  group
    .command("enable <name>")
    .description("let it be started again")
    .action(
      run(async ({ client, answer, note, signal }, { args }) => {
        const name = args[0] ?? "";
        const changed = await client.call(wire.patchWorkflow, {
          params: { name },
          body: { enabled: true },
          signal,
        });
        note("wfEnabled", { name });
        answer(changed, () => "");
      }),
    );
  group
    .command("disable <name>")
    .description("let nothing start it")
    .option("--reason <text>", "shown to whoever tries to start it")
    .action(
      run(async ({ client, answer, note, signal }, command) => {
        const name = command.args[0] ?? "";
        const body = { enabled: false, ...command.opts<{ reason?: string }>() };
        const changed = await client.call(wire.patchWorkflow, { params: { name }, body, signal });
        note("wfDisabled", { name });
        answer(changed, () => "");
      }),
    );
  group
    .command("delete <name>")
    .description("delete a workflow; its executions stay")
    .action(
      run(async ({ client, answer, note, signal }, { args }) => {
        const name = args[0] ?? "";
        await client.call(wire.deleteWorkflow, { params: { name }, signal });
        note("deleted", { name });
        answer({ name, deleted: true }, () => "");
      }),
    );
}
