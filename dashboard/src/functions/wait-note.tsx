import { useQuery } from "@tanstack/solid-query";
import { type JSX, Show } from "solid-js";
import { executionQuery } from "../executions/queries.ts";
import { whyOf } from "../executions/why.ts";
import { dataOf } from "../ui/loaded.tsx";
import { t } from "../words/words.ts";

/** What a build waits for; nothing while it runs. */
export function WaitNote(props: { id: string }): JSX.Element {
  const execution = useQuery(() => executionQuery(props.id));
  const waiting = () => {
    const view = dataOf(execution);
    return view?.status === "queued" ? view : null;
  };
  return (
    <div role="status" class="text-warn empty:hidden">
      <Show when={waiting()}>
        {(view) => (
          <>
            <Show when={whyOf(view())}>{(why) => <p>{t(why().key, why().values)}</p>}</Show>
            <Show when={view().waitingFor}>{(text) => <p>{text()}</p>}</Show>
          </>
        )}
      </Show>
    </div>
  );
}
