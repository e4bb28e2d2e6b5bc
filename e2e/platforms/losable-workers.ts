import { openSteadyAddress } from "./steady-address.ts";
import { startWorkersGateway, type WorkersGateway } from "./workers.ts";

/**
 * The gateway on workerd, whose crash is as when the machine is lost: nothing is left but the database, it starts again at the same
 * address, and the cron trigger comes around.
 */
export async function startLosableWorkers(
  given: { dataDir: string; adminKey: string },
  vars: Record<string, string> = {},
): Promise<WorkersGateway> {
  const address = await openSteadyAddress();
  const options = { steady: address, vars: { PULSE_PUBLIC_URL: address.url, ...vars } };
  const gateway = await startWorkersGateway(given, options).catch(async (error: unknown) => {
    await address.close();
    throw error;
  });
  const stop = async () => {
    await gateway.running.stop();
    await address.close();
  };
  return {
    ...gateway,
    running: { ...gateway.running, stop, kill: stop },
    async crash() {
      await gateway.restart();
      await gateway.cron();
    },
  };
}
