import type { Hub } from "../hub.ts";
import type { Ports } from "../ports.ts";
import { deliverMessages } from "./deliver.ts";
import { activeProjects, notice } from "./notice.ts";
import { watchesRunners, watchRunners } from "./watch-runners.ts";

/** How often it is looked at what happened, and whether runners are there, where rules tell of it. */
const eventsEveryMs = 3000;
const runnersEveryMs = 60_000;

/** What telling needs. */
export interface TellDeps {
  ports: Ports;
  hub: Hub;
  publicUrl: string;
}

/** Looks at what happened in every project with rules, and sends what is due; returns when to look again (epoch ms), or null while nobody wants to be told anything. Whatever is left, the next look does. */
export async function tellDue(
  deps: TellDeps,
  looks: { runnersAt: number } = { runnersAt: 0 },
): Promise<number | null> {
  const { ports, hub, publicUrl } = deps;
  const follow = (project: string) => ports.background(hub.changed({ project, quiet: true }));
  const projects = await activeProjects(ports);
  const isRunnersTime = ports.now() >= looks.runnersAt;
  if (isRunnersTime) looks.runnersAt = ports.now() + runnersEveryMs;
  let isMore = false;
  for (const [project, rules] of projects) {
    try {
      isMore = (await notice(ports, project, rules, publicUrl, () => follow(project))) || isMore;
    } catch (error) {
      // What is wrong with one project keeps no other from being told; the next look tries again.
      ports.log.error("it could not be told what happened", error, { project });
    }
    const watching = rules.filter(watchesRunners);
    if (!isRunnersTime || watching.length === 0) continue;
    try {
      await watchRunners(deps, project, watching);
    } catch (error) {
      // The object of a pool may be away for a moment: nobody is told of a runner then.
      ports.log.error("runners could not be looked at", error, { project });
    }
  }
  const next = await deliverMessages(ports, publicUrl, follow);
  const look = projects.size === 0 ? null : ports.now() + (isMore ? 0 : eventsEveryMs);
  const times = [next, look].filter((time) => time !== null);
  return times.length === 0 ? null : Math.min(...times);
}
