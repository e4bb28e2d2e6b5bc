import * as z from "zod";
import { endpoint } from "../endpoint.ts";
import { sha256Field } from "./fields.ts";

const bundleParams = z.object({ sha256: sha256Field });

/** Runner ← gateway: content named by one of the runner's jobs, or by a build of its project. */
export const getBundle = endpoint({
  method: "GET",
  path: "/runner/v1/bundles/:sha256",
  tag: "runner protocol",
  summary: "A bundle or built dependencies, by content hash",
  scope: "runner",
  params: bundleParams,
  rawAnswer: ["application/gzip"],
  statuses: [200, 304],
});

/** Runner → gateway: what a build made, checked against its hash on both ends. */
export const putBundle = endpoint({
  method: "PUT",
  path: "/runner/v1/bundles/:sha256",
  tag: "runner protocol",
  summary: "Upload built dependencies",
  scope: "runner",
  params: bundleParams,
  rawBody: ["application/gzip"],
  statuses: [201],
});

/** Runner → gateway: what a build of the runner's project made under this key; 404 when none did. */
export const getBuild = endpoint({
  method: "GET",
  path: "/runner/v1/builds/:key",
  tag: "runner protocol",
  summary: "Which stored dependencies a build key stands for, in the runner's project",
  scope: "runner",
  params: z.object({ key: sha256Field }),
  answer: z.object({ contentSha256: sha256Field }),
  statuses: [200],
});
