import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import * as z from "zod";

const answerMostMs = 30_000;
/** What helpers say, on standard output and with a code other than 0, when they know nothing of a registry. */
const unknownTo = /credentials not found/i;

const shape = z.object({ Username: z.string(), Secret: z.string() });

/** What a helper knows of a registry: a name and its password, or a token by which the registry gives others. */
export type HelperAnswer = { username: string; password: string } | { identitytoken: string };

/** There is no such program on this machine's PATH. */
export class HelperMissing extends Error {}

/**
 * Asks `docker-credential-<name>` on this machine's PATH about a registry, in the protocol of docker's own credential helpers; null: it knows nothing
 * of it. It has this process's environment but for what is Pulse's. Throws without a word of what it said.
 */
export async function askHelper(name: string, server: string): Promise<HelperAnswer | null> {
  if (!/^[\w][\w.-]*$/.test(name))
    throw new Error(`${JSON.stringify(name)} is no name of a credential helper`);
  const program = `docker-credential-${name}`;
  const env = Object.fromEntries(Object.entries(process.env).filter(([key]) => !key.startsWith("PULSE_")));
  const child = spawn(program, ["get"], {
    ...{ env, timeout: answerMostMs, killSignal: "SIGKILL" as const },
    stdio: ["pipe", "pipe", "ignore"],
  });
  // One that does not read is told by its end.
  child.stdin.on("error", () => undefined);
  child.stdin.end(server);
  const said = text(child.stdout);
  said.catch(() => undefined);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("close", resolve);
    child.once("error", ({ code }: NodeJS.ErrnoException) =>
      reject(new HelperMissing(`the credential helper ${program} does not start: ${code ?? "unknown"}`)),
    );
  });
  if (code !== 0) {
    if (unknownTo.test(await said)) return null;
    throw new Error(
      `the credential helper ${program} failed for ${server}: exit code ${code ?? "none, in 30 s"}`,
    );
  }
  const parsed = shape.safeParse(jsonOf(await said));
  if (!parsed.success) throw new Error(`the credential helper ${program} did not answer as docker's do`);
  const { Username, Secret } = parsed.data;
  if (Username === "<token>") return { identitytoken: Secret };
  return Username === "" && Secret === "" ? null : { username: Username, password: Secret };
}

function jsonOf(said: string): unknown {
  try {
    return JSON.parse(said);
  } catch {
    return null;
  }
}
