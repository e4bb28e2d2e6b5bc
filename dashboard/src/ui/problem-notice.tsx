import { ProblemError, problemCodes } from "@pulse/schema/problem";
import { For, type JSX, Show } from "solid-js";
import { problemTitle, t } from "../words/words.ts";

interface Told {
  title: string;
  detail: string;
  hint: string | undefined;
  errors: readonly { pointer: string; detail: string }[];
  requestId: string | null;
}

/** What a person reads of an error: the problem's title in their language, and the gateway's own words about what it saw. */
export function tell(error: unknown): Told {
  if (!(error instanceof ProblemError)) {
    const detail = error instanceof Error ? error.message : String(error);
    return { title: t("shell.problem"), detail, hint: undefined, errors: [], requestId: null };
  }
  const requestId = error.extras.members?.requestId;
  return {
    title: problemTitle(error.code) ?? problemCodes[error.code][1],
    detail: error.message,
    hint: error.extras.hint,
    // What says no more than the sentence above it is not said again.
    errors: (error.extras.errors ?? []).filter(({ detail }) => detail !== error.message),
    requestId: typeof requestId === "string" ? requestId : null,
  };
}

/** A problem as a notice that is read out when it appears. */
export function ProblemNotice(props: { error: unknown; onRetry?: () => void }): JSX.Element {
  const told = () => tell(props.error);
  // Whoever may not is told the same again.
  const isForGood = () => props.error instanceof ProblemError && props.error.code === "forbidden";
  return (
    <div role="alert" class="grid gap-1 rounded-md border border-bad bg-bad-soft px-3 py-2 text-ink">
      <p class="font-semibold text-bad">{told().title}</p>
      <p class="break-words whitespace-pre-wrap">{told().detail}</p>
      <Show when={told().errors.length > 0}>
        <ul class="list-disc pl-5">
          <For each={told().errors}>
            {(one) => (
              <li>
                <code>{one.pointer}</code> {one.detail}
              </li>
            )}
          </For>
        </ul>
      </Show>
      <Show when={told().hint}>{(hint) => <p>{hint()}</p>}</Show>
      <div class="flex flex-wrap items-center gap-3">
        <Show when={!isForGood() && props.onRetry}>
          {(retry) => (
            <button type="button" class="min-h-6 font-medium underline" onClick={() => retry()()}>
              {t("shell.retry")}
            </button>
          )}
        </Show>
        <Show when={told().requestId}>
          {(id) => <code class="text-xs">{t("shell.request_id", { id: id() })}</code>}
        </Show>
      </div>
    </div>
  );
}
