import { execFile } from "node:child_process";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "vitest";
import { programEnv, programPath } from "../platforms/program-env.ts";
import type { BrowserWorld } from "./browser.ts";

/** What is hard to write down in a shell, in JavaScript and in Python at once. */
const body = JSON.stringify({ text: `it's "quoted" <b> $HOME \`id\` \\ ñ €` });
const answers = `export default async (request: Request) => Response.json({ was: await request.text() });`;

/** What the page of a function gives to copy is pasted where it belongs, runs there, and is answered as the call was. */
export async function runCopiedCalls(browsers: BrowserWorld): Promise<void> {
  const { world } = browsers;
  await world.deploy("copied", { "index.ts": answers });
  const { page, complaints, open, close } = await browsers.visit();
  await open("/functions/copied");
  await page.getByRole("textbox", { name: "Body" }).fill(body);
  const folder = await mkdtemp(join(tmpdir(), "pulse-copied-"));
  try {
    const run = await aPlaceToPaste(browsers, folder);
    await page.locator("summary", { hasText: "Call it from elsewhere" }).click();
    for (const form of ["curl", "fetch", "Python", "pulse"]) {
      await page.getByRole("button", { name: form, exact: true }).click();
      await page.getByRole("button", { name: `Copy: ${form}` }).click();
      const copied = await page.evaluate(() => navigator.clipboard.readText());
      expect(copied).not.toContain(world.adminKey);
      const said = await run(form, copied);
      const { was } = JSON.parse(said.slice(said.indexOf("{"))) as { was: string };
      expect([form, was]).toEqual([form, body]);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  expect(complaints.list()).toEqual([]);
  await close();
}

/** A shell, a Node and a Python whose reader has set `PULSE_KEY`, and a `pulse` on the PATH. */
async function aPlaceToPaste({ world }: BrowserWorld, folder: string) {
  const { PATH, ...others } = programEnv();
  const entry = programPath("cli/src/main.ts");
  await writeFile(join(folder, "pulse"), `#!/bin/sh\nexec "${process.execPath}" "${entry}" "$@"\n`);
  await chmod(join(folder, "pulse"), 0o755);
  const env = { ...others, PATH: `${folder}:${PATH}`, HOME: folder, PULSE_LANG: "en" };
  const options = { cwd: folder, env: { ...env, PULSE_GATEWAY: world.url, PULSE_KEY: world.adminKey } };
  return async (form: string, text: string): Promise<string> => {
    const [program, args] = {
      curl: ["sh", ["-c", text]] as const,
      fetch: [process.execPath, ["--input-type=module", "-e", text]] as const,
      Python: ["python3", ["-c", text]] as const,
      pulse: ["sh", ["-c", text]] as const,
    }[form] ?? ["false", []];
    return (await promisify(execFile)(program, args, options)).stdout;
  };
}
