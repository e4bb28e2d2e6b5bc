import { createSignal, For, type JSX, Show } from "solid-js";
import { Field, inputClass } from "../ui/field.tsx";
import { steady } from "../ui/steady.ts";
import { t } from "../words/words.ts";
import { type FormField, fieldText, readObject, withFieldText } from "./schema-form.ts";

/** The inputs of a function as a form over the JSON of the body: both say the same at any time. */
export function SchemaFields(props: {
  fields: readonly FormField[];
  body: string;
  onBody: (body: string) => void;
}): JSX.Element {
  const values = () => readObject(props.body);
  const fields = steady(() => props.fields);
  return (
    <Show when={values()} fallback={<p class="text-warn">{t("input.no_object")}</p>}>
      {(object) => (
        <div class="grid gap-3">
          <For each={fields()}>
            {(field) => (
              <OneField
                field={field}
                text={fieldText(field, object())}
                onText={(text) => {
                  const body = withFieldText(object(), field, text);
                  if (body !== null) props.onBody(body);
                  return body !== null;
                }}
              />
            )}
          </For>
        </div>
      )}
    </Show>
  );
}

function OneField(props: {
  field: FormField;
  text: string;
  /** Whether the text could be taken. */
  onText: (text: string) => boolean;
}): JSX.Element {
  const [isWrong, setWrong] = createSignal(false);
  const take = (text: string) => setWrong(!props.onText(text));
  const { field } = props;
  const hint = () => {
    const parts = [
      field.description,
      field.defaultText === null ? null : t("input.default", { value: field.defaultText }),
    ];
    return parts.filter((one) => one !== null).join(" · ") || undefined;
  };
  return (
    <Field
      label={field.isRequired ? `${field.name} *` : field.name}
      hint={hint()}
      wrong={isWrong() ? t("input.not_json") : undefined}
    >
      {(ids) => <Control ids={ids} field={field} text={props.text} onText={take} />}
    </Field>
  );
}

function Control(props: {
  ids: object;
  field: FormField;
  text: string;
  onText: (text: string) => void;
}): JSX.Element {
  const { field } = props;
  if (field.kind === "choice" || field.kind === "boolean") {
    const options =
      field.kind === "boolean"
        ? [
            ["true", "true"],
            ["false", "false"],
          ]
        : field.options.map((one, place) => [
            String(place),
            typeof one === "string" ? one : JSON.stringify(one),
          ]);
    return (
      <select {...props.ids} class={inputClass} onChange={(event) => props.onText(event.currentTarget.value)}>
        <option value="">–</option>
        <For each={options}>
          {([value, label]) => (
            <option value={value} selected={value === props.text}>
              {label}
            </option>
          )}
        </For>
      </select>
    );
  }
  if (field.kind === "json") {
    return (
      <textarea
        {...props.ids}
        rows="3"
        class={`${inputClass} font-mono text-xs leading-5`}
        spellcheck={false}
        value={props.text}
        onChange={(event) => props.onText(event.currentTarget.value)}
      />
    );
  }
  return (
    <input
      {...props.ids}
      class={inputClass}
      inputmode={field.kind === "number" ? "decimal" : undefined}
      value={props.text}
      autocomplete="off"
      onInput={(event) => props.onText(event.currentTarget.value)}
    />
  );
}
