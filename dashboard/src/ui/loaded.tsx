import type { UseQueryResult } from "@tanstack/solid-query";
import { type Accessor, type JSX, Match, Switch } from "solid-js";
import { t } from "../words/words.ts";
import { ProblemNotice } from "./problem-notice.tsx";

/**
 * What a query last read, also while it is asked again or that failed; undefined while there is nothing. `data` itself is not looked at then: an
 * error in its place would be thrown.
 */
export function dataOf<T>(query: UseQueryResult<T, Error>): T | undefined {
  return query.isPending || query.isLoadingError ? undefined : query.data;
}

/** The three states of everything that is read: loading, a problem with a way to try again, and the data. */
export function Loaded<T>(props: {
  query: UseQueryResult<T, Error>;
  children: (data: Accessor<NonNullable<T>>) => JSX.Element;
}): JSX.Element {
  return (
    <Switch>
      <Match when={props.query.isLoadingError && props.query.error}>
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
