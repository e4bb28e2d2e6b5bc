import { versionSettings } from "@pulse/schema/wire/manifest";
import { A } from "@solidjs/router";
import { For, type JSX } from "solid-js";
import { buttonClass } from "../ui/button.tsx";
import { Field, inputClass } from "../ui/field.tsx";
import { type Key, t } from "../words/words.ts";
import { KeepNote, KeepNotice } from "./keep-note.tsx";
import { functionPath } from "./paths.ts";
import { type VersionField, versionText, versionWrong, withVersionText } from "./version-form.ts";
import type { Workbench } from "./workbench.ts";

const choices: Partial<Readonly<Record<VersionField, readonly [value: string, name: Key][]>>> = {
  reuse: versionSettings.shape.reuse.unwrap().options.map((one) => [one, `fnset.reuse_${one}`]),
  delivery: versionSettings.shape.delivery.unwrap().options.map((one) => [one, `fnset.delivery_${one}`]),
};
const hints: Partial<Readonly<Record<VersionField, Key>>> = {
  timeout: "fnset.timeout_hint",
  memory: "fnset.memory_hint",
  cpus: "fnset.cpus_hint",
  concurrency: "fnset.concurrency_hint",
  egress: "fnset.egress_hint",
  env: "fnset.env_hint",
  secrets: "fnset.secrets_hint",
};
const short = ["timeout", "memory", "cpus", "concurrency", "reuse", "delivery"] as const;

/** The settings of the next version: they are part of the draft and take effect with a deploy. */
export function VersionSettings(props: { bench: Workbench }): JSX.Element {
  const settings = () => props.bench.body().settings;
  const set = (field: VersionField, text: string) =>
    // What the fields make is JSON.
    props.bench.setSettings(withVersionText(field, text, settings()) as ReturnType<typeof settings>);
  const field = (name: VersionField, input: (ids: object) => JSX.Element) => {
    const hint = hints[name];
    return (
      <Field
        label={t(`fnset.${name}`)}
        hint={hint === undefined ? undefined : t(hint)}
        wrong={versionWrong(name, settings())}
      >
        {input}
      </Field>
    );
  };
  const text = (name: VersionField) =>
    field(name, (ids) => (
      <input
        {...ids}
        class={inputClass}
        value={versionText(name, settings())}
        autocomplete="off"
        spellcheck={false}
        onChange={(event) => set(name, event.currentTarget.value)}
      />
    ));
  const lines = (name: VersionField) =>
    field(name, (ids) => (
      <textarea
        {...ids}
        class={`${inputClass} font-mono text-xs leading-5`}
        rows="3"
        spellcheck={false}
        value={versionText(name, settings())}
        onChange={(event) => set(name, event.currentTarget.value)}
      />
    ));
  const choice = (name: VersionField, options: readonly [value: string, name: Key][]) =>
    field(name, (ids) => (
      <select {...ids} class={inputClass} onChange={(event) => set(name, event.currentTarget.value)}>
        <option value="">{t("fnset.default")}</option>
        <For each={options}>
          {([value, word]) => (
            <option value={value} selected={versionText(name, settings()) === value}>
              {t(word)}
            </option>
          )}
        </For>
      </select>
    ));
  return (
    <div class="grid gap-4">
      <p class="text-muted">{t("fnset.version_hint")}</p>
      <div class="grid items-start gap-4 sm:grid-cols-2">
        {short.map((name) => {
          const options = choices[name];
          return options === undefined ? text(name) : choice(name, options);
        })}
      </div>
      {text("egress")}
      {lines("env")}
      {lines("secrets")}
      <KeepNotice bench={props.bench} />
      <div class="flex flex-wrap items-center gap-3">
        <A href={functionPath(props.bench.name, { tab: "code", file: "pulse.jsonc" })} class={buttonClass()}>
          {t("fnset.as_text")}
        </A>
        <KeepNote bench={props.bench} />
      </div>
    </div>
  );
}
