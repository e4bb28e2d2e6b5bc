/** What must be known before a request reaches the engine. */
export type Need =
  | { kind: "nothing" }
  /** The container, network or execution that it names carries a runner's label. */
  | { kind: "own"; what: "containers" | "networks"; id: string }
  /** Its body is a container, or a network, that a runner makes. */
  | { kind: "container" }
  | { kind: "network" };

const id = "([0-9a-f]{12,64})";
const name = "([A-Za-z0-9][A-Za-z0-9_.-]{0,127})";
const prefix = "^(?:/v1\\.\\d{1,2})?";

const open: [method: RegExp, path: RegExp][] = [
  [/^(GET|HEAD)$/, /\/_ping$/],
  [/^GET$/, /\/(info|version)$/],
  [/^GET$/, /\/networks$/],
  [/^GET$/, /\/images\/json$/],
  [/^GET$/, /\/images\/[\w./:@-]{1,512}\/json$/],
];

const ofContainers: [method: string, verbs: string[]][] = [
  ["GET", ["json", "logs"]],
  ["HEAD", ["archive"]],
  ["POST", ["start", "stop", "kill", "wait", "attach", "pause", "unpause"]],
];

/** What a request of a runner needs; null: a runner makes no such request. Paths of any version of the engine's API. */
export function needOf(method: string, url: string): Need | null {
  const at = URL.parse(url, "http://engine");
  if (at === null || at.pathname.includes("//") || at.pathname.includes("..")) return null;
  const { pathname: path, searchParams: query } = at;
  const is = (pattern: string) => new RegExp(`${prefix}${pattern}$`).exec(path);
  if (open.some(([how, where]) => how.test(method) && is(where.source.replace(/\$$/, "")))) {
    return { kind: "nothing" };
  }
  if (method === "GET" && is("/containers/json")) return hasLabel(query) ? { kind: "nothing" } : null;
  if (method === "GET" && is("/events")) return namesOne(query);
  if (method === "POST" && is("/images/create")) return isPull(query) ? { kind: "nothing" } : null;
  if (method === "POST" && is("/containers/create")) return { kind: "container" };
  if (method === "POST" && is("/networks/create")) return { kind: "network" };
  const network = method === "DELETE" ? is(`/networks/(?:${id}|${name})`) : null;
  if (network !== null) return { kind: "own", what: "networks", id: network[1] ?? network[2] ?? "" };
  const whole = method === "DELETE" ? is(`/containers/${id}`) : null;
  if (whole !== null) return { kind: "own", what: "containers", id: whole[1] ?? "" };
  const verbs = ofContainers.find(([how]) => how === method)?.[1] ?? [];
  const found = verbs.length === 0 ? null : is(`/containers/${id}/(?:${verbs.join("|")})`);
  return found === null ? null : { kind: "own", what: "containers", id: found[1] ?? "" };
}

/** Only containers of runners are listed. */
function hasLabel(query: URLSearchParams): boolean {
  return filterOf(query, "label").some((one) => /^pulse\.(runner|build|execution)(=|$)/.test(one));
}

/** What happens to one container. */
function namesOne(query: URLSearchParams): Need | null {
  const [one, ...more] = filterOf(query, "container");
  if (one === undefined || more.length > 0 || !/^[0-9a-f]{12,64}$/.test(one)) return null;
  return { kind: "own", what: "containers", id: one };
}

/** An image is fetched by its name, and never made of something else or named anew. */
function isPull(query: URLSearchParams): boolean {
  return query.has("fromImage") && [...query.keys()].every((key) => ["fromImage", "tag"].includes(key));
}

/** The values of a filter, in both ways of writing it: `{"label":["a"]}` and `{"label":{"a":true}}`. */
function filterOf(query: URLSearchParams, name: string): string[] {
  try {
    const filters: unknown = JSON.parse(query.get("filters") ?? "{}");
    const found = typeof filters === "object" && filters !== null ? Reflect.get(filters, name) : undefined;
    if (Array.isArray(found)) return found.filter((one) => typeof one === "string");
    return typeof found === "object" && found !== null ? Object.keys(found) : [];
  } catch {
    return [];
  }
}
