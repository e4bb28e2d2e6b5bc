import { useMutation } from "@tanstack/solid-query";
import { createSignal, type JSX, Show } from "solid-js";
import { TickBox } from "../settings/tick-box.tsx";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Field, inputClass } from "../ui/field.tsx";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { say } from "../ui/toasts.tsx";
import { counted, t } from "../words/words.ts";
import { beginUpgrade, dryUpgrade, type UpgradeWish } from "./upgrade-queries.ts";
import { UpgradeWaves } from "./upgrade-waves.tsx";

/** Asks for an upgrade of runners: first what would be done, and then, as long as nothing else was typed, to do it. */
export function UpgradeDialog(props: { onClose: () => void }): JSX.Element {
  const [wish, setWish] = createSignal<UpgradeWish>({
    targets: "all",
    wave: "10%",
    pause: "0s",
    within: "5m",
    allowDowngrade: false,
  });
  const dry = useMutation(() => ({ mutationFn: (wanted: UpgradeWish) => dryUpgrade(wanted) }));
  const begin = useMutation(() => ({
    mutationFn: (wanted: UpgradeWish) => beginUpgrade(wanted),
    onSuccess() {
      say(t("upgrades.begun"));
      props.onClose();
    },
  }));
  /** Whether what stands there now is what was asked for. */
  const [isAsked, setAsked] = createSignal(false);
  const planned = () => (isAsked() ? dry.data : undefined);
  const count = () => planned()?.runners.filter(({ wave }) => wave !== null).length ?? 0;
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (count() > 0) begin.mutate(wish());
    else {
      setAsked(true);
      dry.mutate(wish());
    }
  };
  const change = (changed: Partial<UpgradeWish>) => {
    begin.reset();
    setAsked(false);
    setWish({ ...wish(), ...changed });
  };
  const text = (name: "targets" | "wave" | "pause" | "within", hint: string, isFirst = false) => (
    <Field label={t(`upgrades.field_${name}`)} hint={hint}>
      {(ids) => (
        <input
          {...ids}
          class={`${inputClass} font-mono text-xs`}
          required
          autofocus={isFirst}
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          value={String(wish()[name])}
          onInput={({ currentTarget: { value } }) => change({ [name]: value.trim() })}
        />
      )}
    </Field>
  );
  return (
    <Dialog open onClose={props.onClose} title={t("upgrades.title")}>
      <form class="grid grid-cols-[minmax(0,1fr)] gap-4" onSubmit={submit}>
        <p class="text-muted">{t("upgrades.hint")}</p>
        {text("targets", t("runners.targets_hint"), true)}
        {text("wave", t("upgrades.field_wave_hint"))}
        <div class="grid items-start gap-4 sm:grid-cols-2">
          {text("pause", t("upgrades.field_pause_hint"))}
          {text("within", t("upgrades.field_within_hint"))}
        </div>
        <TickBox
          checked={wish().allowDowngrade ?? false}
          onChange={(allowDowngrade) => change({ allowDowngrade })}
        >
          {t("upgrades.downgrade")}
        </TickBox>
        <div class="grid grid-cols-[minmax(0,1fr)] gap-3" aria-live="polite">
          <Show when={isAsked() && dry.error}>{(error) => <ProblemNotice error={error()} />}</Show>
          <Show when={begin.error}>{(error) => <ProblemNotice error={error()} />}</Show>
          <Show when={planned()}>
            {(plan) => (
              <>
                <p class="font-medium">
                  {count() === 0
                    ? t("upgrades.nobody", { version: plan().version })
                    : `${counted("upgrades.would", count())} ${t("upgrades.to_version", { version: plan().version })}`}
                </p>
                <UpgradeWaves upgrade={plan()} />
              </>
            )}
          </Show>
        </div>
        <div class="flex flex-wrap justify-end gap-2">
          <Button onClick={() => props.onClose()}>{t("shell.cancel")}</Button>
          <Button type="submit" look="primary" disabled={dry.isPending || begin.isPending}>
            {count() > 0 ? counted("upgrades.begin", count()) : t("upgrades.dry")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
