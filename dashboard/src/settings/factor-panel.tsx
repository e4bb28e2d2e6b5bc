import { createSignal, type JSX, Show } from "solid-js";
import { Button } from "../ui/button.tsx";
import { lazily } from "../ui/lazily.tsx";
import { Panel } from "../ui/panel.tsx";
import { StatusBadge } from "../ui/status-badge.tsx";
import { t } from "../words/words.ts";

const nothing = () => null;
const dialogs = {
  add: lazily(async () => (await import("./factor-dialogs.tsx")).AddFactorDialog, [], nothing),
  remove: lazily(async () => (await import("./factor-dialogs.tsx")).RemoveFactorDialog, [], nothing),
};

/** Whether a code is asked for when this person signs in, and the way to change that. */
export function FactorPanel(props: { isOn: boolean }): JSX.Element {
  const [asked, setAsked] = createSignal<"add" | "remove" | null>(null);
  const close = () => setAsked(null);
  return (
    <Panel title={t("settings.factor")}>
      <div class="grid justify-items-start gap-3">
        <StatusBadge
          tone={props.isOn ? "ok" : "warn"}
          icon={props.isOn ? "done" : "lost"}
          word={props.isOn ? "settings.factor_on" : "settings.factor_off"}
        />
        <p>{t("settings.factor_hint")}</p>
        <Show
          when={props.isOn}
          fallback={<Button onClick={() => setAsked("add")}>{t("settings.factor_add")}</Button>}
        >
          <Button look="danger" onClick={() => setAsked("remove")}>
            {t("settings.factor_remove")}
          </Button>
        </Show>
      </div>
      <Show when={asked() === "add"}>
        <dialogs.add onClose={close} />
      </Show>
      <Show when={asked() === "remove"}>
        <dialogs.remove onClose={close} />
      </Show>
    </Panel>
  );
}
