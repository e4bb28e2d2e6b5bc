import { rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { hasPeople, makeSetUpToken } from "../../auth/setup.ts";
import type { GatewayConfig } from "../../config.ts";
import type { Log } from "../../ports.ts";
import { replaceFile } from "./durable.ts";
import type { Gateway } from "./gateway.ts";

type Settings = Pick<GatewayConfig, "publicUrl" | "hasSetUpUrl" | "oidc" | "proxySecret">;
type Started = Pick<Gateway, "url" | "dataDir" | "ports">;

const pathIn = (dataDir: string) => join(dataDir, "setup-url");

/**
 * A new set-up URL of the key in the data folder, also kept in `setup-url` there for its owner alone. The token is in the fragment, which no browser
 * sends. Null: the operator wants none. Throws when the key is not known here.
 */
export async function writeSetUpUrl(gateway: Started, config: Settings): Promise<string | null> {
  const path = pathIn(gateway.dataDir);
  if (!config.hasSetUpUrl) {
    rmSync(path, { force: true });
    return null;
  }
  const key = (await readFile(join(gateway.dataDir, "admin-key"), "utf8")).trim();
  const { token } = await makeSetUpToken(gateway.ports, { project: "default", key });
  const url = `${config.publicUrl ?? gateway.url}/setup#t=${token}`;
  await replaceFile(path, `${url}\n`);
  return url;
}

/**
 * What a gateway that runs by itself says to whoever starts it while nobody has an account: the set-up URL, or, where lines are collected as JSON, only
 * the file it is in. Null: there is somebody, an identity provider or a proxy says who people are, or none could be made, which the log tells; a file
 * of an earlier start is gone then.
 */
export async function offerSetUp(
  gateway: Started,
  config: Settings & Pick<GatewayConfig, "logFormat">,
  log: Log,
): Promise<string | null> {
  const path = pathIn(gateway.dataDir);
  try {
    const isForOthers = config.oidc !== null || config.proxySecret !== null;
    if (isForOthers || (await hasPeople(gateway.ports))) {
      rmSync(path, { force: true });
      return null;
    }
    const url = await writeSetUpUrl(gateway, config);
    if (url === null) return null;
    const address = config.logFormat === "json" ? `The address in ${path}` : url;
    return `Nobody has an account yet. ${address} makes the first one (once, within a day).`;
  } catch (error) {
    rmSync(path, { force: true });
    log.warn("no set-up URL could be made", {
      cause: error instanceof Error ? error.message : String(error),
    });
    return null;
  }
}
