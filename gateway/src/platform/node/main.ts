import { readGatewayConfig } from "../../config.ts";
import { startGateway } from "./gateway.ts";
import { stderrLog } from "./ports.ts";
import { exitCodeOf, said } from "./said.ts";
import { offerSetUp } from "./set-up-url.ts";

/** The gateway alone, as a process: ends in order at SIGTERM or SIGINT, at once at the second. */
async function main(): Promise<void> {
  const config = readGatewayConfig(process.env, process.argv.slice(2));
  const log = stderrLog((line) => process.stderr.write(line), config.logFormat);
  const gateway = await startGateway(config, log);
  process.stdout.write(`Pulse gateway on ${gateway.url}, data in ${gateway.dataDir}\n`);
  let asked = 0;
  const end = () => {
    if (++asked > 1) process.exit(130);
    void gateway.stop().then(() => process.exit(0));
  };
  process.on("SIGTERM", end);
  process.on("SIGINT", end);
  const offer = await offerSetUp(gateway, config, log);
  if (offer !== null) process.stdout.write(`${offer}\n`);
}

await main().catch((error: unknown) => {
  process.stderr.write(said(error));
  process.exit(exitCodeOf(error));
});
