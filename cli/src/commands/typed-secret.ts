import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { isCancel, password } from "@clack/prompts";
import { UsageError } from "../usage.ts";

/** A secret from a file, else typed at a terminal without being shown, else from stdin; without the line's end. Throws `UsageError` when it is empty. */
export async function readSecret(
  file: string | undefined,
  ask: { message: string; empty: string },
): Promise<string> {
  const given = file === undefined ? await typed(ask.message) : readFileSync(file, "utf8");
  const secret = given.replace(/\r?\n$/, "");
  if (secret === "") throw new UsageError(ask.empty);
  return secret;
}

async function typed(message: string): Promise<string> {
  if (!process.stdin.isTTY) return await text(process.stdin);
  const answer = await password({ message, output: process.stderr });
  return isCancel(answer) ? "" : String(answer);
}
