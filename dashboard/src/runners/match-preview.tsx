import { type JSX, Show } from "solid-js";
import { tell } from "../ui/problem-notice.tsx";
import { counted, t } from "../words/words.ts";
import type { Match } from "./match.ts";

const shown = 12;

/** What is wrong with an expression; where in the step that was asked about is of no use to whoever typed it alone. */
function faultOf(error: Error): string {
  const { errors, detail } = tell(error);
  return errors[0]?.detail ?? detail;
}

/** Which runners an expression names now, or why none. */
export function MatchPreview(props: { match: Match }): JSX.Element {
  const text = () => {
    const { ready } = props.match;
    const some = ready.slice(0, shown).join(", ");
    return ready.length > shown ? `${some} …` : some;
  };
  const left = () =>
    (props.match.told?.runners ?? [])
      .filter(({ state }) => state === "skip" || state === "fail")
      .map(({ name, reason }) => (reason === null ? name : `${name} (${reason})`));
  return (
    <div aria-live="polite" class="grid min-h-5 gap-0.5 text-xs">
      <Show when={props.match.targets !== ""}>
        <Show
          when={props.match.error}
          fallback={
            <Show when={props.match.told}>
              {(told) => (
                <>
                  <p>
                    <span class="font-medium">{counted("runners.matched", props.match.ready.length)}</span>
                    <Show when={text() !== ""}>
                      <span class="break-all text-muted">: {text()}</span>
                    </Show>
                  </p>
                  <Show when={left().length > 0}>
                    <p class="break-all text-warn">
                      {t("runners.left_out")}: {left().join(", ")}
                    </p>
                  </Show>
                  <Show when={props.match.ready.length === 0 && told().reason}>
                    {(reason) => <p class="break-words text-muted">{reason()}</p>}
                  </Show>
                </>
              )}
            </Show>
          }
        >
          {(error) => <p class="break-words text-bad">{faultOf(error())}</p>}
        </Show>
      </Show>
    </div>
  );
}
