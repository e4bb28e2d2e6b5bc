import { tmpdir } from "node:os";
import { expect, test } from "vitest";
import { FreeDisk } from "./free-disk.ts";

test("with room there is nothing to say", async () => {
  const lines: string[] = [];
  const disk = new FreeDisk({ folders: [tmpdir()], leastBytes: 1, log: (line) => lines.push(line) });
  await disk.look();
  expect([disk.lack, lines]).toEqual([null, []]);
});

test("without it says how much is left where, how much is needed and by which setting, once", async () => {
  const lines: string[] = [];
  let changes = 0;
  const disk = new FreeDisk({
    folders: ["/nowhere", tmpdir()],
    leastBytes: 2 ** 60,
    log: (line) => lines.push(line),
  });
  disk.onChange(() => {
    changes += 1;
  });
  await disk.look();
  expect(disk.lack).toMatch(
    /^waiting for free disk: \d+ MB are left in .*, \d+ MB are needed \(PULSE_DISK_FREE_MB\)$/,
  );
  expect(lines).toHaveLength(1);
  expect(changes).toBe(1);
});
