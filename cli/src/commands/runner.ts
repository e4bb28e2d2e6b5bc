import { fileURLToPath } from "node:url";
import { installLine } from "@pulse/schema/install-line";
import * as wire from "@pulse/schema/wire/runners";
import type { Command } from "commander";
import { type Check, machineChecks } from "../doctor/checks.ts";
import { policyCheck } from "../doctor/policy.ts";
import { run, type Session } from "../session.ts";
import { table } from "../table.ts";
import { endOf } from "./child.ts";
import { tell } from "./doctor.ts";
import { addRunnerImages } from "./runner-images.ts";

const entry = fileURLToPath(new URL("../../../runner/src/main.ts", import.meta.url));

/** Adds `runner list|add|start|doctor|images|drain|resume|remove|token`. */
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
  group
    .command("add [name]")
    .description("make the line that installs a runner on a machine, from the gateway")
    .option("--pool <pool>", "the pool it joins", "default")
    .option("--expires-in <duration>", "how long it is good", "1h")
    .option("--service", "it installs the runner as a service of systemd")
    .action(
      run(async ({ client, profile, answer, signal }, command) => {
        const { service, ...body } = command.opts<{ service?: true; pool: string; expiresIn: string }>();
        const made = await client.call(wire.createEnrolmentToken, { body, signal });
        const line = installLine({
          ...{ gateway: profile.gateway, token: made.token },
          ...{ name: command.args[0] ?? "", asService: service === true },
        });
        answer({ ...made, line }, () => line);
      }),
    );
  for (const [verb, endpoint, text] of [
    ["drain", wire.drainRunner, "let a runner finish what it has and take nothing new"],
    ["resume", wire.resumeRunner, "let a drained runner take work again"],
  ] as const) {
    group
      .command(`${verb} <name>`)
      .description(text)
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
      run(async ({ client, answer, note, signal }, { args }) => {
        const name = args[0] ?? "";
        await client.call(wire.deleteRunner, { params: { name }, signal });
        note("revoked", { name });
        answer({ name, removed: true }, () => "");
      }),
    );
  group
    .command("doctor")
    .description("check what this machine has for running functions")
    .action(
      run(async (session) => {
        await tell(session, runnerChecks(session));
      }),
    );
  addRunnerImages(group);
  group
    .command("start")
    .description("start a runner on this machine; its settings are PULSE_* variables")
    .option("--token-file <file>", "a file with the enrolment token")
    .action(
      run(async ({ profile }, command) => {
        const { tokenFile } = command.opts<{ tokenFile?: string }>();
        const args = tokenFile === undefined ? [] : ["--token-file", tokenFile];
        const env = { ...process.env, PULSE_GATEWAY: process.env.PULSE_GATEWAY ?? profile.gateway };
        process.exitCode = await endOf([entry, ...args], env, "inherit");
      }),
    );
}

async function* runnerChecks({ signal, messages }: Session): AsyncGenerator<Check> {
  yield* machineChecks(signal, messages, messages.noDocker);
  yield await policyCheck(signal, messages);
}
