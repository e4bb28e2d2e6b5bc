import type { ProblemCode } from "@pulse/schema/problem";
import type { Need } from "./route-needs.ts";

/** What a caller is told: served, or the problem that keeps it out. `unsafe`: what differs for methods that change something. */
export type Decision = "allow" | ProblemCode | { safe: "allow" | ProblemCode; unsafe: "allow" | ProblemCode };

/** Everything that a caller may come with. */
export const credentialKinds = [
  "nothing",
  "a bearer token that is none of ours",
  "another authorization scheme",
  "a key in the query string",
  "an unknown key",
  "an expired key",
  "a revoked key",
  "a key: read",
  "a key: execute",
  "a key: deploy",
  "a key: admin",
  "a key: admin of another project",
  "a key: gateway",
  "a key: admin, of a viewer",
  "a key of a disabled person",
  "a key: invoke of every function",
  "a key: invoke of this function",
  "a key: invoke of another function",
  "a session, from our origin",
  "a session, from another origin",
  "a session, from no origin",
  "a session of a revoked key",
  "a session of a reader",
  "a person: viewer",
  "a person: operator",
  "a person: developer",
  "a person: admin of the project",
  "a person: admin of the gateway",
  "a person: admin of the gateway, from another origin",
  "a person: admin of another project",
  "a person who names a project that is not theirs",
  "a person without a role",
  "a disabled person",
  "a runner's token",
  "a runner's expired token",
  "a deleted runner's token",
  "a runner's token of another gateway",
] as const;
export type CredentialKind = (typeof credentialKinds)[number];

type Row = Record<Need, Decision>;

/** The same answer wherever a credential is looked at at all. */
function everywhere(decision: Decision, change: Partial<Row> = {}): Row {
  return {
    public: "allow",
    "sign-in": "allow",
    enrolment: "allow",
    session: decision,
    key: decision,
    "own keys": decision,
    read: decision,
    execute: decision,
    deploy: decision,
    admin: decision,
    gateway: decision,
    metrics: decision,
    runner: decision,
    function: decision,
    "public function": "allow",
    ...change,
  };
}

/** A good key or session with some of what it may do; what is not named is forbidden. */
function holder(may: Partial<Row>): Row {
  const own = { session: "allow", key: "allow", "own keys": "allow", function: "not_found" } as const;
  return everywhere("forbidden", { ...own, ...may });
}

/** What a session may do: never calls under `/f/`, never the runner protocol, nothing that is for keys alone. */
const outsideSessions = {
  runner: "unauthenticated",
  function: "unauthenticated",
  key: "unauthenticated",
} as const;
const control = {
  session: "allow",
  read: "allow",
  execute: "allow",
  deploy: "allow",
  admin: "allow",
} as const;
const ofGateway = { ...control, gateway: "allow", metrics: "allow" } as const;
const fromElsewhere = { safe: "allow", unsafe: "bad_origin" } as const;

