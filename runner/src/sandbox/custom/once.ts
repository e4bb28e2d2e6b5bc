import type { Socket } from "node:net";
import { Writable } from "node:stream";
import type { ContainerCreateOptions } from "dockerode";
import type { CustomContainer } from "./custom-container.ts";
import type { Once } from "./exec-program.ts";

/**
 * What a container waits with for variables that do not stand in its configuration: the first line of its standard input sets them, the rest is the
 * program's. `read` takes no byte beyond the line end from a pipe (POSIX).
 */
export const waitingScript =
  'pulse_nl="\n"\nIFS= read -r pulse_call && eval "$pulse_call" && unset pulse_call pulse_nl && exec "$@"';

/** The line that such a container waits for. */
export function waitedLine(env: Readonly<Record<string, string>>): string {
  const words = Object.entries(env).map(([name, value]) => `${name}=${quoted(value)}`);
  return words.length === 0 ? ":\n" : `export ${words.join(" ")}\n`;
}

/** A word of the shell that holds the value and no line end. */
function quoted(value: string): string {
  return `'${value.replaceAll("'", "'\\''").replaceAll("\n", "'\"$pulse_nl\"'")}'`;
}

/** A container for one call: one that waits already, else (`optionsWith`) one that is made when the call's variables are known. */
export function onceOf(
  container: CustomContainer,
  {
    waiting,
    secrets,
    optionsWith,
  }: {
    waiting: Socket | null;
    secrets: Readonly<Record<string, string>>;
    optionsWith: (env: Record<string, string>) => ContainerCreateOptions;
  },
): Once {
  return {
    async begin(env, take) {
      if (waiting === null) return inputOf(await container.start(optionsWith(env), take));
      container.takeStdout(take);
      waiting.write(waitedLine({ ...secrets, ...env }));
      return inputOf(waiting);
    },
    ended: container.ended,
    lastLines: () => container.lastLines,
    terminate: () => container.terminate(),
  };
}

/** The standard input of a container whose two-way stream this is: ending it leaves the output open. */
function inputOf(attached: Socket): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (attached.writable) attached.write(chunk, (error) => done(error));
      else done(new Error("the program has ended"));
    },
    final(done) {
      attached.end();
      done();
    },
  });
}
