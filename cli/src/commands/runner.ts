import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import * as wire from "@pulse/schema/wire/runners";
import type { Command } from "commander";
import { run, table } from "../session.ts";

const entry = fileURLToPath(new URL("../../../runner/src/main.ts", import.meta.url));

/** Adds `runner list|start|drain|resume|remove|token`. */
export function addRunner(program: Command): void {
  const group = program.command("runner").description("the machines that run jobs");
  group
    .command("list")
    .description("runners with their presence")
    .action(
      run(async ({ client, answer, messages, signal }) => {
        const list = await client.call(wire.listRunners, { query: { limit: 200 }, signal });
        const rows = list.items.map((one) => [
          one.name,
          one.pool,
          one.status,
          one.preparing ?? one.state,
          `${one.running}/${one.slots}`,
          one.capabilities.join(","),
        ]);
        answer(list, () =>
          rows.length === 0
            ? messages.none
            : table([["NAME", "POOL", "STATUS", "STATE", "RUNNING", "CAN"], ...rows]),
        );
      }),
    );
  group
    .command("token")
    .description("make an enrolment token for one runner")
    .option("--pool <pool>", "the pool it joins", "default")
    .option("--expires-in <duration>", "how long it is good", "1h")
    .action(
      run(async ({ client, answer, signal }, command) => {
        const made = await client.call(wire.createEnrolmentToken, { body: command.opts(), signal });
        answer(made, () => made.token);
      }),
    );
  for (const [verb, endpoint] of [
    ["drain", wire.drainRunner],
    ["resume", wire.resumeRunner],
  ] as const) {
    group
      .command(`${verb} <name>`)
      .description(endpoint.summary)
      .action(
        run(async ({ client, answer, signal }, { args }) => {
          const one = await client.call(endpoint, { params: { name: args[0] ?? "" }, signal });
          answer(one, () => `${one.name} ${one.state}`);
        }),
      );
  }
  group
    .command("remove <name>")
    .description("revoke a runner")
    .action(
      run(async ({ client, note, signal }, { args }) => {
        await client.call(wire.deleteRunner, { params: { name: args[0] ?? "" }, signal });
        note("revoked", { name: args[0] ?? "" });
      }),
    );
  group
    .command("start")
    .description("start a runner on this machine; its settings are PULSE_* variables")
    .option("--token-file <file>", "a file with the enrolment token")
    .action(
      run(async ({ profile }, command) => {
        const { tokenFile } = command.opts<{ tokenFile?: string }>();
        const args = tokenFile === undefined ? [] : ["--token-file", tokenFile];
        const env = { ...process.env, PULSE_GATEWAY: process.env.PULSE_GATEWAY ?? profile.gateway };
        process.exitCode = await endOf([entry, ...args], env);
      }),
    );
}

/** Runs one of our programs in the foreground; resolves to its exit code. Signals reach it by itself: it is in our group. */
export function endOf(args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: "inherit", env });
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve(code ?? (signal === "SIGINT" ? 130 : 143)));
  });
}
