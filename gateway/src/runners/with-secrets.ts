import type { Job } from "@pulse/schema/wire/job";
import type { WarmOrders } from "@pulse/schema/wire/warm-order";
import type { JWK } from "jose";
import type { Ports } from "../ports.ts";
import { sealSecrets } from "../secrets/hand-out.ts";
import { createRunnerStore } from "./store.ts";

/** An answer to a runner with the secrets of what it hands out, sealed to that runner's key. */
export async function withSecrets<T extends { jobs: Job[]; prewarm?: WarmOrders | undefined }>(
  ports: Ports,
  runner: string,
  answer: T,
): Promise<T> {
  // The row's own type knows the key as it was checked when the runner enrolled.
  const key = async () =>
    ((await createRunnerStore(ports.database).byId(runner))?.sealingKey ?? null) as JWK | null;
  const { prewarm } = answer;
  const jobs = await sealSecrets(ports, answer.jobs, key);
  if (prewarm === undefined) return { ...answer, jobs };
  const orders = await sealSecrets(ports, prewarm.orders, key);
  return { ...answer, jobs, prewarm: { ...prewarm, orders } };
}
