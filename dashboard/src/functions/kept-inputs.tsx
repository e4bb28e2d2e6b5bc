import { useMutation, useQuery } from "@tanstack/solid-query";
import { createSignal, For, type JSX, Show } from "solid-js";
import { Allowed } from "../session/allowed.tsx";
import { Button } from "../ui/button.tsx";
import { Field, inputClass } from "../ui/field.tsx";
import { lazily } from "../ui/lazily.tsx";
import { dataOf } from "../ui/loaded.tsx";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { say } from "../ui/toasts.tsx";
import { t } from "../words/words.ts";
import { forgetInput, savedInputsQuery, saveInput } from "./saved-inputs.ts";
import type { TestCall } from "./test-call.ts";

const InputPicker = lazily(async () => (await import("./input-picker.tsx")).InputPicker, ["executions"]);

/** Inputs from elsewhere: those somebody kept under a name, and those of executions. */
export function KeptInputs(props: {
  name: string;
  call: TestCall;
  onCall: (call: TestCall) => void;
}): JSX.Element {
  const saved = useQuery(() => savedInputsQuery(props.name));
  const [chosen, setChosen] = createSignal("");
  const [isNaming, setNaming] = createSignal(false);
  const [isPicking, setPicking] = createSignal(false);
  const keep = useMutation(() => ({
    mutationFn: (name: string) => saveInput(props.name, name, props.call),
    onSuccess: ({ name }) => {
      setChosen(name);
      setNaming(false);
      say(t("input.kept", { name }));
    },
  }));
  const forget = useMutation(() => ({
    mutationFn: () => forgetInput(props.name, chosen()),
    onSuccess: () => setChosen(""),
  }));
  const choose = (name: string) => {
    setChosen(name);
    const found = dataOf(saved)?.find((one) => one.name === name);
    if (found !== undefined) props.onCall(found.call);
  };
  const save = (event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
    event.preventDefault();
    const name = String(new FormData(event.currentTarget).get("name") ?? "").trim();
    if (name !== "" && !keep.isPending) keep.mutate(name);
  };
  return (
    <div class="grid gap-2">
      <div class="flex flex-wrap items-end gap-2">
        <Show when={(dataOf(saved) ?? []).length > 0}>
          <div class="min-w-32 grow">
            <Field label={t("input.saved")}>
              {(ids) => (
                <select {...ids} class={inputClass} onChange={(event) => choose(event.currentTarget.value)}>
                  <option value="" selected={chosen() === ""}>
                    –
                  </option>
                  <For each={dataOf(saved) ?? []}>
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
            <Allowed scope="execute">
              <Button
                aria-label={t("input.forget_label", { name: chosen() })}
                disabled={forget.isPending}
                onClick={() => forget.mutate()}
              >
                {t("input.forget")}
              </Button>
            </Allowed>
          </Show>
        </Show>
        <Allowed scope="execute">
          <Button aria-expanded={isNaming()} onClick={() => setNaming(!isNaming())}>
            {t("input.save")}
          </Button>
        </Allowed>
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
          <Button type="submit" aria-disabled={keep.isPending}>
            {t("draft.save")}
          </Button>
        </form>
      </Show>
      <Show when={saved.error ?? keep.error ?? forget.error}>
        {(error) => <ProblemNotice error={error()} />}
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
