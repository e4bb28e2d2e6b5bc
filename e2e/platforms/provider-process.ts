import { freePort, type Running, startProcess, until } from "./node.ts";

/** What a gateway is told of the standard identity provider that listens at this port. */
export function providerEnv(port: number): Record<string, string> {
  return {
    PULSE_OIDC_ISSUER: `http://127.0.0.1:${port}`,
    PULSE_OIDC_CLIENT_ID: "pulse",
    PULSE_OIDC_CLIENT_SECRET: "a secret of the client",
    PULSE_GROUP_ROLES: "pulse-admins=admin,ops=operator@default",
  };
}

/** A port for a provider that is started once its gateway's address is known. */
export const providerPort = freePort;

/** Starts a standard identity provider, which sends browsers back to the gateway at `origin`. */
export async function startProvider(port: number, origin: string): Promise<Running> {
  const args = [String(port), `${origin}/auth/oidc/callback`];
  const provider = startProcess("e2e/platforms/identity-provider.ts", {}, args);
  const answers = () => fetch(`http://127.0.0.1:${port}/.well-known/openid-configuration`).catch(() => null);
  await until("the provider answers", async () => ((await answers())?.ok ? true : null), provider);
  return provider;
}
