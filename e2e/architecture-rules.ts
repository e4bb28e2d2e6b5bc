import { builtinModules } from "node:module";
import { type Import, importsOf } from "./imports.ts";
import type { SourceFile } from "./source-files.ts";

/** A line that breaks a rule. `line` is 0 when the file as a whole does. */
export interface Violation {
  path: string;
  line: number;
  rule: string;
}

/**
 * Imports between parts that the rules forbid and that are wanted all the same: `importer -> imported`, each with its reason.
 * A folder stands for what is in it.
 */
export interface Exception {
  from: string;
  to: string;
  because: string;
}

const packages = ["schema", "gateway", "runner", "cli", "dashboard", "runtimes"];
const forbiddenNames = "utils helpers common lib types interfaces manager service handler base".split(" ");
const pureNames = ["match", "retry", "advance", "due", "may", "targets", "rate-limit"];

/** Folders in which every file is pure; these import each other too. */
const pureFolders = ["gateway/src/workflows/advance"];
const isCode = /\.(ts|tsx|mts|js|mjs|py)$/;
const isScript = /\.(ts|tsx|mts|js|mjs)$/;
const isTest = (path: string) => /\.(test|suite)\.tsx?$/.test(path) || path.startsWith("e2e/");
const within = (path: string, place: string) => path === place || path.startsWith(`${place}/`);

/** Every violation of `architecture.md` in the given files. Examples are users' code: only their size is ours to judge. */
export function violationsOf(files: readonly SourceFile[], exceptions: readonly Exception[]): Violation[] {
  return files
    .filter(({ path }) => isCode.test(path))
    .flatMap((file) => {
      const found = [...sizeOf(file)];
      if (!within(file.path, "examples")) found.push(...namesOf(file), ...codeOf(file));
      if (isScript.test(file.path) && !within(file.path, "examples")) {
        found.push(...importsOf(file).flatMap((one) => importRules(file.path, one, exceptions)));
      }
      return found;
    });
}

/** Exceptions that no import in the files uses any more. */
export function unusedExceptions(
  files: readonly SourceFile[],
  exceptions: readonly Exception[],
): Exception[] {
  const used = files
    .filter(({ path }) => isScript.test(path))
    .flatMap((file) => importsOf(file).map(({ target }) => ({ from: file.path, to: target })));
  return exceptions.filter(
    ({ from, to }) => !used.some((one) => within(one.from, from) && within(one.to, to)),
  );
}

function sizeOf({ path, text }: SourceFile): Violation[] {
  const most = isTest(path) ? 500 : 300;
  const lines = text.replace(/\n$/, "").split("\n").length;
  return lines > most
    ? [{ path, line: lines, rule: `a file has at most ${most} lines, this one ${lines}` }]
    : [];
}

function namesOf({ path }: SourceFile): Violation[] {
  const found: string[] = [];
  const folders = path.split("/");
  const file = folders.pop() ?? "";
  const stem = file.replace(/\..*$/, "");
  const lastWord = stem.split("-").pop() ?? "";
  if (!/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+)+$/.test(file)) found.push("file names are kebab-case");
  if (forbiddenNames.includes(lastWord)) found.push(`"${lastWord}" names no one thing`);
  for (const folder of folders.filter((one) => forbiddenNames.includes(one))) {
    found.push(`a folder called "${folder}" names no one thing`);
  }
  if (stem === "index" && !within(path, "schema/src/tables"))
    found.push("index.ts is only in schema/src/tables");
  const below = folders.indexOf("src");
  if (below >= 0 && folders.length - below - 1 > 3) found.push("folders are at most three deep under src");
  return found.map((rule) => ({ path, line: 0, rule }));
}

