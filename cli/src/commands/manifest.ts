import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { createGzip } from "node:zlib";
import { isIgnored, manifestNames } from "@pulse/schema/apply/function-files";
import { jsoncExcess } from "@pulse/schema/apply/jsonc";
import { ProblemError } from "@pulse/schema/problem";
import { type Manifest, manifest } from "@pulse/schema/wire/manifest";
import { type ParseError, parse, printParseErrorCode } from "jsonc-parser";
import { pack } from "tar-stream";

/** A function's folder as it is deployed. */
export interface Project {
  manifest: Manifest;
  /** As written, for the gateway to parse. */
  sent: Record<string, unknown>;
  paths: string[];
}

/** Reads `pulse.jsonc` and lists the files of a folder. Throws `not_found`, `invalid_json`, `validation_failed`. */
export function readProject(dir: string, missing: string): Project {
  const name = manifestNames.find((one) => existsSync(join(dir, one)));
  if (name === undefined) throw new ProblemError("not_found", missing, { hint: "pulse init" });
  const text = readFileSync(join(dir, name), "utf8");
  const excess = jsoncExcess(text);
  if (excess !== null) throw new ProblemError("invalid_json", `${name}: ${excess}`);
  const problems: ParseError[] = [];
  const value: unknown = parse(text, problems, { allowTrailingComma: true });
  const [first] = problems;
  if (first !== undefined) {
    const line = text.slice(0, first.offset).split("\n").length;
    throw new ProblemError("invalid_json", `${name}:${line}: ${printParseErrorCode(first.error)}`);
  }
  const parsed = manifest.safeParse(value);
  if (!parsed.success) {
    const errors = parsed.error.issues.map((issue) => ({
      pointer: `/${issue.path.join("/")}`,
      detail: issue.message,
    }));
    throw new ProblemError("validation_failed", `${name} is not valid`, { errors });
  }
  const { $schema: _, ...sent } = value as Record<string, unknown>;
  return { manifest: parsed.data, sent, paths: filesBelow(dir, dir) };
}

function filesBelow(root: string, dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true })
    .filter((entry) => !isIgnored(entry.name) && !manifestNames.some((one) => one === entry.name))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(dir, entry.name);
      if (entry.isDirectory()) return filesBelow(root, path);
      return entry.isFile() ? [relative(root, path)] : [];
    });
}

/** The multipart body of a deploy. */
export async function deployForm(
  dir: string,
  { manifest: { runtime }, sent, paths }: Project,
  message?: string,
): Promise<FormData> {
  const tar = pack();
  for (const path of paths) tar.entry({ name: path, mtime: new Date(0) }, readFileSync(join(dir, path)));
  tar.finalize();
  const bundle = await buffer(Readable.from(tar).pipe(createGzip()));
  const { name: _name, runtime: _runtime, entry, ...settings } = sent;
  const form = new FormData();
  form.set("bundle", new Blob([new Uint8Array(bundle)]), "bundle.tar.gz");
  form.set(
    "manifest",
    JSON.stringify({
      runtime,
      settings,
      ...(entry === undefined ? {} : { entry }),
      ...(message === undefined ? {} : { message }),
    }),
  );
  return form;
}
