import { createEffect, createSignal, type JSX, onCleanup, Show } from "solid-js";
import { Icon } from "../ui/icon.tsx";
import { t } from "../words/words.ts";
import { streamState } from "./live.ts";
import { isReachable } from "./reach.ts";

/** A stream that is opened again within this time is not worth a word. */
const toleratedMs = 1500;

/** Says that what is shown is not live at the moment; nothing while it is, or while the gateway is away altogether, which is said elsewhere. */
export function LiveState(): JSX.Element {
  const [isLate, setLate] = createSignal(false);
  createEffect(() => {
    setLate(false);
    if (streamState() === "live") return;
    const timer = setTimeout(() => setLate(true), toleratedMs);
    onCleanup(() => clearTimeout(timer));
  });
  const word = () => (streamState() === "closed" ? "shell.live_closed" : "shell.live_reconnecting");
  return (
    <div role="status" class="ml-auto md:order-last md:mx-2">
      <Show when={isLate() && isReachable()}>
        <p
          class="flex items-center gap-1.5 p-2 text-xs text-warn md:px-0"
          title={t("shell.live_hint")}
          data-live={streamState()}
        >
          <Icon name="busy" class="size-3.5! animate-spin" />
          {t(word())}
        </p>
      </Show>
    </div>
  );
}
