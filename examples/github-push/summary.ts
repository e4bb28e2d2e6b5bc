/** What is read of GitHub's push event. */
export interface PushEvent {
  ref: string;
  before?: string;
  after?: string;
  created?: boolean;
  deleted?: boolean;
  forced?: boolean;
  compare?: string;
  repository: { full_name: string };
  pusher?: { name?: string };
  commits: {
    id: string;
    message: string;
    author?: { name?: string };
    added?: string[];
    modified?: string[];
    removed?: string[];
  }[];
}

/** Who pushed what where, in a few fields. Files are counted once, by what the last commit did to them. */
export function summaryOf(push: PushEvent) {
  const authors: Record<string, number> = {};
  const fate = new Map<string, "added" | "modified" | "removed">();
  for (const commit of push.commits) {
    const author = commit.author?.name ?? "unknown";
    authors[author] = (authors[author] ?? 0) + 1;
    for (const path of commit.added ?? []) fate.set(path, "added");
    for (const path of commit.modified ?? []) {
      if (fate.get(path) !== "added") fate.set(path, "modified");
    }
    for (const path of commit.removed ?? []) fate.set(path, "removed");
  }
  const count = (wanted: string) => [...fate.values()].filter((one) => one === wanted).length;
  const tag = push.ref.startsWith("refs/tags/");
  return {
    repository: push.repository.full_name,
    [tag ? "tag" : "branch"]: push.ref.replace(/^refs\/(heads|tags)\//, ""),
    pusher: push.pusher?.name ?? null,
    action: actionOf(push),
    commits: push.commits.length,
    authors,
    files: { added: count("added"), modified: count("modified"), removed: count("removed") },
    headlines: push.commits.map(({ id, message }) => `${id.slice(0, 7)} ${message.split("\n")[0] ?? ""}`),
    compare: push.compare ?? null,
  };
}

function actionOf({ created, deleted, forced }: PushEvent) {
  if (deleted) return "deleted";
  if (created) return "created";
  return forced ? "forced" : "pushed";
}
