import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Ended } from "../heard.ts";
import type { World } from "../world.ts";

const definitions = new URL("../../schema/src/workflow/examples/", import.meta.url);

/** What the older system has on disk: definitions as operators have them, rows of its tables, its `.env`. */
export function movingInSuite(world: () => World, pulse: (...args: string[]) => Promise<Ended>): void {
  describe("moving in", () => {
    let folder: string;
    const at = (name: string) => join(folder, name);
    const put = (name: string, value: unknown) =>
      writeFileSync(at(name), typeof value === "string" ? value : JSON.stringify(value));
    const names = ["backup-with-verification", "check-disk-space", "interactive-system-update"];
    const definitionOf = (name: string) =>
      JSON.parse(readFileSync(new URL(`${name}.json`, definitions), "utf8"));
    const get = async (path: string) => await (await world().call(path)).json();
    const all = () => {
      const made = [
        "--passwords",
        at("passwords.txt"),
        "--settings",
        at("new.txt"),
        "--secret",
        "SMTP_PASSWORD",
      ];
      return pulse("import", folder, ...made, "--yes");
    };

    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), "pulse-import-"));
      for (const name of names.slice(0, 2)) put(`${name}.json`, definitionOf(name));
      const [, , update = ""] = names;
      put("workflows.json", [
        {
          ...{
            id: "5f0c",
            name: "Interactive System Update",
            description: "Asks twice",
            created_by: "alice",
          },
          definition: JSON.stringify(definitionOf(update)),
        },
      ]);
      put("users.json", [
        { username: "Alice", display_name: "Alice A.", groups: "admin,staff", last_login: "2026-01-01" },
        { username: "bob", role: "employee" },
      ]);
      put("workers.json", [{ name: "absent-1", group: "web", tags: ["edge"], last_heartbeat: null }]);
      put(".env", "PORT=9090\nDB_PASSWORD=the-old-one\nSMTP_PASSWORD=mail-password\nODD=value-of-odd\n");
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    test("a plan names what becomes of what, shows no value, and changes nothing", async () => {
      const { code, out, err } = await pulse("import", folder);
      expect([code, out]).toEqual([0, expect.stringContaining("→ interactive-system-update")]);
      for (const text of [
        "Interactive System Update is called interactive-system-update here",
        "not kept: id, created_by",
        "Alice is called alice here",
        "not kept: last_login",
        "bob operator@default",
        "pulse runner token --pool web",
        "setting PORT → PULSE_PORT",
        "not needed: the gateway has a database of its own",
        "--secret ODD keeps it as a secret",
      ])
        expect(out).toContain(text);
      expect(err).toContain("nothing was done");
      for (const value of ["the-old-one", "mail-password", "value-of-odd"])
        expect(out + err).not.toContain(value);
      expect((await world().call("/v1/workflows/check-disk-space")).status).toBe(404);
      const { out: spanish } = await pulse("import", folder, "--lang", "es");
      expect(spanish).toContain("Interactive System Update se llama aquí interactive-system-update");
    });

    test("with --yes it is done, and done again it changes nothing", async () => {
      const first = await all();
      expect([first.code, first.err]).toEqual([0, expect.stringContaining("7 done")]);
      for (const name of names.slice(0, 2))
        expect(await get(`/v1/workflows/${name}`)).toMatchObject({
          revision: 1,
          definition: definitionOf(name),
        });
      const { definition } = await get(`/v1/workflows/${names[2]}`);
      expect(definition).toEqual({ ...definitionOf(names[2] ?? ""), description: "Asks twice" });
      const alice = { name: "Alice A.", roles: { default: "admin" }, source: "password" };
      expect(await get("/v1/users/alice")).toMatchObject(alice);
      expect((await get("/v1/users/bob")).roles).toEqual({ default: "operator" });
      expect(readFileSync(at("new.txt"), "utf8")).toBe('PULSE_PORT="9090"\n');
      const lines = readFileSync(at("passwords.txt"), "utf8").trim().split("\n");
      expect([lines.length, statSync(at("passwords.txt")).mode & 0o777]).toEqual([2, 0o600]);
      const [username, password] = lines[0]?.split(" ") ?? [];
      const signedIn = await fetch(`${world().url}/v1/session`, {
        method: "POST",
        headers: { "content-type": "application/json", origin: world().url },
        body: JSON.stringify({ username, password }),
      });
      expect(signedIn.ok).toBe(true);

      const second = await all();
      expect([second.code, second.err]).toEqual([0, expect.stringContaining("nothing is left to do")]);
      expect((await get(`/v1/workflows/${names[0]}`)).revision).toBe(1);
      const { items } = JSON.parse((await pulse("import", folder, "--json")).out);
      const changes = items.map(({ kind, change }: { kind: string; change: string }) => `${kind} ${change}`);
      expect(changes.filter((one: string) => /create|change/.test(one))).toEqual([]);
    });

    test("what cannot be moved is said before anything is done", async () => {
      const wrong = at("wrong.txt.json");
      put("wrong.txt.json", { steps: [{ name: "Nap", type: "sleep" }] });
      const refused = await pulse("import", wrong, "--yes");
      expect([refused.code, refused.err]).toEqual([
        6,
        expect.stringMatching(/wrong\.txt\.json:\d+:\d+: error/),
      ]);
      put("wrong.txt.json", "{ steps");
      expect(await pulse("import", wrong)).toMatchObject({
        code: 2,
        err: expect.stringContaining("is no JSON"),
      });
      put("wrong.txt.json", [1]);
      expect((await pulse("import", wrong)).err).toContain("is neither a definition");
      const twice = [
        { ...definitionOf("check-disk-space"), name: "A b" },
        { name: "a-b", definition: { steps: [] } },
      ];
      put("wrong.txt.json", twice);
      expect((await pulse("import", wrong)).err).toContain("two workflows that would be called a-b");
      expect((await pulse("import", at("none"))).code).toBe(2);
      rmSync(wrong);
      expect((await world().call("/v1/workflows/wrong-txt")).status).toBe(404);
    });
  });
}
