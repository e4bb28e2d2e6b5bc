import * as wire from "@pulse/schema/wire/people";
import type { Command } from "commander";
import { run, type Session } from "../session.ts";
import { readSecret } from "./typed-secret.ts";

/** Adds `second-factor offer|confirm|remove`. */
export function addSecondFactor(program: Command): void {
  const factor = program.command("second-factor").description("a code of an app besides your password");
  factor
    .command("offer")
    .description("a secret for the app; it counts once a code of it was confirmed")
    .option("--current-file <file>", "a file with one's present password")
    .action(
      run(async (session, command) => {
        const { client, answer, signal } = session;
        const body = { password: await current(session, command) };
        const offered = await client.call(wire.offerSecondFactor, { body, signal });
        answer(offered, () => `${offered.secret}\n${offered.uri}`);
      }),
    );
  factor
    .command("confirm <code>")
    .description("turn it on with the app's code; the recovery codes are shown once")
    .action(
      run(async ({ client, answer, line, messages, signal }, command) => {
        const body = { code: command.args[0] ?? "" };
        const codes = await client.call(wire.confirmSecondFactor, { body, signal });
        answer(codes, () => codes.recoveryCodes.join("\n"));
        line(messages.recoveryOnce);
      }),
    );
  factor
    .command("remove <code>")
    .description("turn it off, with a code of the app or a recovery code")
    .option("--current-file <file>", "a file with one's present password")
    .action(
      run(async (session, command) => {
        const { client, answer, note, signal } = session;
        const body = { password: await current(session, command), code: command.args[0] ?? "" };
        await client.call(wire.removeSecondFactor, { body, signal });
        note("secondFactorOff");
        answer({ removed: true }, () => "");
      }),
    );
}

/** One's present password. */
function current({ messages }: Session, command: Command): Promise<string> {
  const { currentFile } = command.opts<{ currentFile?: string }>();
  return readSecret(currentFile, { message: messages.askCurrent, empty: messages.emptyPassword });
}
