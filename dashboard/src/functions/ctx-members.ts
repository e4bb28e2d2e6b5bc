/** Something that `ctx` has in a function's code. */
export interface CtxMember {
  name: string;
  kind: "property" | "method" | "class";
  /** Its type or its parameters, as the runtime has them. */
  detail: string;
  /** What it is, one sentence of the runtime's own documentation. */
  info?: string;
  /** What it has itself. */
  members?: readonly CtxMember[];
}

const levels = ["debug", "info", "warn", "error"] as const;

const typescript: readonly CtxMember[] = [
  { name: "executionId", kind: "property", detail: "string" },
  {
    name: "function",
    kind: "property",
    detail: "{ name, version, alias }",
    members: [
      { name: "name", kind: "property", detail: "string" },
      { name: "version", kind: "property", detail: "number" },
      { name: "alias", kind: "property", detail: "string | null" },
    ],
  },
  {
    name: "trigger",
    kind: "property",
    detail: "Trigger",
    members: [{ name: "type", kind: "property", detail: '"http" | "webhook" | "schedule" | …' }],
  },
  { name: "attempt", kind: "property", detail: "number", info: "1 for the first try." },
  { name: "idempotencyKey", kind: "property", detail: "string | null" },
  { name: "deadline", kind: "property", detail: "number", info: "Epoch milliseconds." },
  { name: "url", kind: "property", detail: "string", info: "The public URL." },
  { name: "traceparent", kind: "property", detail: "string | null", info: "W3C trace context." },
  {
    name: "depth",
    kind: "property",
    detail: "number",
    info: "How many calls through the gateway led to this one; at 8 the next one is refused.",
  },
  {
    name: "signal",
    kind: "property",
    detail: "AbortSignal",
    info: "Aborts on cancel, timeout and when the caller leaves.",
    members: [
      { name: "aborted", kind: "property", detail: "boolean" },
      { name: "reason", kind: "property", detail: "any" },
      { name: "throwIfAborted", kind: "method", detail: "()" },
      { name: "addEventListener", kind: "method", detail: '("abort", listener)' },
    ],
  },
  {
    name: "env",
    kind: "property",
    detail: "Record<string, string | undefined>",
    info: "Variables and secrets.",
  },
  { name: "secrets", kind: "property", detail: "Record<string, string | undefined>" },
  {
    name: "log",
    kind: "property",
    detail: "Log",
    info: "Lines that belong to the call, with fields that can be searched.",
    members: levels.map((name) => ({ name, kind: "method", detail: "(message, fields?)" })),
  },
  { name: "remainingMs", kind: "method", detail: "(): number", info: "Milliseconds until the deadline." },
  {
    name: "waitUntil",
    kind: "method",
    detail: "(promise)",
    info: "Holds the process, not the response, until the promise settles: at most 30 s.",
  },
  {
    name: "invoke",
    kind: "method",
    detail: "(name, input?): Promise",
    info: "Calls another function: name, name@version or name@alias.",
  },
  { name: "emit", kind: "method", detail: "(name, data?): Promise", info: "Emits an event of the project." },
  {
    name: "kv",
    kind: "property",
    detail: "Kv",
    info: "What the function keeps between calls, in a space of its own.",
    members: [
      { name: "get", kind: "method", detail: "(key): Promise" },
      { name: "entry", kind: "method", detail: "(key): Promise" },
      { name: "set", kind: "method", detail: "(key, value, { ttl?, ifVersion? }?): Promise" },
      { name: "delete", kind: "method", detail: "(key, { ifVersion? }?): Promise" },
      { name: "list", kind: "method", detail: "({ prefix?, limit?, cursor? }?): Promise" },
      { name: "shared", kind: "method", detail: "(name): Kv" },
    ],
  },
  {
    name: "PermanentError",
    kind: "class",
    detail: "(message?)",
    info: "Thrown: the execution is not retried.",
  },
  {
    name: "RetryAfter",
    kind: "class",
    detail: "(seconds, message?)",
    info: "Thrown: the execution is retried, but no earlier than after these seconds.",
  },
];

