import { useQuery } from "@tanstack/solid-query";
import { createEffect, createSignal, For, type JSX, on, Show } from "solid-js";
import { meQuery } from "../session/queries.ts";
import { Button } from "../ui/button.tsx";
import { Field, inputClass } from "../ui/field.tsx";
import { lazily } from "../ui/lazily.tsx";
import { dataOf } from "../ui/loaded.tsx";
import { say } from "../ui/toasts.tsx";
import { t } from "../words/words.ts";
import { readSaved, type SavedInput, savedPlace, withoutSaved, withSaved } from "./saved-inputs.ts";
import type { TestCall } from "./test-call.ts";

const InputPicker = lazily(async () => (await import("./input-picker.tsx")).InputPicker, ["executions"]);

/** Inputs from elsewhere: those somebody kept under a name, and those of executions. */
export function KeptInputs(props: {
  name: string;
  call: TestCall;
  onCall: (call: TestCall) => void;
}): JSX.Element {
  const me = useQuery(meQuery);
  const place = () => savedPlace(dataOf(me)?.name ?? "", props.name);
  const [saved, setSaved] = createSignal<readonly SavedInput[]>([]);
  createEffect(on(place, (at) => setSaved(readSaved(localStorage.getItem(at)))));
  const [chosen, setChosen] = createSignal("");
  const [isNaming, setNaming] = createSignal(false);
  const [isPicking, setPicking] = createSignal(false);
  const keep = (next: readonly SavedInput[]) => {
    // As it stands now: another tab may have kept something meanwhile.
    if (next.length === 0) localStorage.removeItem(place());
    else localStorage.setItem(place(), JSON.stringify(next));
    setSaved(next);
  };
  const standing = () => readSaved(localStorage.getItem(place()));
  const choose = (name: string) => {
    setChosen(name);
    const found = saved().find((one) => one.name === name);
    if (found !== undefined) props.onCall(found.call);
  };
  const save = (event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
    event.preventDefault();
    const name = String(new FormData(event.currentTarget).get("name") ?? "").trim();
    if (name === "") return;
    keep(withSaved(standing(), name, props.call));
    setChosen(name);
    setNaming(false);
    say(t("input.kept", { name }));
  };
  const forget = () => {
    keep(withoutSaved(standing(), chosen()));
    setChosen("");
  };
  return (
    <div class="grid gap-2">
      <div class="flex flex-wrap items-end gap-2">
        <Show when={saved().length > 0}>
          <div class="min-w-32 grow">
            <Field label={t("input.saved")}>
              {(ids) => (
                <select {...ids} class={inputClass} onChange={(event) => choose(event.currentTarget.value)}>
                  <option value="" selected={chosen() === ""}>
                    –
                  </option>
                  <For each={saved()}>
                    {(one) => (
                      <option value={one.name} selected={one.name === chosen()}>
                        {one.name}
                      </option>
                    )}
                  </For>
                </select>
              )}
            </Field>
          </div>
          <Show when={chosen() !== ""}>
            <Button aria-label={t("input.forget_label", { name: chosen() })} onClick={forget}>
              {t("input.forget")}
            </Button>
          </Show>
        </Show>
        <Button aria-expanded={isNaming()} onClick={() => setNaming(!isNaming())}>
          {t("input.save")}
        </Button>
        <Button onClick={() => setPicking(true)}>{t("input.use")}</Button>
      </div>
      <Show when={isNaming()}>
        <form class="flex flex-wrap items-end gap-2" onSubmit={save}>
          <div class="min-w-40 grow">
            <Field label={t("input.name")} hint={t("input.name_hint")}>
              {(ids) => (
                <input
                  {...ids}
                  name="name"
                  class={inputClass}
                  value={chosen()}
                  maxlength="60"
                  required
                  autocomplete="off"
                  ref={(input) => queueMicrotask(() => input.focus())}
                />
              )}
            </Field>
          </div>
          <Button type="submit">{t("draft.save")}</Button>
        </form>
      </Show>
      <Show when={isPicking()}>
        <InputPicker
          name={props.name}
          onClose={() => setPicking(false)}
          onCall={(call) => {
            setChosen("");
            setPicking(false);
            props.onCall(call);
          }}
        />
      </Show>
    </div>
  );
}
