import { type About, hexDigest, type Incoming, type Proof, wordOf } from "./proof.ts";

type Reader = (incoming: Incoming) => Proof | null;

function ofBody(incoming: Incoming, signatures: Uint8Array<ArrayBuffer>[]): Proof {
  return {
    ...{ kind: "hmac", hash: "SHA-256", secret: "text", need: "all", time: null },
    ...{ signed: incoming.body, signatures },
  };
}

/** GitHub: `sha256=` and hex over the body. Its SHA-1 header is not looked at. */
export const github: Reader = (incoming) => {
  const text = incoming.header("x-hub-signature-256");
  const digest = text?.startsWith("sha256=") ? hexDigest(text.slice(7)) : null;
  return digest === null ? null : ofBody(incoming, [digest]);
};

/** Gitea: bare hex over the body. What it sends in the names of others is not looked at, nor a secret in the payload. */
export const gitea: Reader = (incoming) => {
  const digest = hexDigest(incoming.header("x-gitea-signature"));
  return digest === null ? null : ofBody(incoming, [digest]);
};

/** Forgejo: as Gitea in its own name. Where both names come, both must be right. */
export const forgejo: Reader = (incoming) => {
  const own = hexDigest(incoming.header("x-forgejo-signature"));
  const other = incoming.header("x-gitea-signature");
  if (own === null) return null;
  if (other === null) return ofBody(incoming, [own]);
  const second = hexDigest(other);
  return second === null ? null : ofBody(incoming, [own, second]);
};

/** GitLab with a plain token: it says who sends, and nothing of what is sent. */
export const gitlabToken: Reader = (incoming) => {
  const token = incoming.header("x-gitlab-token");
  return token === null || token === "" ? null : { kind: "token", token };
};

const about =
  (idNames: readonly string[], eventName: string) =>
  ({ header }: Incoming): About => {
    const name = idNames.find((one) => (header(one) ?? "") !== "");
    return {
      delivery: name === undefined ? null : wordOf(header(name), name),
      event: wordOf(header(eventName), eventName),
    };
  };

export const aboutGithub = about(["x-github-delivery"], "x-github-event");
export const aboutGitea = about(["x-gitea-delivery"], "x-gitea-event");
export const aboutForgejo = about(["x-forgejo-delivery", "x-gitea-delivery"], "x-forgejo-event");
/** The event's UUID is the same for events that follow from each other, so that the key of the delivery counts first. */
export const aboutGitlab = about(["idempotency-key", "x-gitlab-event-uuid"], "x-gitlab-event");
export const aboutSignedGitlab = about(["webhook-id"], "x-gitlab-event");
