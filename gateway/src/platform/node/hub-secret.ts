import { toBase64Url } from "../../http/encoding.ts";
import type { Ports } from "../../ports.ts";
import { loadOwn } from "../../secrets/own.ts";

/** What the gateways of one database show each other; the first of them makes it. */
export function hubSecret(ports: Pick<Ports, "database" | "now" | "random" | "masterKeys">): Promise<string> {
  return loadOwn(ports, { name: "hub", fact: "hub secret" }, toBase64Url(ports.random(32)));
}