/** What a line may not say, by where it stands. */
function codeOf({ path, text }: SourceFile): Violation[] {
  const rules: [RegExp, string][] = [
    [
      /^\s*(?:export )?class \w*(?:Utils|Helpers?|Common|Manager|Service|Handler|Base)\b/,
      "a class is named for its one thing",
    ],
  ];
  if (within(path, "gateway/src") && !within(path, "gateway/src/platform") && !isTest(path)) {
    rules.push([
      /\bprocess\.\w|\bnavigator\.|\bDeno\.|\bBun\./,
      "only gateway/src/platform knows where it runs",
    ]);
    rules.push([/\bsetInterval\(/, "there is no setInterval: core.tick() says when to be called next"]);
  }
  if (within(path, "schema/src") && !isTest(path)) {
    rules.push([/\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(/, "schema has no clock"]);
  }
  if (isPure(path)) {
    rules.push([/\basync\s*[\w(]|\bawait\b|\bPromise</, "a pure file is not async"]);
    rules.push([/\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(/, "a pure file has no clock"]);
    rules.push([/\bMath\.random\(|\bcrypto\./, "a pure file has no randomness of its own"]);
    rules.push([/\bfetch\(|\bsetTimeout\(/, "a pure file has no effects"]);
  }
  return text.split("\n").flatMap((line, i) => {
    if (/^\s*(\/\/|\*|\/\*)/.test(line)) return [];
    return rules.filter(([pattern]) => pattern.test(line)).map(([, rule]) => ({ path, line: i + 1, rule }));
  });
}

function isPure(path: string): boolean {
  const file = path.split("/").pop() ?? "";
  const isByName = within(path, "gateway/src") && pureNames.some((name) => file === `${name}.ts`);
  return isByName || isInPureFolder(path);
}

function isInPureFolder(path: string): boolean {
  return pureFolders.some((folder) => within(path, folder));
}

function importRules(path: string, one: Import, exceptions: readonly Exception[]): Violation[] {
  if (exceptions.some(({ from, to }) => within(path, from) && within(one.target, to))) return [];
  const found = [extensionRule(one), ...packageRules(path, one)];
  if (within(path, "gateway/src")) found.push(...gatewayRules(path, one));
  return found
    .filter((rule) => rule !== null)
    .map((rule) => ({ path, line: one.line, rule: `${rule}: imports ${one.specifier}` }));
}

function extensionRule({ specifier }: Import): string | null {
  if (!specifier.startsWith(".") || /\.(ts|tsx|mts|mjs|js|json)$/.test(specifier)) return null;
  return "relative imports carry their extension";
}

/** The package an import lands in: by workspace name, or by a relative path across the border. */
function packageOf(target: string): string | null {
  const name = target.startsWith("@pulse/") ? target.slice("@pulse/".length) : target;
  return packages.find((one) => within(name, one)) ?? null;
}

function packageRules(path: string, { target, specifier }: Import): (string | null)[] {
  const home = packages.find((one) => within(path, one));
  if (home === undefined) return [];
  const to = packageOf(target);
  const isForeign = to !== null && to !== home;
  const rules: (string | null)[] = [];
  if (isForeign && specifier.startsWith(".")) rules.push("another package is imported by its name");
  if (to === "runtimes" && isForeign) rules.push("nothing imports runtimes");
  if (home === "runtimes" && to === null && !isBuiltin(target) && !isTest(path)) {
    rules.push("runtimes import the standard library only");
  }
  if (home === "runtimes" && isForeign) rules.push("runtimes import no other package");
  if (home === "schema") rules.push(...schemaRules(path, target, isForeign));
  else if (isForeign && to !== "schema" && to !== "runtimes")
    rules.push(`${home} imports schema only, not ${to}`);
  if (home !== "gateway" && home !== "schema" && within(target, "@pulse/schema/tables")) {
    rules.push("tables are the gateway's alone");
  }
  return rules;
}

/** What a folder of the schema may import beside zod. */
const schemaLibraries = { tables: "drizzle-orm", expression: "acorn", workflow: "yaml" };

function schemaRules(path: string, target: string, isForeign: boolean): string[] {
  if (isTest(path) || !within(path, "schema/src")) return [];
  if (isForeign) return ["schema imports no other package"];
  const own = Object.entries(schemaLibraries).find(([folder]) => within(path, `schema/src/${folder}`));
  const allowed = ["zod", ...(own === undefined ? [] : [own[1]])];
  if (within(target, "schema") || allowed.some((one) => within(target, one))) return [];
  return [`schema imports ${allowed.join(" and ")} only`];
}

const gatewayTop = ["app.ts", "core.ts", "hub.ts", "ports.ts", "config.ts"];

function isHubType({ isType, target }: Import): boolean {
  return isType && target === "gateway/src/hub.ts";
}

function gatewayRules(path: string, one: Import): string[] {
  const { target } = one;
  const rules: string[] = [];
  const [folder, file] = placeOf(path);
  const isStore = /\/(store|[a-z-]+-store)\.ts$/.test(target);
  if (isStore && within(target, "gateway/src") && placeOf(target)[0] !== folder) {
    rules.push("a store is imported by its own feature only");
  }
  if (isTest(path) || folder === "platform") return rules;
  if (isBuiltin(target) || target.startsWith("cloudflare:")) {
    rules.push("only gateway/src/platform imports node:* or cloudflare:*");
  }
  const isOwnFolder = isInPureFolder(path) && (isInPureFolder(target) || target === "zod");
  if (isPure(path) && !within(target, "@pulse/schema") && !isOwnFolder && !isHubType(one)) {
    rules.push("a pure file imports schema only");
  }
  if (!within(target, "gateway/src")) return rules;
  const [toFolder, toFile] = placeOf(target);
  if (toFolder === "platform") rules.push("nothing but platform imports platform");
  else if (folder === null) rules.push(...topRules(file, toFolder));
  else if (toFolder === null) {
    if (!["hub.ts", "ports.ts"].includes(toFile))
      rules.push(`${folder}/ imports only ports and hub from the top`);
  } else if (toFolder !== folder && (folder === "dispatch" || folder === "http")) {
    rules.push(`${folder}/ depends on no feature`);
  } else if (toFolder !== folder && toFolder !== "http") {
    rules.push(`a feature imports schema, ports, hub, http/ and itself, not ${toFolder}/`);
  }
  return rules;
}

/** app.ts and core.ts put the parts together; the other files at the top are what parts are made of. */
function topRules(file: string, toFolder: string | null): string[] {
  if (toFolder === null || file === "app.ts" || file === "core.ts") return [];
  return [`${file} imports no feature`];
}

/** Folder directly under gateway/src (null at the top) and file name. */
function placeOf(path: string): [folder: string | null, file: string] {
  const [first = "", ...rest] = path.slice("gateway/src/".length).split("/");
  return rest.length === 0 ? [null, first] : [first, rest.join("/")];
}

function isBuiltin(target: string): boolean {
  return /^(node|data):/.test(target) || builtinModules.includes(target);
}

/** Files directly in gateway/src that `architecture.md` does not name. */
export function strayTopFiles(files: readonly SourceFile[]): string[] {
  return files
    .map(({ path }) => path)
    .filter((path) => /^gateway\/src\/[^/]+\.ts$/.test(path) && !isTest(path))
    .filter((path) => !gatewayTop.includes(placeOf(path)[1]));
}
