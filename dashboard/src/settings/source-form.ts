import { type GitHost, gitHosts, hostNamed } from "@pulse/schema/git-hosts";

/** The settings of a source as they are typed. */
export interface GivenSettings {
  branch: string;
  folder: string;
  /** The name of a secret; empty: the repository is open to everybody. */
  token: string;
  prune: boolean;
}

/** A new source as it is typed. */
export interface GivenSource extends GivenSettings {
  name: string;
  repository: string;
  /** Empty: as the address tells. */
  host: string;
}

/** The settings as the API takes them. */
export function settingsOf({ branch, folder, token, prune }: GivenSettings) {
  return { branch, folder, token: token === "" ? null : token, prune };
}

/** A new source as the API takes it; null: neither the address nor a choice tells the kind of host. */
export function sourceOf({ name, repository, host, ...settings }: GivenSource) {
  const known: GitHost | undefined =
    host === "" ? hostNamed(repository) : gitHosts.find((one) => one === host);
  return known === undefined ? null : { name, repository, host: known, ...settingsOf(settings) };
}
