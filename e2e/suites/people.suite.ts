import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { codeOf, fromBase32 } from "../../gateway/src/auth/factors/totp.ts";
import { until } from "../platforms/node.ts";
import { programEnv, programPath } from "../platforms/program-env.ts";
import type { World } from "../world.ts";

const entry = programPath("cli/src/main.ts");
const password = "correct horse battery";

/** People, as the CLI and a browser see them; on each platform with its own password hashing. */
export function peopleSuite(world: () => World): void {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "pulse-people-"));
    writeFileSync(join(folder, "password"), `${password}\n`);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** A command of the CLI that runs, with what it said so far. */
  function begin(args: string[], env: Record<string, string> = { PULSE_KEY: world().adminKey }) {
    const child = spawn(process.execPath, [entry, ...args], {
      cwd: folder,
      env: {
        ...programEnv(),
        HOME: folder,
        PULSE_GATEWAY: world().url,
        PULSE_LANG: "en",
        ...env,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const said = { out: "", err: "" };
    child.stdout.on("data", (chunk: Buffer) => {
      said.out += chunk.toString("utf8");
    });
    child.stderr.on("data", (chunk: Buffer) => {
      said.err += chunk.toString("utf8");
    });
    const ended = new Promise<{ code: number | null; out: string; err: string }>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code) => resolve({ code, ...said }));
    });
    return { said, ended };
  }
  const pulse = (...args: string[]) => begin(args).ended;
  const signIn = (username: string, given = password) =>
    fetch(`${world().url}/v1/session`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ username, password: given }),
    });
  const cookieOf = (response: Response) => (response.headers.get("set-cookie") ?? "").split(";", 1)[0] ?? "";

  describe("people", () => {
    test("are added, sign in, look, and may do what their role says", async () => {
      const made = await pulse("user", "create", "ana", "--role", "viewer", "--password-file", "password");
      expect(made).toMatchObject({ code: 0, err: "✓ ana may sign in\n" });
      expect((await signIn("ana", "wrong horse battery")).status).toBe(401);
      const opened = await signIn("ana");
      expect(opened.status).toBe(201);
      const headers = { cookie: cookieOf(opened), origin: world().url };
      const me = await (await fetch(`${world().url}/v1/me`, { headers })).json();
      expect(me).toMatchObject({ kind: "user", name: "ana", project: "default", roles: ["viewer"] });
      const refused = await fetch(`${world().url}/v1/functions/x`, { method: "DELETE", headers });
      expect(refused.status).toBe(403);
      expect((await pulse("user", "list")).out).toMatch(/ana +ana +viewer@default +password/);
      await pulse("user", "disable", "ana");
      expect((await fetch(`${world().url}/v1/me`, { headers })).status).toBe(401);
      expect((await pulse("user", "delete", "ana")).code).toBe(0);
    });

    test("let a machine in by a browser, whose key is theirs", async () => {
      await pulse("user", "create", "ben", "--admin", "--password-file", "password");
      const headers = {
        cookie: cookieOf(await signIn("ben")),
        origin: world().url,
        "content-type": "application/json",
      };
      const login = begin(["login", "--device", "--json"], {});
      const code = await until(
        "a code is shown",
        async () => /code ([A-Z]{4}-[A-Z]{4})/.exec(login.said.err)?.[1] ?? null,
      );
      const approved = await fetch(`${world().url}/v1/device/${code}`, {
        method: "POST",
        headers,
        body: '{"approve":true}',
      });
      expect(approved.status).toBe(204);
      const { code: exit, out } = await login.ended;
      expect([exit, JSON.parse(out)]).toEqual([
        0,
        expect.objectContaining({ profile: "default", gateway: world().url }),
      ]);
      const mine = await begin(["session", "list", "--json"], {}).ended;
      expect(JSON.parse(mine.out).items).toHaveLength(1);
      expect((await begin(["session", "end"], {}).ended).err).toBe("✓ sessions ended: 1\n");
      expect((await fetch(`${world().url}/v1/me`, { headers })).status).toBe(401);
      await pulse("user", "create", "eva", "--admin", "--password-file", "password");
      await pulse("user", "delete", "ben");
      expect((await begin(["whoami"], {}).ended).code).toBe(3);
    });

    test("turn a second factor on and off", async () => {
      await pulse("user", "create", "tess", "--role", "viewer", "--password-file", "password");
      const headers = {
        cookie: cookieOf(await signIn("tess")),
        origin: world().url,
        "content-type": "application/json",
      };
      const body = JSON.stringify({ name: "tess", scopes: ["read"] });
      const made = await fetch(`${world().url}/v1/keys`, { method: "POST", headers, body });
      const { key } = (await made.json()) as { key: string };
      const tess = (...args: string[]) => begin(args, { PULSE_KEY: key }).ended;
      const offered = await tess("second-factor", "offer", "--current-file", "password", "--json");
      const { secret } = JSON.parse(offered.out);
      const code = () => codeOf(fromBase32(secret), Math.floor(Date.now() / 30_000));
      const { out } = await tess("second-factor", "confirm", await code());
      const codes = out.trim().split("\n");
      expect(codes).toHaveLength(10);
      expect((await signIn("tess")).status).toBe(401);
      const removed = await tess("second-factor", "remove", codes[0] ?? "", "--current-file", "password");
      expect(removed).toMatchObject({ code: 0, err: "✓ the second factor is off\n" });
      expect((await signIn("tess")).status).toBe(201);
    });

    test("work in projects that share nothing", async () => {
      expect((await pulse("project", "create", "shop")).code).toBe(0);
      const put = {
        method: "PUT",
        headers: { "content-type": "application/json", "pulse-project": "shop" },
        body: "{}",
      };
      expect((await world().call("/v1/functions/only-there", put)).status).toBe(201);
      expect((await pulse("function", "get", "only-there")).code).toBe(4);
      expect((await pulse("function", "get", "only-there", "--project", "shop")).code).toBe(0);
      expect((await pulse("project", "delete", "shop")).code).toBe(5);
      expect((await pulse("function", "delete", "only-there", "--project", "shop")).code).toBe(0);
      expect((await pulse("project", "delete", "shop")).code).toBe(0);
      expect((await pulse("function", "list", "--project", "shop")).code).toBe(4);
    });
  });
}
