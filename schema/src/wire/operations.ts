import * as z from "zod";
import { endpoint } from "../endpoint.ts";

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
  summary: "The gateway can take work; 503 with the reason otherwise",
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
