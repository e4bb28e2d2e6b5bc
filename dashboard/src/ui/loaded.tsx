import type { UseQueryResult } from "@tanstack/solid-query";
import { type Accessor, createMemo, type JSX, Match, Switch } from "solid-js";
import { t } from "../words/words.ts";
import { ProblemNotice } from "./problem-notice.tsx";

/**
 * What a query last read, also while it is asked again or that failed; undefined while there is nothing. `data` itself is not looked at then: an
 * error in its place would be thrown.
 */
export function dataOf<T>(query: UseQueryResult<T, Error>): T | undefined {
  return query.isPending || query.isLoadingError ? undefined : query.data;
}

/** The three states of everything that is read: loading, a problem with a way to try again, and the data. A problem stands until there is an answer, also while it is asked again. */
export function Loaded<T>(props: {
  query: UseQueryResult<T, Error>;
  children: (data: Accessor<NonNullable<T>>) => JSX.Element;
}): JSX.Element {
  // A query that is asked again after it failed has no error meanwhile: what comes and goes every few seconds is read out each time.
  const failed = createMemo<Error | null>((before) => {
    const { query } = props;
    if (query.isLoadingError) return query.error;
    return query.isPending && query.errorUpdateCount > 0 ? before : null;
  }, null);
  return (
    <Switch>
      <Match when={failed()}>
        {(error) => <ProblemNotice error={error()} onRetry={() => void props.query.refetch()} />}
      </Match>
      <Match when={dataOf(props.query)}>{(value) => props.children(value)}</Match>
      <Match when={props.query.isPending}>
        <Waiting />
      </Match>
    </Switch>
  );
}

/** What stands where something is being loaded; shown after a moment, so that fast answers do not flicker. */
export function Waiting(): JSX.Element {
  return (
    <p role="status" class="appear-late py-8 text-center text-muted">
      {t("shell.loading")}
    </p>
  );
}
