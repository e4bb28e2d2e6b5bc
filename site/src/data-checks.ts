import { policyShape } from "@pulse/runner/policy/policy";
import { describedCommand } from "@pulse/runner/shell/command-book";
import { layoutFile, readLayout } from "@pulse/schema/apply/layout";
import { problemCodes } from "@pulse/schema/problem";
import { graphqlError } from "@pulse/schema/wire/graphql";
import { manifest } from "@pulse/schema/wire/manifest";
import { scalingView } from "@pulse/schema/wire/observe";
import { parseYaml, toYaml, validateText } from "@pulse/schema/workflow/yaml";
import * as z from "zod";
import { callFault } from "./command-checks.ts";
import type { Block } from "./markdown.ts";

/** What a block was checked as, and what is wrong with it. `kind` null: it is of no kind that is known. */
export interface Checked {
  kind: string | null;
  faults: string[];
}

/** Files of other programs: well-formed is all that is asked of them. */
const foreign = new Set(["prometheus.yml", "daemon.json"]);

const problem = z.strictObject({
  type: z.string().startsWith("urn:pulse:problem:"),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.literal(Object.keys(problemCodes)),
  requestId: z.string(),
});
const mcpClient = z.strictObject({
  mcpServers: z.record(
    z.string(),
    z.strictObject({
      type: z.literal("http"),
      url: z.string().endsWith("/mcp"),
      headers: z.record(z.string(), z.string()),
    }),
  ),
});
const graphqlAnswer = z.strictObject({
  data: z.record(z.string(), z.unknown()),
  errors: z.array(graphqlError),
});
const logLine = z.strictObject({
  time: z.iso.datetime(),
  level: z.enum(["info", "warn", "error"]),
  message: z.string(),
  requestId: z.string(),
  traceId: z.string(),
  cause: z.array(z.string()),
});

/** Of a value that does not say what it is: the first of these whose keys it has. */
const byKeys: [string, readonly string[], z.ZodType][] = [
  ["problem", ["type", "code", "status"], problem],
  ["answer of /metrics/scaling", ["pools", "isWhole"], scalingView],
  ["settings of an MCP client", ["mcpServers"], mcpClient],
  ["answer of GraphQL", ["data", "errors"], graphqlAnswer],
  ["line of the log", ["time", "level"], logLine],
  ["answer of a test message", ["delivered"], z.looseObject({ message: z.string(), error: z.string() })],
];
const manifestKeys = ["runtime", "image", "secrets", "events", "mcp"];

const faultsOf = (shape: z.ZodType, value: unknown): string[] =>
  shape.safeParse(value).error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`) ?? [];

/** Text without the comments of JSONC, of which none stands within a string. */
function withoutComments(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"|\/\/[^\n]*/g, (part) => (part.startsWith("//") ? "" : part));
}

/** The values of a block, each with the comments before and in it. Throws where it is no JSON. */
function valuesOf(text: string): { value: unknown; written: string }[] {
  const found: { value: unknown; written: string }[] = [];
  let written = "";
  for (const line of text.trimEnd().split("\n")) {
    written += `${line}\n`;
    // A value ends with the line that closes it.
    const value = line.includes("}") ? parsedOf(written) : undefined;
    if (value === undefined) continue;
    found.push({ value, written });
    written = "";
  }
  if (withoutComments(written).trim() !== "") JSON.parse(withoutComments(written));
  return found;
}

function parsedOf(text: string): unknown {
  try {
    return JSON.parse(withoutComments(text));
  } catch {
    return undefined;
  }
}

/** Checks a block of `json` or `jsonc`: one value or several, with `// POST /v1/…` before a body of the API. */
export function checkJson({ text, file }: Block): Checked {
  const kinds: string[] = [];
  const faults: string[] = [];
  for (const { value, written } of valuesOf(text)) {
    const [, method, path, isAnswer] = /^\/\/ ([A-Z]+) (\/\S+)( →)?/m.exec(written) ?? [];
    const isBody = method !== undefined && path !== undefined && isAnswer === undefined;
    const [kind, found] = isBody ? checkBody(method, path, value) : checkValue(value, file);
    if (kind === null) return { kind, faults };
    kinds.push(kind);
    faults.push(...found);
  }
  return { kind: kinds.length === 0 ? null : [...new Set(kinds)].join(", "), faults };
}

function checkBody(method: string, path: string, value: unknown): [string, string[]] {
  const fault = callFault(method, path, JSON.stringify(value));
  return ["body of the API", fault === null ? [] : [fault]];
}

function checkValue(value: unknown, file: string | null): [string | null, string[]] {
  if (file !== null && foreign.has(file)) return ["file of another program", []];
  if (file === "policy.json") return ["policy of a runner", faultsOf(policyShape, value)];
  if (file === "apt-upgrade.json") return ["described command", faultsOf(describedCommand, value)];
  if (typeof value !== "object" || value === null) return [null, []];
  const has = (key: string) => Object.hasOwn(value, key);
  if (has("steps"))
    return ["workflow", validateText(JSON.stringify(value)).errors.map(({ message }) => message)];
  const found = byKeys.find(([, keys]) => keys.every(has));
  if (found !== undefined) return [found[0], faultsOf(found[2], value)];
  if (file === "pulse.jsonc" || (has("name") && manifestKeys.some(has))) {
    return ["pulse.jsonc", faultsOf(manifest, { name: "some", ...value })];
  }
  return [null, []];
}

/** Checks a block of `yaml`: a workflow, the triggers or some steps of one, a `pulse.yaml`, or a file of another program. */
export function checkYaml({ text, file }: Block): Checked {
  const { value, errors } = parseYaml(text);
  const wrong = errors.map(({ message }) => message);
  if (file !== null && foreign.has(file)) return { kind: "file of another program", faults: wrong };
  if (file === layoutFile) {
    return {
      kind: layoutFile,
      faults: readLayout(text).wrong.map(({ pointer, message }) => `${pointer}: ${message}`),
    };
  }
  if (typeof value !== "object" || value === null) return { kind: null, faults: wrong };
  const step = { name: "Some", type: "wait", duration: "1s" };
  const whole = Array.isArray(value)
    ? toYaml({ inputs: { order: { type: "integer", required: true } }, steps: value })
    : Object.hasOwn(value, "steps")
      ? text
      : Object.hasOwn(value, "triggers")
        ? toYaml({ ...value, steps: [step] })
        : null;
  if (whole === null) return { kind: null, faults: wrong };
  const found = validateText(whole).errors.map(({ pointer, message }) => `${pointer}: ${message}`);
  // A page that teaches what is found shows something to find.
  if (file?.startsWith("wrong") === true) {
    return { kind: "workflow that is wrong", faults: found.length > 0 ? [] : ["nothing is wrong with it"] };
  }
  return { kind: "workflow", faults: found };
}
