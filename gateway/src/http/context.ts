import type { LimitSettings } from "@pulse/schema/limit-settings";
import type { OidcSettings } from "@pulse/schema/oidc-settings";
import type { GroupRole, Role } from "@pulse/schema/roles";
import type { TraceContext } from "@pulse/schema/trace-context";
import type { KeyQuotas } from "@pulse/schema/wire/plans";
import type { Hono } from "hono";
import type { Hub } from "../hub.ts";
import type { Ports, ScryptCost } from "../ports.ts";
import type { AddressSettings } from "./caller.ts";

/** Settings of the HTTP half, read from the environment by the platform. */
export interface HttpConfig {
  /** Origin under which users reach the gateway, without a trailing slash. */
  publicUrl: string;
  /** Origin for functions when they have a host of their own; null: they share `publicUrl`. */
  functionsUrl: string | null;
  version: string;
  /** Hosts that may be called back; absent: none. */
  callbackHosts?: readonly string[];
  /** The identity provider through which people sign in; absent: there is none. */
  oidc?: OidcSettings;
  /** A proxy of `addresses.trustedProxies` says who somebody is, when it shows this; absent: nobody does. */
  trustedHeaders?: { secret: string };
  /** What members of groups of an identity provider are here; absent: groups mean nothing. */
  groupRoles?: readonly GroupRole[];
  /** Opens `/metrics` and nothing else; absent: a key of the gateway's admin does. */
  metricsToken?: string;
  /** The endpoints of the system before Pulse are served; absent: they are not. */
  isCompatible?: boolean;
  /** GraphQL is served; absent: it is not. */
  hasGraphql?: boolean;
  /** A range service of leaked passwords (the first five hex digits of the SHA-1 are sent); absent: none is asked. */
  breachCheckUrl?: string;
  /** What a password's hash costs; absent: what is usual. */
  passwordCost?: ScryptCost;
  /** How the address of a caller is known; absent: the socket tells. */
  addresses?: AddressSettings;
  /** Calls a minute of one credential, and of one address without a credential; 0: no limit, null or absent: a generous one. */
  limits?: LimitSettings;
  /** Headers of every streamed answer, where the platform would hold it back to compress it. */
  streamHeaders?: readonly (readonly [string, string])[];
}

/** What every route is made with. */
export interface Deps {
  ports: Ports;
  hub: Hub;
  config: HttpConfig;
}

/** Who makes a request: a key, a browser's session of a key, a person (in a browser), a runner, or nobody in particular. */
export interface Principal {
  kind: "key" | "session" | "user" | "runner" | "anonymous";
  /** Key id, user id, runner id, or "anonymous". */
  id: string;
  /** A person's username, a key's or a runner's name. */
  name: string;
  project: string;
  scopes: readonly string[];
  /** What a person is in this project: at most one; keys have scopes only. */
  roles: readonly Role[];
  /** Groups of the identity provider that a person is in; absent for everybody else. */
  groups?: readonly string[];
  /** The person whose key it is, or who it is; null: nobody's. */
  userId: string | null;
  /** The browser's session; null without one. */
  sessionId: string | null;
  /** Epoch milliseconds; null: never. */
  expiresAt: number | null;
  /** Calls a minute that a key may make; absent or null: as many as keys may. */
  rateLimit?: number | null;
  /** What the calls of a key may use; absent or null: as much as the project. */
  quotas?: KeyQuotas | null;
}

export interface PulseEnv {
  Variables: { requestId: string; principal: Principal; trace?: TraceContext };
}

export type PulseApp = Hono<PulseEnv>;
