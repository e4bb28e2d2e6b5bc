/** The hosts of repositories whose pushes and archives are understood. */
export const gitHosts = ["github", "gitlab", "gitea", "forgejo"] as const;
export type GitHost = (typeof gitHosts)[number];

/** The kind of host that an address names by itself, as `https://gitlab.example.test/shop/pulse` does; undefined: it names none. */
export function hostNamed(repository: string): GitHost | undefined {
  const names = URL.parse(repository)?.hostname.split(".") ?? [];
  return gitHosts.find((one) => names.includes(one));
}
