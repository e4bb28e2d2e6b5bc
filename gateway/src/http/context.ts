import type { Hono } from "hono";
import type { Hub } from "../hub.ts";
import type { Ports } from "../ports.ts";

/** Settings of the HTTP half, read from the environment by the platform. */
export interface HttpConfig {
  /** Origin under which users reach the gateway, without a trailing slash. */
  publicUrl: string;
  /** Origin for functions when they have a host of their own; null: they share `publicUrl`. */
  functionsUrl: string | null;
  version: string;
  /** Hosts that may be called back; absent: none. */
  callbackHosts?: readonly string[];
  /** Headers of every streamed answer, where the platform would hold it back to compress it. */
  streamHeaders?: readonly (readonly [string, string])[];
}

/** What every route is made with. */
export interface Deps {
  ports: Ports;
  hub: Hub;
  config: HttpConfig;
}

/** Who makes a request. */
export interface Principal {
  kind: "key" | "session" | "runner" | "anonymous";
  /** Key id, runner id, or "anonymous". */
  id: string;
  name: string;
  project: string;
  scopes: readonly string[];
  /** Epoch milliseconds; null: never. */
  expiresAt: number | null;
}

export type PulseApp = Hono<{ Variables: { requestId: string; principal: Principal } }>;
