import type { WebhookTarget } from "@pulse/schema/wire/webhooks";
import { createSignal, type JSX, untrack } from "solid-js";
import { Choice, ChoiceGroup } from "../ui/choice.tsx";
import { Field, inputClass } from "../ui/field.tsx";
import { t } from "../words/words.ts";
import { inputOf, type TargetFields } from "./target-input.ts";

/** The fields of what a trigger starts, as the `old` one has them; they are read with `targetOf`. */
export function TargetField(props: {
  old?: WebhookTarget | undefined;
  inputHint: string;
  wrong: string | undefined;
}): JSX.Element {
  const old = untrack(() => props.old);
  const [kind, setKind] = createSignal<TargetFields["kind"]>(
    old !== undefined && "workflow" in old ? "workflow" : "function",
  );
  const name = old === undefined ? "" : "workflow" in old ? old.workflow : old.function;
  return (
    <>
      <ChoiceGroup label={t("triggers.starts")}>
        <input type="hidden" name="target-kind" value={kind()} />
        <div class="flex flex-wrap gap-x-6">
          <Choice name="kind" chosen={kind() === "function"} onChoose={() => setKind("function")}>
            {t("triggers.function")}
          </Choice>
          <Choice name="kind" chosen={kind() === "workflow"} onChoose={() => setKind("workflow")}>
            {t("triggers.workflow")}
          </Choice>
        </div>
      </ChoiceGroup>
      <Field label={t("triggers.target_name")} hint={t("triggers.target_hint")}>
        {(ids) => (
          <input
            {...ids}
            name="target"
            value={name}
            class={inputClass}
            required
            autocomplete="off"
            autocapitalize="none"
          />
        )}
      </Field>
      <Field label={t("triggers.input")} hint={props.inputHint} wrong={props.wrong}>
        {(ids) => (
          <textarea
            {...ids}
            name="input"
            value={old === undefined ? "" : (inputOf(old) ?? "")}
            rows="3"
            spellcheck={false}
            class={`${inputClass} font-mono text-xs`}
          />
        )}
      </Field>
    </>
  );
}

/** What was typed into a form's text field, without the spaces around it. */
export function textOf(form: FormData, name: string): string {
  return String(form.get(name) ?? "").trim();
}

/** The fields of `TargetField` in a form. */
export function targetOf(form: FormData): TargetFields {
  const kind = textOf(form, "target-kind") === "workflow" ? "workflow" : "function";
  return { kind, name: textOf(form, "target"), input: textOf(form, "input") };
}
