import * as z from "zod";

/** The identity provider through which people sign in (OpenID Connect, authorization code with PKCE). */
export interface OidcSettings {
  /** Exactly as the provider names itself. */
  issuer: string;
  clientId: string;
  /** Null: a public client, which PKCE alone protects. */
  clientSecret: string | null;
  /** What the sign-in button says. */
  name: string;
  scopes: string;
  /** The claims that name somebody, and their groups. */
  usernameClaim: string;
  groupsClaim: string;
}

/** The settings of the identity provider in the environment: issuer and client together, or none. */
export const oidcFields = {
  PULSE_OIDC_ISSUER: z.url({ protocol: /^https?$/ }).optional(),
  PULSE_OIDC_CLIENT_ID: z.string().min(1).optional(),
  PULSE_OIDC_CLIENT_SECRET: z.string().min(1).optional(),
  PULSE_OIDC_NAME: z.string().min(1).max(40).default("Single sign-on"),
  PULSE_OIDC_SCOPES: z
    .string()
    .regex(/(^| )openid( |$)/, "must contain openid")
    .default("openid profile email groups"),
  PULSE_OIDC_USERNAME_CLAIM: z.string().min(1).default("preferred_username"),
  PULSE_OIDC_GROUPS_CLAIM: z.string().min(1).default("groups"),
};

type Given = z.output<z.ZodObject<typeof oidcFields>>;

/** The identity provider; null: there is none. `missing` are the settings that another one needs and that are not there. */
export function oidcSettings(given: Given): { settings: OidcSettings | null; missing: string[] } {
  const {
    PULSE_OIDC_ISSUER: issuer,
    PULSE_OIDC_CLIENT_ID: clientId,
    PULSE_OIDC_CLIENT_SECRET: secret,
  } = given;
  if (issuer === undefined || clientId === undefined) {
    const isWanted = issuer !== undefined || clientId !== undefined || secret !== undefined;
    const missing = [
      ...(issuer === undefined ? ["PULSE_OIDC_ISSUER"] : []),
      ...(clientId === undefined ? ["PULSE_OIDC_CLIENT_ID"] : []),
    ];
    return { settings: null, missing: isWanted ? missing : [] };
  }
  const settings = {
    issuer,
    clientId,
    clientSecret: secret ?? null,
    name: given.PULSE_OIDC_NAME,
    scopes: given.PULSE_OIDC_SCOPES,
    usernameClaim: given.PULSE_OIDC_USERNAME_CLAIM,
    groupsClaim: given.PULSE_OIDC_GROUPS_CLAIM,
  };
  return { settings, missing: [] };
}
