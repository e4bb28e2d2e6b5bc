import { join } from "node:path";

/** A file of a cgroup, by the version of cgroups that it is of; of the first, also the controller in whose hierarchy it is. */
export interface WantedFile {
  1: { controller: string; file: string };
  2: string;
}

/** Where such a file is, and of which version of cgroups. */
export interface CgroupFile {
  path: string;
  version: 1 | 2;
}

/**
 * Finds a file of a container's cgroup in the texts of `/proc/self/mountinfo` and of `/proc/<pid>/cgroup` of its process; null when it is not seen
 * here. The container's id must be in the cgroup's path: seen from another namespace, the number may be somebody else's process.
 */
export function locateCgroupFile(
  mounts: string,
  groups: string,
  container: string,
  wanted: WantedFile,
): CgroupFile | null {
  const lines = groups.split("\n").map((line) => /^\d+:([^:]*):(\/.*)$/.exec(line));
  const pathOf = (isIt: (controllers: string) => boolean) =>
    lines.find((line) => line !== null && isIt(line[1] ?? ""))?.[2];
  const { controller, file } = wanted[1];
  const places = [
    { version: 1, path: pathOf((names) => names.split(",").includes(controller)), file },
    { version: 2, path: pathOf((names) => names === ""), file: wanted[2] },
  ] as const;
  for (const { version, path, file } of places) {
    if (path === undefined || !path.includes(container) || path.includes("/..")) continue;
    const mount = mountOf(mounts, version === 1 ? controller : null);
    if (mount === null || !path.startsWith(mount.root)) continue;
    return { version, path: join(mount.point, path.slice(mount.root.length), file) };
  }
  return null;
}

/** Where a controller's hierarchy is mounted; null as controller: that of the second version. */
export function mountOf(mounts: string, controller: string | null): { root: string; point: string } | null {
  for (const line of mounts.split("\n")) {
    const [before = "", after = ""] = line.split(" - ");
    const [, , , root = "/", point = ""] = before.split(" ");
    const [type, , options = ""] = after.split(" ");
    const isIt =
      controller === null ? type === "cgroup2" : type === "cgroup" && options.split(",").includes(controller);
    if (isIt) return { root: root === "/" ? "" : root, point };
  }
  return null;
}
