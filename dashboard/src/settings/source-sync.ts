import type { Act } from "@pulse/schema/apply/plan";
import type { SyncStatus } from "@pulse/schema/wire/sources";

/** Whether a sync waits or runs. */
export function isUnderWay(sync: { status: SyncStatus } | null | undefined): boolean {
  return sync?.status === "waiting" || sync?.status === "running";
}

/** A commit as people write it; null: it is not known. */
export function shortCommit(commit: string | null): string | null {
  return commit === null ? null : commit.slice(0, 12);
}

/** What of a plan is to be told: what would be done, what only pruning would, and how many are as the branch says. */
export function planParts<A extends Pick<Act, "act">>(plan: readonly A[], prune: boolean) {
  return {
    due: plan.filter(({ act }) => act === "create" || act === "change" || (act === "remove" && prune)),
    unpruned: prune ? [] : plan.filter(({ act }) => act === "remove"),
    same: plan.filter(({ act }) => act === "unchanged").length,
  };
}
