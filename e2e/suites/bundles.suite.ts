import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { World } from "../world.ts";

const entry = "export const handler = () => 'well';";

interface BadBundle {
  name: string;
  /** Fills the folder; answers further arguments of tar. */
  fill(folder: string): string[];
  says: RegExp;
}

const plain = (folder: string) => writeFileSync(join(folder, "index.ts"), entry);

const bad: BadBundle[] = [
  {
    name: "a path that climbs out",
    fill(folder) {
      writeFileSync(join(folder, "evil.ts"), "");
      return ["--absolute-names", "--transform", "s,./evil,../evil,"];
    },
    says: /may not contain "\.\."/,
  },
  {
    name: "an absolute path",
    fill(folder) {
      writeFileSync(join(folder, "evil.ts"), "");
      return ["--absolute-names", "--transform", "s,./evil,/etc/evil,"];
    },
    says: /must be relative/,
  },
  {
    name: "a symbolic link",
    fill(folder) {
      symlinkSync("/etc/passwd", join(folder, "passwd"));
      return [];
    },
    says: /link/,
  },
  {
    name: "a hard link",
    fill(folder) {
      execFileSync("ln", [join(folder, "index.ts"), join(folder, "again.ts")]);
      return [];
    },
    says: /link/,
  },
  {
    name: "a named pipe",
    fill(folder) {
      execFileSync("mkfifo", [join(folder, "pipe")]);
      return [];
    },
    says: /plain files/,
  },
  {
    name: "10,000 files",
    fill(folder) {
      for (let at = 0; at < 10_000; at++) writeFileSync(join(folder, `f${at}.txt`), "");
      return [];
    },
    says: /at most 2000 files/,
  },
  {
    name: "60 MiB that do not compress",
    fill(folder) {
      writeFileSync(join(folder, "large.bin"), randomBytes(60 * 2 ** 20));
      return [];
    },
    says: /at most 62914560 bytes/,
  },
  {
    name: "60 MiB that compress to almost nothing",
    fill(folder) {
      writeFileSync(join(folder, "large.bin"), Buffer.alloc(60 * 2 ** 20));
      return [];
    },
    says: /50 MiB/,
  },
];

/** Bundles as the CLI uploads them, and as an attacker would. */
export function bundlesSuite(world: () => World): void {
  const upload = async (name: string, fill: BadBundle["fill"]) => {
    const folder = mkdtempSync(join(tmpdir(), "pulse-bundle-"));
    try {
      const inside = join(folder, "inside");
      mkdirSync(inside);
      plain(inside);
      const more = fill(inside);
      const archive = join(folder, "bundle.tar.gz");
      execFileSync("tar", ["--create", "--gzip", "--file", archive, ...more, "--directory", inside, "."]);
      const form = new FormData();
      form.set("manifest", JSON.stringify({ runtime: "typescript" }));
      form.set("bundle", new Blob([readFileSync(archive)]), "bundle.tar.gz");
      return await world().call(`/v1/functions/${name}/versions?wait=60`, { method: "POST", body: form });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };

  describe("bundles", () => {
    test("an uploaded archive is deployed and answers", async () => {
      expect((await upload("uploaded", () => [])).status).toBe(201);
      expect(await (await world().call("/f/uploaded", { method: "POST", body: "{}" })).text()).toBe("well");
    });

    test.each(bad)("one with $name is refused in words, and makes no function", async ({ fill, says }) => {
      const refused = await upload("attacker", fill);
      const problem = (await refused.json()) as { code: string; detail: string };
      expect([413, 422]).toContain(refused.status);
      expect(["invalid_bundle", "payload_too_large"]).toContain(problem.code);
      expect(problem.detail).toMatch(says);
      expect((await world().call("/v1/functions/attacker")).status).toBe(404);
    });

    test("an archive that is none is refused", async () => {
      const form = new FormData();
      form.set("manifest", JSON.stringify({ runtime: "typescript" }));
      form.set("bundle", new Blob(["not a gzip"]), "bundle.tar.gz");
      const refused = await world().call("/v1/functions/attacker/versions", { method: "POST", body: form });
      expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([
        422,
        "invalid_bundle",
      ]);
    });
  });
}
