import { type DefinitionFile, definitionHeaders } from "@pulse/schema/apply/definition-file";
import type { FunctionFolder } from "@pulse/schema/apply/function-item";
import type { Applying } from "@pulse/schema/apply/item";
import type { Wrong } from "@pulse/schema/apply/layout";
import { type Folder, repeatedIn } from "@pulse/schema/apply/perform";
import { ProblemError } from "@pulse/schema/problem";
import { deployVersion } from "@pulse/schema/wire/functions";
import { validateWorkflow } from "@pulse/schema/wire/workflows";
import { writeTar } from "../functions/tar.ts";
import { sha256Hex } from "../http/encoding.ts";
import type { Ports } from "../ports.ts";
import type { Archive } from "./fetch-archive.ts";
import { type ReadFunction, readFiles } from "./read-files.ts";

/** How long a build may take. */
const buildSeconds = 600;
const wrongMost = 20;

/** What an archive says that is to be applied. Throws `validation_failed` with everything that is wrong in it, each with its place. */
export async function folderOf(
  ports: Pick<Ports, "gzip">,
  applying: Applying,
  archive: Archive,
  path: string,
): Promise<Folder> {
  const read = readFiles(archive.files, path);
  if ("wrong" in read) throw wrongFolder(read.wrong);
  const functions = await Promise.all(read.functions.map((one) => functionFolder(ports, applying, one)));
  const folder = { ...read, functions };
  const repeated = repeatedIn(applying, folder);
  if (repeated.length > 0) throw wrongFolder(repeated);
  const wrong: Wrong[] = [];
  for (const file of read.workflows) wrong.push(...(await wrongIn(applying, file)));
  if (wrong.length > 0) throw wrongFolder(wrong);
  return folder;
}

async function wrongIn({ client, signal }: Applying, { path, text }: DefinitionFile): Promise<Wrong[]> {
  const { errors } = await client.call(validateWorkflow, { raw: text, headers: definitionHeaders, signal });
  return errors.map(({ pointer, message, position }) => ({ path, pointer, message, ...position }));
}

async function functionFolder(
  ports: Pick<Ports, "gzip">,
  applying: Applying,
  { dir, manifest, sent, files }: ReadFunction,
): Promise<{ dir: string } & FunctionFolder> {
  const hashed = files.map(async ({ path, content }) => [path, await sha256Hex(content.slice())] as const);
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
