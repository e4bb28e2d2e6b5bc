import type { KvEntryView } from "@pulse/schema/wire/kv";
import { useMutation, useQuery } from "@tanstack/solid-query";
import { createSignal, type JSX, Show, untrack } from "solid-js";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Field, inputClass } from "../ui/field.tsx";
import { Loaded } from "../ui/loaded.tsx";
import { exact } from "../ui/moment.tsx";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { say } from "../ui/toasts.tsx";
import { t } from "../words/words.ts";
import { readKvForm, type WrongKvField } from "./kv-form.ts";
import { kvEntryQuery, removeKv, writeKv } from "./kv-queries.ts";

/** What stands under a key, to be written over or deleted as it was read; `key` null: a new one. */
export function KvDialog(props: {
  space: string;
  key: string | null;
  mayWrite: boolean;
  onClose: () => void;
}): JSX.Element {
  return (
    <Dialog open onClose={props.onClose} title={props.key ?? t("kv.new")}>
      <Show
        when={props.key}
        fallback={<EntryForm space={props.space} entry={null} mayWrite onClose={props.onClose} />}
      >
        {(key) => (
          <ReadEntry space={props.space} name={key()} mayWrite={props.mayWrite} onClose={props.onClose} />
        )}
      </Show>
    </Dialog>
  );
}

function ReadEntry(props: {
  space: string;
  name: string;
  mayWrite: boolean;
  onClose: () => void;
}): JSX.Element {
  const entry = useQuery(() => kvEntryQuery(props.space, props.name));
  return (
    <Loaded query={entry}>
      {(found) => (
        // Another version is another text to edit: the form is made anew.
        <Show when={found().version} keyed>
          <EntryForm
            space={props.space}
            entry={found()}
            mayWrite={props.mayWrite}
            onClose={props.onClose}
            onReadAgain={() => void entry.refetch()}
          />
        </Show>
      )}
    </Loaded>
  );
}

function EntryForm(props: {
  space: string;
  entry: KvEntryView | null;
  mayWrite: boolean;
  onClose: () => void;
  onReadAgain?: () => void;
}): JSX.Element {
  const before = untrack(() => props.entry);
  const [wrong, setWrong] = createSignal<WrongKvField | null>(null);
  const done = (text: string) => {
    say(text);
    props.onClose();
  };
  const write = useMutation(() => ({
    mutationFn: (given: { key: string; value: unknown; ttl: number | undefined }) =>
      writeKv(props.space, { ...given, ifVersion: before?.version ?? 0 }),
    onSuccess: (_, { key }) => done(t("kv.written", { key })),
  }));
  const remove = useMutation(() => ({
    mutationFn: ({ key, version }: KvEntryView) => removeKv(props.space, key, version),
    onSuccess: (_, { key }) => done(t("kv.deleted", { key })),
  }));
  const submit = (event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string) => String(form.get(name) ?? "");
    const read = readKvForm({ key: before?.key ?? text("key"), value: text("value"), ttl: text("ttl") });
    setWrong("wrong" in read ? read.wrong : null);
    if (!("wrong" in read)) write.mutate(read);
  };
  const isBusy = () => write.isPending || remove.isPending;
  return (
    <form class="grid gap-4" onSubmit={submit}>
      <Show
        when={before}
        fallback={
          <Field label={t("kv.key")} wrong={wrong() === "key" ? t("kv.key_wrong") : undefined}>
            {(ids) => (
              <input
                {...ids}
                name="key"
                autofocus
                class={inputClass}
                autocomplete="off"
                autocapitalize="none"
              />
            )}
          </Field>
        }
      >
        {(entry) => (
          <p class="text-muted">
            {t("kv.read_as", { version: String(entry().version), at: exact(entry().updatedAt) })}{" "}
            {entry().expiresAt === null
              ? t("kv.stays")
              : t("kv.ends", { at: exact(entry().expiresAt ?? "") })}
          </p>
        )}
      </Show>
      <Field
        label={t("kv.value")}
        hint={t("kv.value_hint")}
        wrong={wrong() === "value" ? t("kv.value_wrong") : undefined}
      >
        {(ids) => (
          <textarea
            {...ids}
            name="value"
            rows="10"
            spellcheck={false}
            readOnly={!props.mayWrite}
            class={`${inputClass} font-mono text-xs`}
            value={before === null ? "" : JSON.stringify(before.value, null, 2)}
          />
        )}
      </Field>
      <Show when={props.mayWrite}>
        <Field
          label={t("kv.ttl")}
          hint={t("kv.ttl_hint")}
          wrong={wrong() === "ttl" ? t("kv.ttl_wrong") : undefined}
        >
          {(ids) => <input {...ids} name="ttl" class={`${inputClass} max-w-40`} autocomplete="off" />}
        </Field>
      </Show>
      <Show when={write.error ?? remove.error}>{(error) => <ProblemNotice error={error()} />}</Show>
      <div class="flex flex-wrap justify-end gap-2">
        <Show when={before !== null && (write.isError || remove.isError)}>
          <Button onClick={() => props.onReadAgain?.()}>{t("kv.read_again")}</Button>
        </Show>
        <Button onClick={() => props.onClose()}>{t("shell.close")}</Button>
        <Show when={props.mayWrite}>
          <Show when={before}>
            {(entry) => (
              <Button look="danger" disabled={isBusy()} onClick={() => remove.mutate(entry())}>
                {t("kv.delete")}
              </Button>
            )}
          </Show>
          <Button type="submit" look="primary" disabled={isBusy()}>
            {t("kv.write")}
          </Button>
        </Show>
      </div>
    </form>
  );
}
