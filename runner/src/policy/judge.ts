import type { WarmOrder } from "@pulse/schema/wire/warm-order";
import { readImagePolicy } from "../sandbox/images/image-policy.ts";
import type { BuildJob, FunctionJob } from "../work.ts";
import type { Policy } from "./policy.ts";

/** What of a job, or of an order to keep a version warm, a policy looks at. */
interface Asked {
  kind: string;
  project: string;
  secrets: string | null;
  timeoutMs?: number;
  spec: {
    function: { name: string };
    runtime: string;
    image?: string | undefined;
    settings: (FunctionJob | BuildJob)["spec"]["settings"] & { image?: unknown };
  };
}

const usualMemory = 256 * 2 ** 20;
const usualCpus = 1;

/** Why a policy does not allow a job, in words for whoever sees its execution; null: it does. */
export function refusalOf(policy: Policy, job: FunctionJob | BuildJob): string | null {
  return judge(policy, job);
}

/** The same for a version that is to be kept warm: that runs its code too. */
export function refusalOfOrder(policy: Policy, order: WarmOrder): string | null {
  return judge(policy, { ...order, kind: "function" });
}

function judge(policy: Policy, { kind, project, secrets, timeoutMs, spec }: Asked): string | null {
  const { kinds, projects, functions, runtimes } = policy;
  const { name } = spec.function;
  if (kinds !== undefined && !kinds.some((one) => one === kind)) return `no ${kind} jobs`;
  if (!named(projects, project)) return `nothing of the project "${project}"`;
  if (!named(functions, name)) return `not the function "${name}"`;
  if (runtimes !== undefined && !runtimes.some((one) => one === spec.runtime))
    return `no ${spec.runtime} functions`;
  if (!policy.secrets && secrets !== null) return "no jobs with secrets";
  return (
    imageRefusal(policy, spec) ??
    sizeRefusal(policy, spec.settings, kind === "build" ? undefined : timeoutMs) ??
    reachRefusal(policy, spec.settings)
  );
}

function imageRefusal(policy: Policy, { runtime, image, settings }: Asked["spec"]): string | null {
  if (policy.images === undefined || runtime !== "image") return null;
  // The name that was written and what it was pinned to: a gateway may send any two.
  for (const one of [settings.image, image]) {
    if (one === undefined) continue;
    if (typeof one !== "string") return "no image without a name";
    const refusal = refusalOfImage(policy, one);
    if (refusal !== null) return refusal;
  }
  return settings.image === undefined && image === undefined ? "no image without a name" : null;
}

/** Why a policy does not allow an image, by its name or its id; null: it does. */
export function refusalOfImage({ images }: Policy, image: string): string | null {
  if (images === undefined) return null;
  const patterns = images.filter((one) => !isId(one)).join(",") || "none";
  return (isId(image) ? images.includes(image) : readImagePolicy(patterns)(image))
    ? null
    : `not the image ${image}`;
}

/** A build's time is the runner's own affair. */
function sizeRefusal(
  policy: Policy,
  settings: Asked["spec"]["settings"],
  timeoutMs: number | undefined,
): string | null {
  const memory = settings.memory ?? usualMemory;
  const cpus = settings.cpus ?? usualCpus;
  if (policy.memory !== undefined && !(memory <= policy.memory))
    return `at most ${policy.memory / 2 ** 20} MB of memory, got ${Math.ceil(memory / 2 ** 20)}`;
  if (policy.cpus !== undefined && !(cpus <= policy.cpus))
    return `at most ${policy.cpus} processors, got ${cpus}`;
  if (policy.timeout !== undefined && timeoutMs !== undefined && !(timeoutMs <= policy.timeout))
    return `at most ${policy.timeout / 1000} s, got ${timeoutMs / 1000}`;
  return null;
}

function reachRefusal(policy: Policy, settings: Asked["spec"]["settings"]): string | null {
  const { egress = "open", allowInstallScripts = [] } = settings;
  if (!policy.installScripts && allowInstallScripts.length > 0) return "no install scripts of packages";
  if (policy.egress === "any" || egress === "none") return null;
  if (policy.egress === "none") return 'no egress: the function needs "egress": "none"';
  if (egress === "open") return 'egress to named hosts only: the function needs a list as its "egress"';
  const tests = policy.egress.map(expressionOf);
  const other = egress.find((place) => !tests.some((test) => test.test(place.toLowerCase())));
  return other === undefined ? null : `no egress to ${other}`;
}

/** Whether a name is among the globs; without any, every name is. */
export function named(globs: readonly string[] | undefined, name: string): boolean {
  return globs === undefined || globs.some((glob) => expressionOf(glob).test(name));
}

function expressionOf(glob: string): RegExp {
  const escaped = glob.toLowerCase().replace(/[.+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replaceAll("*", ".*")}$`);
}

function isId(image: string): boolean {
  return image.startsWith("sha256:");
}
