import * as z from "zod";
import { seccompProfile } from "../sandbox/seccomp.ts";
import { isOwnScript } from "./own-script.ts";

/** What a runner may have containers made of. */
export interface ContainerRules {
  /** Absolute folders of the engine's host: what is in them may be bound into containers, to be read only. */
  folders: readonly string[];
  /** The images of the runtimes. One of them sets packet filters, so nothing else is trusted with that. */
  hostImages: readonly string[];
  /** The only runtime of the engine that is used; null: its default one. */
  runtime: string | null;
}

const user = "65532:65532";
const projectNetwork = /^pulse-[a-z0-9]{1,12}-[0-9a-f]{12}$/;
const ownProfiles = ["x86_64", "aarch64"].map((architecture) => `seccomp=${seccompProfile(architecture)}`);
const size = z.number().int().min(0);
const labels = z.object({ "pulse.runner": z.string().min(1) }).catchall(z.string());
const noLog = z.strictObject({ Type: z.literal("none"), Config: z.strictObject({}) });

const mount = z.union([
  z.strictObject({
    Type: z.literal("bind"),
    Source: z.string().startsWith("/"),
    Target: z.string().startsWith("/"),
    ReadOnly: z.literal(true),
  }),
  z.strictObject({
    Type: z.literal("tmpfs"),
    Source: z.literal(""),
    Target: z.string().startsWith("/"),
    TmpfsOptions: z.strictObject({ SizeBytes: size, Mode: size }),
  }),
]);

/** A container of a function, of a companion or of an install (`docker-spec.ts`, `custom-options.ts`, `build-container.ts`). */
const confined = z.strictObject({
  Image: z.string().min(1),
  User: z.literal(user),
  Labels: labels,
  Entrypoint: z.array(z.string()).optional(),
  Cmd: z.array(z.string()).optional(),
  WorkingDir: z.string().optional(),
  Env: z.array(z.string()),
  Tty: z.literal(false),
  OpenStdin: z.boolean(),
  StdinOnce: z.boolean().optional(),
  AttachStdin: z.boolean(),
  AttachStdout: z.boolean(),
  AttachStderr: z.boolean(),
  Healthcheck: z.strictObject({ Test: z.tuple([z.literal("NONE")]) }).optional(),
  HostConfig: z.strictObject({
    Runtime: z.string().optional(),
    NetworkMode: z.string(),
    PidMode: z.string().optional(),
    Sysctls: z.strictObject({ "net.ipv6.conf.all.disable_ipv6": z.literal("1") }).optional(),
    ReadonlyRootfs: z.literal(true),
    Mounts: z.array(mount),
    Tmpfs: z.record(z.string(), z.string()),
    ShmSize: size,
    CapDrop: z.tuple([z.literal("ALL")]),
    SecurityOpt: z.array(z.string()),
    PidsLimit: size.max(4096),
    Memory: size.min(1),
    MemorySwap: size.min(1),
    NanoCpus: size,
    Ulimits: z.array(z.strictObject({ Name: z.enum(["nofile", "core"]), Soft: size, Hard: size })),
    Init: z.boolean(),
    Privileged: z.literal(false),
    AutoRemove: z.literal(false),
    LogConfig: noLog,
    RestartPolicy: z.strictObject({ Name: z.literal("no") }),
  }),
});

/** One that is looked into and never started (`custom-images.ts`): without folders, network or rights beyond an image's own. */
const lookedInto = z.strictObject({
  Image: z.string().min(1),
  Cmd: z.tuple([z.literal("/bin/sh")]),
  Labels: labels,
  HostConfig: z.strictObject({ NetworkMode: z.literal("none"), ReadonlyRootfs: z.literal(true) }),
});

