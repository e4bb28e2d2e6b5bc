import { createMemo, type JSX, Show } from "solid-js";
import { Allowed } from "../session/allowed.tsx";
import { Button } from "../ui/button.tsx";
import { Icon } from "../ui/icon.tsx";
import { Panel } from "../ui/panel.tsx";
import { keysText } from "../ui/shortcuts.ts";
import { t } from "../words/words.ts";
import { KeptInputs } from "./kept-inputs.tsx";
import type { FormField } from "./schema-form.ts";
import { readCall, type TestCall } from "./test-call.ts";
import { TestInput } from "./test-input.tsx";

/** The key that runs the draft. */
export const runChord = { key: "Enter" } as const;

/** The call that the draft is tried with. */
export function TestPanel(props: {
  name: string;
  call: TestCall;
  /** What the code says of its inputs; null: nothing, or not yet. */
  fields: readonly FormField[] | null;
  onCall: (patch: Partial<TestCall>) => void;
  isBusy: boolean;
  onRun: () => void;
  onStop: () => void;
  children: JSX.Element;
}): JSX.Element {
  const isWrong = createMemo(() => "fault" in readCall(props.call));
  return (
    <Panel
      title={t("test.title")}
      actions={
        <>
          <Show when={props.isBusy}>
            <Button onClick={() => props.onStop()}>
              <Icon name="stop" />
              {t("test.stop")}
            </Button>
          </Show>
          {/* Not disabled while it runs: that would take the focus away. */}
          <Allowed scope="deploy">
            <Button
              look="primary"
              class="aria-disabled:opacity-60"
              disabled={isWrong()}
              aria-disabled={props.isBusy}
              onClick={() => props.onRun()}
            >
              <Icon name="play" />
              {t("test.run")}
              <kbd class="text-xs font-normal opacity-80">{keysText(runChord)}</kbd>
            </Button>
          </Allowed>
        </>
      }
    >
      <div class="grid gap-3">
        <KeptInputs name={props.name} call={props.call} onCall={(call) => props.onCall(call)} />
        <TestInput call={props.call} fields={props.fields} onCall={(patch) => props.onCall(patch)} />
        {props.children}
      </div>
    </Panel>
  );
}
