import { expect, test } from "vitest";
import { locateCgroupFile } from "./cgroup-file.ts";
import { freezing } from "./freezer.ts";

const id = "5f2c".repeat(16);
const hybrid = `33 32 0:30 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory
34 32 0:31 / /sys/fs/cgroup/freezer rw,relatime shared:10 - cgroup cgroup rw,freezer
35 32 0:32 / /sys/fs/cgroup/unified rw,relatime shared:11 - cgroup2 cgroup2 rw`;
const unified = "35 32 0:32 / /sys/fs/cgroup rw,relatime shared:11 - cgroup2 cgroup2 rw";

test.each([
  [
    "the first version",
    hybrid,
    `8:pids:/docker/${id}\n6:freezer:/docker/${id}\n0::/docker/${id}\n`,
    { version: 1, path: `/sys/fs/cgroup/freezer/docker/${id}/freezer.state` },
  ],
  [
    "the second version under systemd",
    unified,
    `0::/system.slice/docker-${id}.scope\n`,
    { version: 2, path: `/sys/fs/cgroup/system.slice/docker-${id}.scope/cgroup.freeze` },
  ],
  [
    "a mount of a part",
    "35 32 0:32 /docker /groups rw - cgroup2 cgroup2 rw",
    `0::/docker/${id}\n`,
    { version: 2, path: `/groups/${id}/cgroup.freeze` },
  ],
  ["somebody else's process", unified, "0::/user.slice/session-1.scope\n", null],
  ["a path out of what is seen here", unified, `0::/../docker/${id}\n`, null],
  ["no mount", "", `0::/docker/${id}\n`, null],
  ["another part", "35 32 0:32 /other /groups rw - cgroup2 cgroup2 rw", `0::/docker/${id}\n`, null],
])("the freezer's file is found: %s", (_words, mounts, groups, expected) => {
  expect(locateCgroupFile(mounts, groups, id, freezing)).toEqual(expected);
});
