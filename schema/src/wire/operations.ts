import * as z from "zod";
import { endpoint } from "../endpoint.ts";
import { healthCheckNames, healthCodes } from "../health-words.ts";
import { timeField } from "./fields.ts";

export const health = endpoint({
  method: "GET",
  path: "/health",
  tag: "operations",
  summary: "The shape that monitors read; 503 when a part is down",
  scope: "public",
  answer: z.object({
    status: z.enum(["ok", "degraded"]),
    timestamp: z.string(),
    database: z.enum(["ok", "error"]),
    auth: z.enum(["ok", "error"]),
    /** The gateway's own disk. `low` and `spent`: nothing new is taken; `spent`: the reserve is being used up. */
    disk: z.enum(["ok", "low", "spent"]),
  }),
  statuses: [200],
});

export const livez = endpoint({
  method: "GET",
  path: "/livez",
  tag: "operations",
  summary: "The process answers",
  scope: "public",
  answer: z.object({ status: z.literal("ok") }),
  statuses: [200],
});

export const readyz = endpoint({
  method: "GET",
  path: "/readyz",
  tag: "operations",
  summary:
    "The database answers, it is migrated and the hub is there: the gateway can take work; 503 with the reason otherwise",
  scope: "public",
  answer: z.object({ status: z.literal("ok") }),
  statuses: [200],
});

export const version = endpoint({
  method: "GET",
  path: "/version",
  tag: "operations",
  summary: "Versions of the gateway and of the runner protocol",
  scope: "public",
  answer: z.object({ version: z.string(), protocol: z.number().int() }),
  statuses: [200],
});

const healthStatus = z.enum(["ok", "warning", "failed"]);

export const healthView = z.object({
  /** The worst of what was found. */
  status: healthStatus,
  /** When it was looked, by the gateway's clock. */
  at: timeField,
  version: z.string(),
  protocol: z.number().int(),
  /** In an order that does not change; what a platform does not have (a disk of its own) is left out. */
  checks: z.array(
    z.object({
      name: z.enum(healthCheckNames),
      status: healthStatus,
      /** What was found, as a word for programs, and what its sentence is filled with. */
      code: z.enum(healthCodes),
      values: z.record(z.string(), z.union([z.string(), z.number()])),
      detail: z.string(),
      /** What to do about it; null: nothing. */
      advice: z.string().nullable(),
    }),
  ),
});
export type HealthView = z.output<typeof healthView>;

export const getHealth = endpoint({
  method: "GET",
  path: "/v1/health",
  tag: "operations",
  summary:
    "How the gateway and the project's runners are: checks by name, each with what was found and what to do about it; 200 whatever was found",
  scope: "read",
  answer: healthView,
  statuses: [200],
});
