/** The name of an image in its parts, with what goes without saying filled in. */
export interface ImageName {
  /** Where it is pulled from, as credentials name it: `docker.io`, `registry.example.test:5000`. */
  host: string;
  repository: string;
  /** Null where a digest says which. */
  tag: string | null;
  digest: string | null;
}

const hub = "docker.io";

/** Takes a name apart as the engine does: what has no registry in it is on Docker Hub, what has no tag is `latest`. */
export function readImageName(text: string): ImageName {
  const [name = "", digest = null] = text.split("@", 2);
  const slash = name.indexOf("/");
  const first = slash < 0 ? "" : name.slice(0, slash);
  const isHost = /[.:]/.test(first) || first === "localhost" || first !== first.toLowerCase();
  const rest = isHost ? name.slice(slash + 1) : name;
  const colon = rest.indexOf(":");
  const path = colon < 0 ? rest : rest.slice(0, colon);
  const tag = colon < 0 ? null : rest.slice(colon + 1);
  const host = isHost ? first : hub;
  return {
    host: host === "index.docker.io" ? hub : host,
    repository: host === hub && !path.includes("/") ? `library/${path}` : path,
    tag: tag ?? (digest === null ? "latest" : null),
    digest,
  };
}

/** The whole name without tag and digest: `docker.io/library/alpine`. */
export function placeOf({ host, repository }: ImageName): string {
  return `${host}/${repository}`;
}

/** The whole name as the engine is asked for it. */
export function wholeName(name: ImageName): string {
  return name.digest === null ? `${placeOf(name)}:${name.tag}` : `${placeOf(name)}@${name.digest}`;
}
