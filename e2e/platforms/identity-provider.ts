// @ts-expect-error The package has no declarations.
import Provider from "oidc-provider";

// A standard identity provider as a process: `identity-provider.ts PORT REDIRECT_URI`. Everybody is who they say they are.
const [port = "", redirectUri = ""] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;
const provider = new Provider(issuer, {
  clients: [
    {
      client_id: "pulse",
      client_secret: "a secret of the client",
      redirect_uris: [redirectUri],
      application_type: "native",
      token_endpoint_auth_method: "client_secret_basic",
    },
  ],
  claims: { openid: ["sub"], profile: ["name", "preferred_username"], email: ["email"], groups: ["groups"] },
  scopes: ["openid", "profile", "email", "groups"],
  findAccount: (_context: unknown, id: string) => ({
    accountId: id,
    claims: () => ({
      sub: id,
      preferred_username: id,
      name: `${id} of the provider`,
      groups: id === "root" ? ["pulse-admins"] : ["ops"],
    }),
  }),
});
provider.listen(Number(port), "127.0.0.1", () => console.log(`provider at ${issuer}`));