/** Who may do what: the whole table. A browser session counts on the control API alone, and where it changes something only from our own origin. */
export const decisions: Readonly<Record<CredentialKind, Readonly<Row>>> = {
  nothing: everywhere("unauthenticated"),
  "a bearer token that is none of ours": everywhere("invalid_credential"),
  "another authorization scheme": everywhere("invalid_credential"),
  "a key in the query string": everywhere("unauthenticated"),
  "an unknown key": everywhere("invalid_credential", { "public function": "invalid_credential" }),
  "an expired key": everywhere("expired_credential", { "public function": "expired_credential" }),
  "a revoked key": everywhere("invalid_credential", { "public function": "invalid_credential" }),
  "a key: read": holder({ read: "allow" }),
  "a key: execute": holder({ execute: "allow", function: "allow" }),
  "a key: deploy": holder({ deploy: "allow" }),
  "a key: admin": holder({ ...control, function: "allow" }),
  "a key: admin of another project": holder(control),
  "a key: gateway": holder({ ...ofGateway, function: "allow" }),
  "a key: admin, of a viewer": holder({}),
  "a key of a disabled person": everywhere("invalid_credential", { "public function": "invalid_credential" }),
  "a key: invoke of every function": holder({ function: "allow" }),
  "a key: invoke of this function": holder({ function: "allow" }),
  "a key: invoke of another function": holder({}),
  "a session, from our origin": holder({ ...outsideSessions, ...control }),
  "a session, from another origin": everywhere(fromElsewhere, {
    ...outsideSessions,
    key: "bad_origin",
    gateway: { safe: "forbidden", unsafe: "bad_origin" },
    metrics: { safe: "forbidden", unsafe: "bad_origin" },
    "sign-in": "bad_origin",
  }),
  "a session, from no origin": everywhere(fromElsewhere, {
    ...outsideSessions,
    gateway: { safe: "forbidden", unsafe: "bad_origin" },
    metrics: { safe: "forbidden", unsafe: "bad_origin" },
  }),
  "a session of a revoked key": everywhere("unauthenticated"),
  "a session of a reader": holder({ ...outsideSessions, read: "allow" }),
  "a person: viewer": holder({ ...outsideSessions, read: "allow" }),
  "a person: operator": holder({ ...outsideSessions, read: "allow", execute: "allow" }),
  "a person: developer": holder({ ...outsideSessions, read: "allow", execute: "allow", deploy: "allow" }),
  "a person: admin of the project": holder({ ...outsideSessions, ...control }),
  "a person: admin of the gateway": holder({ ...outsideSessions, ...ofGateway }),
  "a person: admin of the gateway, from another origin": everywhere(fromElsewhere, {
    ...outsideSessions,
    key: "bad_origin",
    "sign-in": "bad_origin",
  }),
  "a person: admin of another project": holder({ ...outsideSessions, ...control }),
  "a person who names a project that is not theirs": everywhere("not_found", outsideSessions),
  "a person without a role": holder(outsideSessions),
  "a disabled person": everywhere("unauthenticated"),
  "a runner's token": everywhere("invalid_credential", { runner: "allow" }),
  "a runner's expired token": everywhere("invalid_credential", { runner: "expired_credential" }),
  "a deleted runner's token": everywhere("invalid_credential"),
  "a runner's token of another gateway": everywhere("invalid_credential"),
};

const safeMethods: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/** What a caller with this credential is told by a route with this need. */
export function decisionOf(kind: CredentialKind, need: Need, method: string): "allow" | ProblemCode {
  const decision = decisions[kind][need];
  if (typeof decision === "string") return decision;
  return safeMethods.has(method) ? decision.safe : decision.unsafe;
}

/** How a path may be written otherwise. */
export interface PathShape {
  /** Made from a plain path that starts with `/`. */
  write(path: string): string;
  /** `nothing`: 404, `malformed`: 400, whoever asks; `same`: exactly what the plain path answers. */
  answers: "nothing" | "malformed" | "same";
}

/** No other way to write a path leads past the table. */
export const pathShapes: Readonly<Record<string, PathShape>> = {
  "a trailing slash": { write: (path) => `${path}/`, answers: "nothing" },
  "a double slash in front": { write: (path) => `/${path}`, answers: "nothing" },
  "a double slash inside": { write: (path) => path.replace(/\/([^/]+)$/, "//$1"), answers: "nothing" },
  "upper case": { write: (path) => path.replace(/[a-z]/, (one) => one.toUpperCase()), answers: "nothing" },
  "matrix parameters": { write: (path) => path.replace(/^\/[^/]+/, "$&;a=b"), answers: "nothing" },
  "an encoded letter": {
    write: (path) => path.replace(/[a-z]/, (one) => `%${one.charCodeAt(0).toString(16)}`),
    answers: "same",
  },
  "a twice encoded letter": {
    write: (path) => path.replace(/[a-z]/, (one) => `%25${one.charCodeAt(0).toString(16)}`),
    answers: "nothing",
  },
  "a dot segment": { write: (path) => path.replace(/\/([^/]+)$/, "/./$1"), answers: "malformed" },
  "a dot segment that leads back": { write: (path) => `/f/x/../..${path}`, answers: "malformed" },
  "an encoded dot segment": { write: (path) => `/x/%2E%2e${path}`, answers: "malformed" },
  "an encoded slash": { write: (path) => `/%2f${path.slice(1)}`, answers: "malformed" },
  "a backslash": { write: (path) => path.replace("/", "\\"), answers: "malformed" },
  "a backslash inside": { write: (path) => `/x\\..${path}`, answers: "malformed" },
  "an encoded backslash": { write: (path) => `${path}%5C`, answers: "malformed" },
  "an encoded NUL": { write: (path) => `${path}%00`, answers: "malformed" },
  "a broken escape": { write: (path) => `${path}%zz`, answers: "malformed" },
  "a fragment": { write: (path) => `${path}#x`, answers: "malformed" },
  "another origin": { write: (path) => `http://evil.example.test${path}`, answers: "malformed" },
  "a query": { write: (path) => `${path}?scope=admin&method=GET`, answers: "same" },
};
