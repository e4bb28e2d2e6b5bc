import * as z from "zod";
import { endpoint } from "../endpoint.ts";
import { timeField } from "./fields.ts";

const userCodeField = z.string().min(4).max(20);

/** The names of the fields are those of RFC 8628. */
export const startDeviceLogin = endpoint({
  method: "POST",
  path: "/v1/device",
  tag: "session",
  summary: "Begin to sign a machine in (RFC 8628): a person opens `verification_uri` and types `user_code`",
  scope: "public",
  body: z.strictObject({ machine: z.string().min(1).max(100) }),
  answer: z.object({
    device_code: z.string(),
    user_code: z.string(),
    verification_uri: z.string(),
    verification_uri_complete: z.string(),
    /** Seconds. */
    expires_in: z.number(),
    /** Seconds between two questions. */
    interval: z.number(),
  }),
  statuses: [201],
  audit: { exempt: "nothing is opened until a person says so, and that is audited" },
});

export const takeDeviceKey = endpoint({
  method: "POST",
  path: "/v1/device/token",
  tag: "session",
  summary:
    "Ask whether a person let the machine in: once, a key of theirs; until then `authorization_pending`",
  scope: "public",
  body: z.strictObject({ device_code: z.string().min(1).max(200) }),
  answer: z.object({
    key: z.string(),
    name: z.string(),
    project: z.string(),
    scopes: z.array(z.string()),
    expiresAt: timeField.nullable(),
  }),
  statuses: [200],
  audit: { action: "device.key", answer: ["name", "project", "scopes"] },
});

export const seeDeviceLogin = endpoint({
  method: "GET",
  path: "/v1/device/:code",
  tag: "session",
  summary: "What a machine that waits with this code says of itself",
  scope: "session",
  params: z.object({ code: userCodeField }),
  answer: z.object({
    machine: z.string(),
    address: z.string().nullable(),
    createdAt: timeField,
    expiresAt: timeField,
  }),
  statuses: [200],
});

export const answerDeviceLogin = endpoint({
  method: "POST",
  path: "/v1/device/:code",
  tag: "session",
  summary: "Let a machine in, with what the person may do in this project, or turn it away",
  scope: "session",
  params: z.object({ code: userCodeField }),
  body: z.strictObject({ approve: z.boolean() }),
  statuses: [204],
  audit: { action: "device.answer", body: ["approve"] },
});