const python: readonly CtxMember[] = [
  { name: "execution_id", kind: "property", detail: "str" },
  { name: "function", kind: "property", detail: "dict", info: "name, version and alias." },
  { name: "trigger", kind: "property", detail: "dict" },
  { name: "attempt", kind: "property", detail: "int", info: "1 for the first try." },
  { name: "idempotency_key", kind: "property", detail: "str | None" },
  { name: "deadline", kind: "property", detail: "int", info: "Epoch milliseconds." },
  { name: "url", kind: "property", detail: "str", info: "The public URL." },
  { name: "traceparent", kind: "property", detail: "str | None", info: "W3C trace context." },
  {
    name: "depth",
    kind: "property",
    detail: "int",
    info: "How many calls through the gateway led to this one; at 8 the next one is refused.",
  },
  {
    name: "cancelled",
    kind: "property",
    detail: "threading.Event",
    info: "Set on cancel, timeout and when the caller leaves; its reason says why.",
    members: [
      { name: "is_set", kind: "method", detail: "() -> bool" },
      { name: "wait", kind: "method", detail: "(timeout=None) -> bool" },
      { name: "reason", kind: "property", detail: "str | None" },
    ],
  },
  { name: "env", kind: "property", detail: "dict", info: "Variables and secrets." },
  { name: "secrets", kind: "property", detail: "dict" },
  {
    name: "log",
    kind: "property",
    detail: "Log",
    info: "Lines that belong to the call, with fields that can be searched.",
    members: [...levels, "warning"].map((name) => ({
      name,
      kind: "method",
      detail: "(message, fields=None, **more)",
    })),
  },
  { name: "remaining", kind: "method", detail: "() -> float", info: "Seconds until the deadline." },
  {
    name: "wait_until",
    kind: "method",
    detail: "(work)",
    info: "Holds the call, not the response, until an awaitable, a future or a function of no arguments is done.",
  },
  { name: "invoke", kind: "method", detail: "(name, input=None)", info: "Calls another function." },
  { name: "emit", kind: "method", detail: "(name, data=None)", info: "Emits an event of the project." },
  {
    name: "kv",
    kind: "property",
    detail: "Kv",
    info: "What the function keeps between calls, in a space of its own.",
    members: [
      { name: "get", kind: "method", detail: "(key)" },
      { name: "entry", kind: "method", detail: "(key)" },
      { name: "set", kind: "method", detail: "(key, value, ttl=None, if_version=None)" },
      { name: "delete", kind: "method", detail: "(key, if_version=None)" },
      { name: "list", kind: "method", detail: '(prefix="", limit=None, cursor=None)' },
      { name: "shared", kind: "method", detail: "(name) -> Kv" },
    ],
  },
  {
    name: "PermanentError",
    kind: "class",
    detail: "(message)",
    info: "Raised: the execution is not retried.",
  },
  {
    name: "RetryAfter",
    kind: "class",
    detail: "(seconds, message)",
    info: "Raised: the execution is retried, but no earlier than after these seconds.",
  },
];

/** What can stand at the end of a line after `ctx.`, by the file's language, and the word begun there. Null: nothing to offer. */
export function ctxMembersAt(
  path: string,
  before: string,
): { members: readonly CtxMember[]; typed: string } | null {
  const all = /\.pyi?$/.test(path) ? python : /\.[cm]?[jt]sx?$/.test(path) ? typescript : null;
  const [, chain, typed] = /(?:^|[^\w$.])(?:ctx|context)((?:\??\.\w+)*)\??\.(\w*)$/.exec(before) ?? [];
  if (all === null || chain === undefined || typed === undefined) return null;
  let members: readonly CtxMember[] | undefined = all;
  for (const name of chain.split(/\??\./).filter((one) => one !== ""))
    members = members?.find((one) => one.name === name)?.members;
  return members === undefined ? null : { members, typed };
}
