import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import {
  type DefinitionFile,
  definitionFile,
  definitionHeaders,
  isDefinition,
} from "@pulse/schema/apply/definition-file";
import { type ValidationView, validateWorkflow } from "@pulse/schema/wire/workflows";
import { exitCodes } from "../exit-codes.ts";
import { fill } from "../messages/say.ts";
import type { Session } from "../session.ts";
import { UsageError } from "../usage.ts";

/** The definitions that paths mean: files, and those of folders by name. Throws `UsageError` for what cannot be read. */
export function readDefinitions(session: Session, paths: readonly string[]): DefinitionFile[] {
  const { messages } = session;
  const read = (path: string) => definitionFile(path, readFileSync(path, "utf8"));
  return paths.flatMap((path) => {
    try {
      if (!statSync(path).isDirectory()) return [read(path)];
      const names = readdirSync(path).filter(isDefinition);
      if (names.length === 0) throw new UsageError(fill(messages.wfNoFiles, { path }));
      return names.sort().map((name) => read(join(path, name)));
    } catch (error) {
      if (error instanceof UsageError) throw error;
      throw new UsageError(fill(messages.cannotRead, { path }));
    }
  });
}

/** The name of a definition: its own where it may be one, else the file's. Throws `UsageError`. */
export function nameOf({ messages }: Session, file: DefinitionFile): string {
  const { name } = file;
  if (name === null) throw new UsageError(fill(messages.wfNoName, { path: file.path }));
  return name;
}

/** What the gateway finds in a definition. */
export async function checkDefinition(
  { client, signal }: Session,
  { text }: Pick<DefinitionFile, "text">,
): Promise<ValidationView> {
  return await client.call(validateWorkflow, { raw: text, headers: definitionHeaders, signal });
}

/** Checks definitions and says on stderr what is wrong with them, as `file:line:column`; false, and the exit code 6, when there are errors. */
export async function areInOrder(
  session: Session,
  files: readonly Pick<DefinitionFile, "path" | "text">[],
): Promise<{ path: string; view: ValidationView }[]> {
  const checked: { path: string; view: ValidationView }[] = [];
  for (const file of files) {
    const view = await checkDefinition(session, file);
    checked.push({ path: file.path, view });
    for (const line of findingLines(session, file.path, view)) session.line(line);
    if (!view.valid) process.exitCode = exitCodes.invalid;
  }
  return checked;
}

function findingLines({ colours, messages }: Session, path: string, view: ValidationView): string[] {
  const line = (kind: string, { pointer, message, column, position }: ValidationView["errors"][number]) => {
    const place = position === undefined ? path : `${path}:${position.line}:${position.column}`;
    const inText = column === undefined ? "" : ` (${column})`;
    return `${place}: ${kind} ${pointer || "/"}${inText}: ${message}`;
  };
  return [
    ...view.errors.map((one) => line(colours.red(messages.wfError), one)),
    ...view.warnings.map((one) => line(colours.yellow(messages.wfWarning), one)),
  ];
}
