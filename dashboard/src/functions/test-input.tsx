import { createMemo, createSignal, For, type JSX, Show } from "solid-js";
import { Field, inputClass } from "../ui/field.tsx";
import { Tabs } from "../ui/tabs.tsx";
import { t } from "../words/words.ts";
import { SchemaFields } from "./schema-fields.tsx";
import { type FormField, readObject } from "./schema-form.ts";
import { hasBody, readCall, type TestCall, type TestMethod, testMethods } from "./test-call.ts";

type View = "form" | "json" | "http";

interface Edited {
  call: TestCall;
  /** What the code says of its inputs; null: nothing, or not yet. */
  fields: readonly FormField[] | null;
  onCall: (patch: Partial<TestCall>) => void;
}

/** One call in three views: the inputs as a form, the same as JSON, and the whole HTTP request. */
export function TestInput(props: Edited): JSX.Element {
  const [view, setView] = createSignal<View>(
    props.fields !== null && readObject(props.call.body) !== null ? "form" : "json",
  );
  return (
    <Tabs<View>
      label={t("input.views")}
      value={view()}
      onChange={setView}
      tabs={[
        { name: "form", title: t("input.form"), content: () => <FormView {...props} /> },
        { name: "json", title: t("input.json"), content: () => <JsonView {...props} /> },
        { name: "http", title: t("input.http"), content: () => <HttpView {...props} /> },
      ]}
    />
  );
}

function FormView(props: Edited): JSX.Element {
  return (
    <Sent call={props.call}>
      <Show when={props.fields} fallback={<p class="text-muted">{t("input.no_schema")}</p>}>
        {(fields) => (
          <SchemaFields fields={fields()} body={props.call.body} onBody={(body) => props.onCall({ body })} />
        )}
      </Show>
    </Sent>
  );
}

function JsonView(props: Edited): JSX.Element {
  return (
    <Sent call={props.call}>
      <Body {...props} />
    </Sent>
  );
}

/** Says how the inputs are sent, where it is not as they usually are. */
function Sent(props: { call: TestCall; children: JSX.Element }): JSX.Element {
  return (
    <div class="grid gap-3">
      <Show when={props.call.method !== "POST" || props.call.path !== "/"}>
        <p class="text-xs text-muted">
          {t("input.sent_as", { method: props.call.method, path: props.call.path })}
        </p>
      </Show>
      <Show
        when={hasBody(props.call.method)}
        fallback={<p class="text-warn">{t("input.no_body", { method: props.call.method })}</p>}
      >
        {props.children}
      </Show>
    </div>
  );
}

function Body(props: Edited): JSX.Element {
  return (
    <Field label={t("test.body")}>
      {(ids) => (
        <textarea
          {...ids}
          class={`${inputClass} min-h-20 font-mono text-xs leading-5`}
          rows="5"
          spellcheck={false}
          value={props.call.body}
          onInput={(event) => props.onCall({ body: event.currentTarget.value })}
        />
      )}
    </Field>
  );
}

function HttpView(props: Edited): JSX.Element {
  const fault = createMemo(() => {
    const read = readCall(props.call);
    return "fault" in read ? read : null;
  });
  const wrong = (field: "path" | "headers") => {
    const found = fault();
    return found?.field === field ? t(found.fault, { line: found.line }) : undefined;
  };
  return (
    <div class="grid gap-3">
      <div class="grid grid-cols-[7rem_minmax(0,1fr)] items-start gap-2">
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
        <Field label={t("test.path")} hint={t("test.path_hint")} wrong={wrong("path")}>
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
      <Field label={t("test.headers")} hint={t("test.headers_field")} wrong={wrong("headers")}>
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
      <Show when={hasBody(props.call.method)}>
        <Body {...props} />
      </Show>
    </div>
  );
}
