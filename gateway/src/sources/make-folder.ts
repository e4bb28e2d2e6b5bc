import { type DefinitionFile, definitionFile } from "@pulse/schema/apply/definition-file";
import type { FunctionFolder } from "@pulse/schema/apply/function-item";
import type { Applying } from "@pulse/schema/apply/item";
import type { Wrong } from "@pulse/schema/apply/layout";
import { type Folder, repeatedIn } from "@pulse/schema/apply/perform";
import { ProblemError } from "@pulse/schema/problem";
import { deployVersion } from "@pulse/schema/wire/functions";
import { writeTar } from "../functions/tar.ts";
import { sha256Hex } from "../http/encoding.ts";
import type { Ports } from "../ports.ts";
import { readDefinitionText } from "../workflows/define.ts";
import type { Archive } from "./open-archive.ts";
import { type ReadFunction, readFiles } from "./read-files.ts";
import { wrongAt } from "./read-layout.ts";

/** How long a build may take. */
const buildSeconds = 600;
const wrongMost = 20;

type FolderPorts = Pick<Ports, "gzip" | "now" | "soon">;

/** What an archive says that is to be applied. Throws `validation_failed` with everything that is wrong in it, each with its place. */
export async function folderOf(
  ports: FolderPorts,
  applying: Applying,
  archive: Archive,
  path: string,
): Promise<Folder> {
  const read = readFiles(archive.files, path, archive.layout);
  if ("wrong" in read) throw wrongFolder(read.wrong);
  const workflows = await definitionsOf(ports, read.workflows);
  const functions = await Promise.all(read.functions.map((one) => functionFolder(ports, applying, one)));
  const folder = { ...read, functions, workflows };
  const repeated = repeatedIn(applying, folder);
  if (repeated.length > 0) throw wrongFolder(repeated);
  return folder;
}

/** The definitions in these files, each read once. Throws `validation_failed` with everything that is wrong in them. */
async function definitionsOf(
  ports: FolderPorts,
  files: readonly { path: string; text: string }[],
): Promise<DefinitionFile[]> {
  const wrong: Wrong[] = [];
  const definitions: DefinitionFile[] = [];
  for (const { path, text } of files) {
    const { value, errors } = readDefinitionText(text, ports.now());
    const definition = definitionFile(path, text, value ?? null);
    wrong.push(...errors.map(({ pointer, message, position }) => ({ path, pointer, message, ...position })));
    if (definition.name === null && errors.length === 0) {
      wrong.push(wrongAt(path, "gives no name that a workflow may have: 1–63 of a–z, 0–9, - and _"));
    }
    definitions.push(definition);
    // A large one takes a second: others have their turn between two.
    await new Promise<void>((resolve) => ports.soon(resolve));
  }
  if (wrong.length > 0) throw wrongFolder(wrong);
  return definitions;
}

async function functionFolder(
  ports: Pick<Ports, "gzip">,
  applying: Applying,
  { dir, manifest, sent, files }: ReadFunction,
): Promise<{ dir: string } & FunctionFolder> {
  const hashed = files.map(async ({ path, content }) => [path, await sha256Hex(content)] as const);
  const { name: _name, runtime, entry, ...settings } = sent;
  return {
    ...{ dir, manifest, sent, sha256: sha256Hex },
    hashes: Object.fromEntries(await Promise.all(hashed)),
    async deploy(message) {
      const form = new FormData();
      const bundle = await ports.gzip(writeTar(files));
      form.set("bundle", new Blob([new Uint8Array(bundle)]), "bundle.tar.gz");
      form.set(
        "manifest",
        JSON.stringify({ runtime, settings, message, ...(entry === undefined ? {} : { entry }) }),
      );
      const { client, signal } = applying;
      const params = { name: manifest.name };
      const query = { wait: buildSeconds };
      await client.call(deployVersion, { params, query, raw: form, signal });
    },
  };
}

function wrongFolder(wrong: readonly Wrong[]): ProblemError {
  const lines = wrong.slice(0, wrongMost).map(({ path, line, column, pointer, message }) => {
    const place = line === undefined ? path : `${path}:${line}:${column ?? 1}`;
    return `${place}:${pointer === "" ? "" : ` ${pointer}:`} ${message}`;
  });
  const more = wrong.length > wrongMost ? [`and ${wrong.length - wrongMost} more`] : [];
  return new ProblemError("validation_failed", [...lines, ...more].join("\n"), {
    errors: wrong.slice(0, wrongMost).map(({ pointer, message }, i) => ({
      pointer: pointer === "" ? "/" : pointer,
      detail: `${lines[i]?.split(":", 1)[0]}: ${message}`,
    })),
  });
}
