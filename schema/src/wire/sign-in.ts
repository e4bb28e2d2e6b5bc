import * as z from "zod";
import { endpoint } from "../endpoint.ts";

export const signInMethods = endpoint({
  method: "GET",
  path: "/v1/sign-in",
  tag: "session",
  summary: "The ways to sign in here",
  scope: "public",
  answer: z.object({
    password: z.boolean(),
    /** The identity provider: what its button says, and where it leads. */
    oidc: z.object({ name: z.string(), url: z.string() }).nullable(),
    /** Whether a proxy in front may say who somebody is. */
    proxy: z.boolean(),
  }),
  statuses: [200],
});

export const beginOidc = endpoint({
  method: "GET",
  path: "/auth/oidc/start",
  tag: "session",
  summary: "Sign in at the identity provider: sends the browser there",
  scope: "public",
  // A page may lead here with more than is asked for.
  query: z.object({ return: z.string().max(2000).optional() }),
  statuses: [302],
});

export const endOidc = endpoint({
  method: "GET",
  path: "/auth/oidc/callback",
  tag: "session",
  summary: "Where the identity provider sends the browser back to",
  scope: "public",
  query: z.object({
    state: z.string().max(500).optional(),
    code: z.string().max(4000).optional(),
    iss: z.string().max(2000).optional(),
    error: z.string().max(500).optional(),
  }),
  audit: { action: "session.open" },
  statuses: [302],
});

export const signInArrival = endpoint({
  method: "GET",
  path: "/v1/sign-in/arrival",
  tag: "session",
  summary: "How this very request arrived, for whoever sets up a proxy that signs people in",
  scope: "gateway",
  answer: z.object({
    /** The other end of the connection; null where the platform does not say. */
    peer: z.string().nullable(),
    isTrustedProxy: z.boolean(),
    /** Whether the proxy's secret came along, and is the one that was set. */
    secret: z.enum(["absent", "wrong", "right"]),
    isOn: z.boolean(),
    headers: z.object({
      user: z.string().nullable(),
      groups: z.string().nullable(),
      name: z.string().nullable(),
      email: z.string().nullable(),
    }),
  }),
  statuses: [200],
});