/** The one that runs a script on the host (`host-script.ts`). */
const onHost = z.strictObject({
  Image: z.string(),
  User: z.literal("0:0"),
  Entrypoint: z.tuple([
    z.literal("chroot"),
    z.literal("/host"),
    z.literal("/bin/sh"),
    z.literal("-c"),
    z.string(),
  ]),
  Cmd: z.tuple([]),
  Env: z.tuple([z.literal("PATH=/usr/sbin:/usr/bin:/sbin:/bin"), z.literal("LANG=C")]),
  Labels: labels,
  AttachStdout: z.literal(true),
  AttachStderr: z.literal(true),
  HostConfig: z.strictObject({
    NetworkMode: z.literal("host"),
    UsernsMode: z.literal("host"),
    Binds: z.tuple([z.literal("/:/host:ro"), z.literal("/run:/host/run")]),
    CapDrop: z.tuple([z.literal("ALL")]),
    CapAdd: z.tuple([z.literal("NET_ADMIN"), z.literal("NET_RAW"), z.literal("SYS_CHROOT")]),
    SecurityOpt: z.tuple([z.literal("no-new-privileges")]),
    ReadonlyRootfs: z.literal(true),
    LogConfig: noLog,
  }),
});

/**
 * What is wrong with a container that a runner asks for; null: nothing. It must be one of the shapes that a runner makes: a key that none of them has is
 * refused, whatever it would do. `container:<id>` still is to be looked up by whoever asks.
 */
export function containerFault(body: unknown, rules: ContainerRules): string | null {
  if (lookedInto.safeParse(body).success) return null;
  const host = onHost.safeParse(body);
  if (host.success) {
    if (!rules.hostImages.includes(host.data.Image)) {
      return `only ${rules.hostImages.join(" and ")} may set packet filters, got ${host.data.Image}`;
    }
    return isOwnScript(host.data.Entrypoint[4])
      ? null
      : "this is no script of a runner for the engine's host";
  }
  const found = confined.safeParse(body);
  if (!found.success) {
    const [first] = found.error.issues;
    return `no container of a runner looks like this: ${first?.path.join(".") ?? ""}: ${first?.message ?? ""}`;
  }
  return hostFault(found.data.HostConfig, rules);
}

/** The ids of containers whose network or processes a container shares. */
export function sharedWith(body: unknown): string[] {
  const found = confined.safeParse(body);
  if (!found.success) return [];
  const { NetworkMode, PidMode } = found.data.HostConfig;
  return [NetworkMode, PidMode ?? ""].flatMap((mode) => /^container:(.+)$/.exec(mode)?.[1] ?? []);
}

function hostFault(host: z.output<typeof confined>["HostConfig"], rules: ContainerRules): string | null {
  const { NetworkMode, PidMode, Mounts, SecurityOpt, Runtime } = host;
  const isShared = (mode: string) => /^container:[0-9a-f]{64}$/.test(mode);
  if (NetworkMode !== "none" && !projectNetwork.test(NetworkMode) && !isShared(NetworkMode)) {
    return `no container of a runner has the network ${JSON.stringify(NetworkMode)}`;
  }
  if (PidMode !== undefined && !isShared(PidMode)) return "no container of a runner sees other processes";
  if ((Runtime ?? null) !== rules.runtime) {
    return `containers run under ${rules.runtime ?? "the engine's default runtime"}, got ${Runtime ?? "none"}`;
  }
  for (const one of Mounts) {
    if (one.Type !== "bind") continue;
    const isPlain = !one.Source.split("/").some((part) => part === ".." || part === ".");
    const isIn = rules.folders.some((folder) => one.Source.startsWith(`${folder}/`));
    if (!isPlain || !isIn) return `${one.Source} is not in ${rules.folders.join(" or ")}`;
  }
  const [first, ...others] = SecurityOpt;
  if (first !== "no-new-privileges") return "a container must not gain privileges";
  const isOwn = others.length === 0 || (others.length === 1 && ownProfiles.includes(others[0] ?? ""));
  return isOwn ? null : "this is not the seccomp profile of a runner";
}
