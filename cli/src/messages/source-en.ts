/** English texts of sources. */
export const sourceEn = {
  srcHost: "the address does not tell what the host runs: say --host, one of {known}",
  srcNothing: "name what to change, such as --branch main",
  srcTriedAgain: "tried again later: {detail}",
  srcSetUp_github:
    "GitHub: Settings → Webhooks → Add webhook. Payload URL: the address above. Content type: application/json. Secret: the secret above. Just the push event.",
  srcSetUp_gitlab:
    "GitLab: Settings → Webhooks → Add new webhook. URL: the address above. Secret token: the secret above. Trigger: push events.",
  srcSetUp_gitea:
    "Gitea: Settings → Webhooks → Add webhook → Gitea. Target URL: the address above. Secret: the secret above. Trigger on: push events.",
  srcSetUp_forgejo:
    "Forgejo: Settings → Webhooks → Add webhook → Forgejo. Target URL: the address above. Secret: the secret above. Trigger on: push events.",
};
