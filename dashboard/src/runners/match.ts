import type { PlannedTargetsView } from "@pulse/schema/wire/workflow-plan";
import { keepPreviousData, useQuery } from "@tanstack/solid-query";
import type { Accessor } from "solid-js";
import { dataOf } from "../ui/loaded.tsx";
import { matchQuery } from "./console-queries.ts";

/** Whom an expression names. */
export interface Match {
  /** What was asked; empty: nothing. */
  targets: string;
  /** Null: not known yet. */
  told: PlannedTargetsView | null;
  /** The runners that would run. */
  ready: string[];
  error: Error | null;
}

/** Asks which runners an expression names, now and every few seconds. */
export function createMatch(targets: Accessor<string>): Accessor<Match> {
  const match = useQuery(() => ({ ...matchQuery(targets()), placeholderData: keepPreviousData }));
  return () => {
    const told = targets() === "" ? null : (dataOf(match) ?? null);
    const ready = (told?.runners ?? []).filter(({ state }) => state === "run" || state === "wait");
    return { targets: targets(), told, ready: ready.map(({ name }) => name), error: match.error };
  };
}
