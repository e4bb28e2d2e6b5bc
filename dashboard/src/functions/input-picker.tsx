import { withField } from "@pulse/schema/filter/edit-filter";
import type { ExecutionView } from "@pulse/schema/wire/executions";
import { useMutation, useQuery } from "@tanstack/solid-query";
import { For, type JSX, Show } from "solid-js";
import { ExecutionStatusBadge } from "../executions/execution-status.tsx";
import { executionsQuery, inputQuery } from "../executions/queries.ts";
import { queryClient } from "../session/query-client.ts";
import { Dialog } from "../ui/dialog.tsx";
import { Loaded } from "../ui/loaded.tsx";
import { Moment } from "../ui/moment.tsx";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { say } from "../ui/toasts.tsx";
import { t } from "../words/words.ts";
import { callOfInput } from "./call-of-input.ts";
import type { TestCall } from "./test-call.ts";

/** The last executions of a function; the input of the one that is chosen becomes the call. */
export function InputPicker(props: {
  name: string;
  onCall: (call: TestCall) => void;
  onClose: () => void;
}): JSX.Element {
  const executions = useQuery(() => executionsQuery(withField("", "fn", [props.name]), undefined));
  const take = useMutation(() => ({
    mutationFn: (view: ExecutionView) => queryClient.fetchQuery(inputQuery(view.id)),
    onSuccess: (input, view) => {
      const call = callOfInput(input);
      if (call === null) return;
      say(t("input.used", { id: view.id }));
      props.onCall(call);
    },
  }));
  const isUnusable = () => take.isSuccess && callOfInput(take.data) === null;
  return (
    <Dialog open title={t("input.use_title")} onClose={() => props.onClose()}>
      <div class="grid gap-3">
        <Show when={take.error}>{(error) => <ProblemNotice error={error()} />}</Show>
        <p role="alert" class="text-warn empty:hidden">
          <Show when={isUnusable()}>{t("input.unusable")}</Show>
        </p>
        <Loaded query={executions}>
          {(page) => (
            <ul class="grid max-h-[60dvh] gap-1 overflow-y-auto">
              <For
                each={page().items.filter(({ kind }) => kind === "function")}
                fallback={<li class="text-muted">{t("input.none")}</li>}
              >
                {(one) => (
                  <li>
                    <button
                      type="button"
                      class="flex w-full flex-wrap items-center gap-x-3 gap-y-1 rounded-md border border-line px-3 py-2 text-left hover:bg-sunken"
                      disabled={take.isPending}
                      onClick={() => take.mutate(one)}
                    >
                      <ExecutionStatusBadge status={one.status} />
                      <Moment at={one.createdAt} />
                      <code class="ml-auto text-xs break-all text-muted">{one.id}</code>
                    </button>
                  </li>
                )}
              </For>
            </ul>
          )}
        </Loaded>
      </div>
    </Dialog>
  );
}
