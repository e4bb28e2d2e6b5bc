import { createMemo, For, type JSX, Show } from "solid-js";
import { Button } from "../ui/button.tsx";
import { Field, inputClass } from "../ui/field.tsx";
import { Icon } from "../ui/icon.tsx";
import { Panel } from "../ui/panel.tsx";
import { keysText } from "../ui/shortcuts.ts";
import { t } from "../words/words.ts";
import { hasBody, readCall, type TestCall, type TestMethod, testMethods } from "./test-call.ts";

/** The key that runs the draft. */
export const runChord = { key: "Enter" } as const;

/** The call that the draft is tried with. */
export function TestPanel(props: {
  call: TestCall;
  onCall: (patch: Partial<TestCall>) => void;
  isBusy: boolean;
  onRun: () => void;
  onStop: () => void;
  children: JSX.Element;
}): JSX.Element {
  const fault = createMemo(() => {
    const read = readCall(props.call);
    return "fault" in read ? read : null;
  });
  const wrong = (field: "path" | "headers") => {
    const found = fault();
    return found?.field === field ? t(found.fault, { line: found.line }) : undefined;
  };
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
          <Button
            look="primary"
            class="aria-disabled:opacity-60"
            disabled={fault() !== null}
            aria-disabled={props.isBusy}
            onClick={() => props.onRun()}
          >
            <Icon name="play" />
            {t("test.run")}
            <kbd class="text-xs font-normal opacity-80">{keysText(runChord)}</kbd>
          </Button>
        </>
      }
    >
      <div class="grid gap-3">
        <div class="grid grid-cols-[7rem_minmax(0,1fr)] gap-2">
          <Field label={t("test.method")}>
            {(ids) => (
              <select
                {...ids}
                class={inputClass}
                onChange={(event) => props.onCall({ method: event.currentTarget.value as TestMethod })}
              >
                <For each={testMethods}>
                  {(one) => (
                    <option value={one} selected={one === props.call.method}>
                      {one}
                    </option>
                  )}
                </For>
              </select>
            )}
          </Field>
          <Field label={t("test.path")} wrong={wrong("path")}>
            {(ids) => (
              <input
                {...ids}
                class={`${inputClass} font-mono`}
                value={props.call.path}
                spellcheck={false}
                autocomplete="off"
                onInput={(event) => props.onCall({ path: event.currentTarget.value })}
              />
            )}
          </Field>
        </div>
        <Show when={hasBody(props.call.method)}>
          <Field label={t("test.body")}>
            {(ids) => (
              <textarea
                {...ids}
                class={`${inputClass} min-h-20 font-mono text-xs leading-5`}
                rows="4"
                spellcheck={false}
                value={props.call.body}
                onInput={(event) => props.onCall({ body: event.currentTarget.value })}
              />
            )}
          </Field>
        </Show>
        <details>
          <summary class="min-h-6 font-medium">{t("test.headers")}</summary>
          <div class="mt-2">
            <Field label={t("test.headers_field")} wrong={wrong("headers")}>
              {(ids) => (
                <textarea
                  {...ids}
                  class={`${inputClass} font-mono text-xs leading-5`}
                  rows="3"
                  spellcheck={false}
                  value={props.call.headers}
                  onInput={(event) => props.onCall({ headers: event.currentTarget.value })}
                />
              )}
            </Field>
          </div>
        </details>
        {props.children}
      </div>
    </Panel>
  );
}
