import { chmod, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { makeCellFolder } from "../cell-folder.ts";
import { noSockets } from "../confinement.ts";
import type { CellOptions } from "../docker-cell.ts";
import { ImageError } from "../images/custom-images.ts";
import { listenForLine } from "../line-socket.ts";
import { linkTree } from "../link-tree.ts";
import type { Cell } from "../sandbox.ts";
import { type Companion, programPort, startCompanion } from "./companion.ts";
import { CustomContainer } from "./custom-container.ts";
import { customOptions } from "./custom-options.ts";
import type { CustomCellSpec } from "./custom-spec.ts";
import { ExecProgram } from "./exec-program.ts";
import { passFrames } from "./frames-program.ts";
import { HttpProgram } from "./http-program.ts";
import { onceOf, waitedLine, waitingScript } from "./once.ts";
import { type PlayedLine, playFrames } from "./played-frames.ts";
import { SpokenTransport } from "./spoken-transport.ts";

const readyMs = 60_000;
const removeMostMs = 10_000;
const lastWordsMs = 2000;

/** A container of a custom image with a line of frames to it, which the runner itself speaks for programs that do not. Throws when it does not start. */
export async function startCustomCell(
  spec: CustomCellSpec,
  options: CellOptions,
  signal: AbortSignal,
): Promise<Cell & { id: string; others(): readonly string[] }> {
  const { custom, egress } = spec;
  const { docker, onLeft, onStarted, image: ownImage, ...of } = options;
  const needsCompanion = custom.protocol === "http" || Array.isArray(egress);
  if (needsCompanion && of.runtime !== null) throw new Error(noCompanion(of.runtime, custom.protocol));
  const program = custom.command ?? custom.facts.command;
  if (program.length === 0) throw new Error('the image names no program to run; set "command"');
  const folder = await makeCellFolder();
  const undo: (() => Promise<unknown>)[] = [
    () => rm(folder, { recursive: true, force: true }).catch(() => undefined),
  ];
  const clean = async () => {
    for (const one of undo.splice(0).reverse()) await one();
  };
  try {
    await chmod(folder, 0o755);
    await linkTree(custom.code, join(folder, "code"));
    let say: (line: string) => void = () => undefined;
    let companion: Companion | null = null;
    if (needsCompanion) {
      const onRefused = (line: string) => say(line);
      companion = await startCompanion(spec, { ...of, docker, image: ownImage, onLeft, onRefused }, signal);
      undo.push(companion.remove);
    }
    const isExec = custom.protocol === "exec";
    // A program that speaks frames is told its secrets by them.
    const isTold = Object.keys(custom.secrets).length > 0 && custom.protocol !== "stdio";
    if (isTold && !custom.facts.hasShell) throw new ImageError("secret_unavailable", noShell);
    const waits = isTold || (isExec && custom.facts.hasShell);
    const hasInput = waits || custom.protocol !== "http";
    const placement = {
      ...{ ...of, image: custom.image, folder, facts: custom.facts, port: programPort, env: custom.env },
      ...{ companion: companion?.id ?? null, hasInput },
    };
    const command = waits ? ["/bin/sh", "-c", waitingScript, "sh", ...program] : program;
    // What the image starts by itself is left as it is.
    const asked = custom.command === null && !waits ? [] : command;
    const optionsWith = (env: Readonly<Record<string, string>>) =>
      customOptions(spec, { ...placement, command: asked, env: { ...custom.env, ...env } });
    const container = new CustomContainer({ docker, onLeft, hasInput });
    undo.push(() => container.remove());
    say = (line) => container.say(line);

    let played: PlayedLine;
    const loaded = Promise.withResolvers<void>();
    const onLoad = () => {
      container.release();
      loaded.resolve();
    };
    if (custom.protocol === "stdio") {
      const socket =
        of.transport === "socket" ? await listenForLine(join(folder, "s"), readyMs, signal) : null;
      if (socket !== null) await chmod(join(folder, "s"), 0o777);
      undo.push(async () => socket?.close());
      const transport = new SpokenTransport(socket);
      await container.start(optionsWith({}), null, (attached) =>
        container.lookAtStdout(transport.watch(attached, container)),
      );
      played = passFrames(transport.chosen, readyMs, onLoad);
    } else if (companion !== null && custom.protocol === "http") {
      const attached = await container.start(optionsWith({}));
      if (waits) attached.end(waitedLine(custom.secrets));
      const onBroken = () => container.breakDown();
      const http = new HttpProgram(companion, { ended: container.ended, readyMs, onBroken });
      played = playFrames(http, onLoad);
    } else {
      const waiting = waits ? await container.start(optionsWith({})) : null;
      const once = onceOf(container, { waiting, secrets: custom.secrets, optionsWith });
      played = playFrames(new ExecProgram(once, custom.contentType), onLoad);
    }
    onStarted();
    const { line } = played;
    const exited = container.ended.then(async (facts) => {
      // What a program was called for is answered by its end, before that is told.
      await new Promise<void>((resolve) => setImmediate(resolve));
      // What it said before it ended is told to whoever loads it a moment later.
      await Promise.race([loaded.promise, sleep(lastWordsMs, undefined, { ref: false })]);
      played.drop();
      await container.remove();
      await clean();
      return facts;
    });
    return {
      id: companion?.id ?? container.id,
      // One that is run for a call is made then.
      others: () => [container.id],
      line,
      exited,
      place: async () => ({ code: "/fn/code", deps: null }),
      onOutput(take) {
        container.onOutput(take);
        played.begin();
      },
      isCut: () => container.isCut,
      isOver: () => container.isOver,
      freeze: () => container.freeze(),
      thaw: () => container.thaw(),
      terminate: () => container.terminate(),
      async destroy() {
        container.giveUp();
        loaded.resolve();
        line.close();
        await container.remove();
        await Promise.race([exited, sleep(removeMostMs, undefined, { ref: false })]);
      },
    };
  } catch (error) {
    await clean();
    throw error;
  }
}

const noShell =
  "the image has no /bin/sh, which would take the function's secrets; in the container's configuration they would be seen by whoever may use the engine. Use an image with a shell, or protocol stdio";

function noCompanion(runtime: string, protocol: string): string {
  if (protocol !== "http") return noSockets(runtime, "an egress list of a custom image");
  return `protocol http needs a second container in the same network, which ${runtime} does not have; use protocol exec or stdio, or a runner without PULSE_CONTAINER_RUNTIME`;
}
