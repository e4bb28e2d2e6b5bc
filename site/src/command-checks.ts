import { existsSync, readFileSync } from "node:fs";
import { commandTable } from "@pulse/cli/completion/command-table";
import { buildProgram } from "@pulse/cli/program";
import { contract } from "@pulse/schema/contract";
import * as compat from "@pulse/schema/wire/compat";
import { graphqlRequest } from "@pulse/schema/wire/graphql";
import type * as z from "zod";
import type { Command } from "./shell-words.ts";

const root = new URL("../..", import.meta.url).pathname;
const scripts: Record<string, string> = JSON.parse(readFileSync(`${root}package.json`, "utf8")).scripts;

type Program = Awaited<ReturnType<typeof buildProgram>>;

/** The CLI's own program with commands that do nothing: whether words are understood is all that it says. */
async function idleProgram(): Promise<Program> {
  const idle = (command: Program): void => {
    if (command.commands.length === 0) command.action(() => undefined);
    command.configureOutput({ writeOut: () => undefined, writeErr: () => undefined });
    for (const one of command.commands) idle(one as Program);
  };
  const program = await buildProgram("en");
  idle(program);
  return program;
}
const program = await idleProgram();
const rows = commandTable(program);

/** What the CLI says to words after `pulse` that it does not understand; null: it does. */
export async function pulseFault(words: readonly string[]): Promise<string | null> {
  try {
    await program.parseAsync([...words], { from: "user" });
    return null;
  } catch (error) {
    const said = error as { code?: string; message: string };
    const isAsked =
      said.code === "commander.version" ||
      (said.code === "commander.helpDisplayed" && words.includes("--help"));
    return isAsked ? null : said.message;
  }
}

/**
 * What is wrong with a command that stands in a sentence, so that arguments may be missing or stand for something: its names and flags must be there. A group of
 * commands alone is right.
 */
export function mentionFault(words: readonly string[]): string | null {
  const path: string[] = [];
  const rowOf = (names: readonly string[]) => rows.find((row) => row.path === names.join(" "));
  for (const word of words) {
    if (rowOf([...path, word]) === undefined) break;
    path.push(word);
  }
  const row = rowOf(path);
  if (row === undefined || path.length === 0) return `there is no command ${words[0]}`;
  const next = words[path.length];
  if (row.commands.length > 0 && next !== undefined && /^[a-z]+$/.test(next))
    return `${path.join(" ")} has no ${next}`;
  const flags = [...(rows[0]?.flags ?? []), ...row.flags].flatMap(({ names }) => names);
  const unknown = words.find((word) => /^--?[a-z][a-z-]*$/.test(word) && !flags.includes(word));
  return unknown === undefined ? null : `${path.join(" ")} has no ${unknown}`;
}

/** Programs that a page may use besides, which are not ours to check. */
const others = new Set(
  ". cat cd chmod cp curl cut date docker echo export find head helm kubectl ls mkdir mmdebstrap node npm npx openssl pnpm printf python3 rm sed seq set sh sleep source systemctl tar turso umask useradd install".split(
    " ",
  ),
);

/** Paths below which anything may stand that is not in the contract. */
const open = ["/f/", "/install/runner.sh", "/readyz", "/livez", "/metrics", "/graphql"];
interface Declared {
  method: string;
  path: string;
  body?: z.ZodType | undefined;
}
const isDeclared = (value: unknown): value is Declared =>
  typeof value === "object" && value !== null && "method" in value && "path" in value;
const endpoints: Declared[] = [...contract.values(), ...Object.values<unknown>(compat).filter(isDeclared)];

/** What is wrong with a call of the API; null: nothing. `body` is its JSON as text, or null. */
export function callFault(method: string, path: string, body: string | null): string | null {
  const [plain = ""] = path.split("?");
  const fits = (pattern: string) => new RegExp(`^${pattern.replace(/:\w+\*?/g, "[^/]+")}$`).test(plain);
  const found = endpoints.find((one) => one.method === method && fits(one.path));
  const isOpen = open.some((one) => plain === one || (one.endsWith("/") && plain.startsWith(one)));
  if (found === undefined && !isOpen) return `there is no ${method} ${plain}`;
  const shape = plain === "/graphql" ? graphqlRequest : found?.body;
  if (body === null || shape === undefined) return null;
  const parsed = shape.safeParse(JSON.parse(body));
  return parsed.success ? null : `${method} ${plain}: ${parsed.error.message}`;
}

const valueAfter = (words: Command, flags: readonly string[]): string | null => {
  const at = words.findIndex((word) => flags.includes(word));
  return at < 0 ? null : (words[at + 1] ?? null);
};

function curlFault(words: Command): string | null {
  const url = words.slice(1).find((word) => /^(https?:\/\/|localhost:|\$PULSE\/)/.test(word));
  const path = /^(?:https?:\/\/)?[^/]+(\/.*)$/.exec(url ?? "")?.[1];
  if (path === undefined) return "it calls nothing";
  const data = valueAfter(words, ["-d", "--data"]);
  const hasBody = data !== null || words.includes("--data-binary");
  const method = valueAfter(words, ["-X", "--request"]) ?? (hasBody ? "POST" : "GET");
  return callFault(method, path, data);
}

/** Where a command says what another program is to run: the words of that. */
function innerOf(words: Command): Command | null {
  const [first = "", second, third] = words;
  if (first.endsWith("/bin/pulse")) return ["pulse", ...words.slice(1)];
  if (first === "sudo") return words.slice(1 + words.slice(1).findIndex((word) => !word.includes("=")));
  if (first === "npx" && /^pnpm@/.test(third ?? "")) return ["pnpm", ...words.slice(3)];
  if (first === "docker" && second === "compose" && third === "exec") return words.slice(4);
  if (first === "kubectl" && second === "exec") return words.slice(words.indexOf("--") + 1);
  if (first === "pnpm" && second === "pulse") return words.slice(1);
  return null;
}

/** What is wrong with one command of a page; null: nothing that can be known here. */
export async function commandFault(words: Command): Promise<string | null> {
  const inner = innerOf(words);
  if (inner !== null) return commandFault(inner);
  const [first = "", second = "", third = ""] = words;
  if (first === "pulse") {
    if (second === "api") {
      const fault = callFault(third, words[3] ?? "", valueAfter(words, ["--data"]));
      if (fault !== null) return fault;
    }
    return pulseFault(words.slice(1));
  }
  if (!others.has(first)) return `${first} is no program that pages use`;
  if (first === "curl") return curlFault(words);
  if (first === "pnpm") {
    const script = second === "run" ? third : second;
    if (script !== "exec" && scripts[script] === undefined) return `package.json has no script ${script}`;
  }
  const ours = words.filter((word) => /^(install|examples|runtimes|gateway|cli|runner|docs)\//.test(word));
  const missing = ours.find((word) => !existsSync(root + word));
  return missing === undefined ? null : `${missing} is not there`;
}
