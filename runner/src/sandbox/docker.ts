import type { Language } from "@pulse/schema/wire/manifest";
import Docker from "dockerode";
import type { Confinement } from "./confinement.ts";
import { isGone } from "./container-exit.ts";
import { startCustomCell } from "./custom/start-custom.ts";
import { startCell } from "./docker-cell.ts";
import { type EgressPolicy, type ProjectNetworks, sweepNetworks } from "./egress/project-networks.ts";
import { type EngineWatch, isConnectionError } from "./engine-watch.ts";
import type { Cell, Sandbox } from "./sandbox.ts";

/** What containers are made with. */
export interface DockerOptions {
  docker: Docker;
  imageOf: (runtime: Language) => string;
  /** Its id: what carries it as a label is this runner's. */
  runner: string;
  policy: EgressPolicy;
  confinement: Confinement;
  engine: EngineWatch;
  networks: ProjectNetworks;
}

/** An engine client for `DOCKER_HOST`, or the usual socket. */
export function dockerClient(): Docker {
  const host = process.env.DOCKER_HOST;
  return host?.startsWith("unix://")
    ? new Docker({ socketPath: host.slice("unix://".length) })
    : new Docker();
}

/** Whether an engine answers. */
export async function engineAnswers(docker: Docker): Promise<boolean> {
  return docker.ping().then(
    () => true,
    () => false,
  );
}

/** Containers of this runner, each with the profile of `docker-spec.ts`. What an earlier process of this runner left is removed first. */
export async function dockerSandbox({
  docker,
  engine,
  imageOf,
  runner,
  policy,
  confinement,
  networks,
}: DockerOptions): Promise<Sandbox> {
  await sweep(docker, runner);
  const cells = new Set<Cell & { id: string; others?(): readonly string[] }>();
  /** When a container could not be removed, for the engine was away: epoch seconds; null when nothing is left. */
  let leftAt: number | null = null;
  const onLeft = (error: unknown) => {
    if (isGone(error)) return;
    leftAt = Date.now() / 1000;
    engine.suspect();
  };
  const start: Sandbox["start"] = async (spec, signal, onStarted = () => undefined) => {
    const image = imageOf(spec.runtime);
    const place = spec.egress === "open" ? await networks.join(spec.project, image) : null;
    const of = { ...confinement, image, runner, network: place?.name ?? null, opened: policy.opened };
    const { custom } = spec;
    const options = { ...of, docker, onLeft, onStarted };
    const started =
      custom === undefined
        ? startCell(spec, options, signal)
        : startCustomCell({ ...spec, custom }, options, signal);
    const cell = await started.catch((error: unknown) => {
      place?.release();
      throw error;
    });
    if (leftAt !== null) {
      const before = leftAt;
      leftAt = null;
      sweepOlder(docker, runner, before, idsOf(cells)).catch(onLeft);
    }
    cells.add(cell);
    void cell.exited.then(({ engineLost }) => {
      cells.delete(cell);
      place?.release();
      if (engineLost) engine.suspect();
    });
    return cell;
  };
  return {
    kind: "docker",
    async start(spec, signal, onStarted) {
      try {
        return await start(spec, signal, onStarted);
      } catch (error) {
        if (isConnectionError(error)) engine.suspect();
        throw error;
      }
    },
    async identity(runtime) {
      const { Id, Architecture } = await docker.getImage(imageOf(runtime)).inspect();
      return `${Id}-${Architecture}`;
    },
    async stop() {
      await Promise.all([...cells].map((cell) => cell.destroy()));
      await sweep(docker, runner);
      await networks.stop();
    },
  };
}

/** The containers of cells: of a custom image's also its companion, and the one that is made when it is called. */
function idsOf(cells: Iterable<{ id: string; others?(): readonly string[] }>): Set<string> {
  return new Set([...cells].flatMap((cell) => [cell.id, ...(cell.others?.() ?? [])]));
}

/** Removes containers and networks labelled with this runner; all others are left alone. */
async function sweep(docker: Docker, runner: string): Promise<void> {
  const left = await docker.listContainers({ all: true, filters: { label: [`pulse.runner=${runner}`] } });
  await Promise.all(
    left.map(({ Id }) => docker.getContainer(Id).remove({ force: true, v: true }).catch(ignoreGone)),
  );
  await sweepNetworks(docker, runner);
}

/** Removes what an engine that was away could not: this runner's containers of before a time (epoch seconds) that serve nobody. */
async function sweepOlder(
  docker: Docker,
  runner: string,
  before: number,
  kept: ReadonlySet<string>,
): Promise<void> {
  const all = await docker.listContainers({ all: true, filters: { label: [`pulse.runner=${runner}`] } });
  const left = all.filter(({ Id, Created }) => Created < before && !kept.has(Id));
  await Promise.all(
    left.map(({ Id }) => docker.getContainer(Id).remove({ force: true, v: true }).catch(ignoreGone)),
  );
}

function ignoreGone(error: unknown): void {
  if (!isGone(error)) throw error;
}
