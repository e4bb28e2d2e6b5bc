import { createSignal, For, type JSX } from "solid-js";
import { CodeText } from "../ui/code-text.tsx";
import { CopyButton } from "../ui/copy-button.tsx";
import { t } from "../words/words.ts";
import { type ExampleForm, exampleForms, exampleOf } from "./call-examples.ts";
import { hasBody, readHeaders, type TestCall } from "./test-call.ts";

/** A call of the deployed function, to be pasted elsewhere. */
export function CopyCall(props: {
  name: string;
  url: string;
  call: TestCall;
  isPublic: boolean;
  label: "call.example" | "call.this";
}): JSX.Element {
  const [form, setForm] = createSignal<ExampleForm>("curl");
  const text = () => {
    const { call } = props;
    const headers = readHeaders(call.headers);
    return exampleOf(form(), {
      url: props.url,
      name: props.name,
      method: call.method,
      path: call.path,
      headers: "badLine" in headers || !hasBody(call.method) ? {} : (headers as Record<string, string>),
      body: hasBody(call.method) ? call.body : "",
      needsKey: !props.isPublic,
    });
  };
  return (
    <div class="grid min-w-0 gap-2">
      <div class="flex flex-wrap items-center gap-2">
        <fieldset class="flex flex-wrap" aria-label={t("call.as")}>
          <For each={exampleForms}>
            {(one) => (
              <button
                type="button"
                aria-pressed={form() === one}
                class="min-h-8 border border-edge px-2.5 text-xs first:rounded-l-md last:rounded-r-md not-first:-ml-px aria-pressed:bg-accent-soft aria-pressed:font-semibold aria-pressed:text-accent"
                onClick={() => setForm(one)}
              >
                {t(`call.${one}`)}
              </button>
            )}
          </For>
        </fieldset>
        <div class="ml-auto">
          <CopyButton text={text()} what={t(`call.${form()}`)} />
        </div>
      </div>
      <CodeText text={text()} label={t(props.label, { form: t(`call.${form()}`) })} class="max-h-56" />
    </div>
  );
}
