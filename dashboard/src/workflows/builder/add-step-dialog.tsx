import { type StepType, stepTypes } from "@pulse/schema/workflow/step-kinds";
import { For, type JSX } from "solid-js";
import { Dialog } from "../../ui/dialog.tsx";
import { t } from "../../words/words.ts";
import { StepIcon, typeWords } from "./step-icon.tsx";

/** Asks what a new step is to do. */
export function AddStepDialog(props: {
  onChoose: (type: StepType) => void;
  onClose: () => void;
}): JSX.Element {
  return (
    <Dialog open onClose={props.onClose} title={t("builder.add_title")}>
      <ul class="grid gap-2 sm:grid-cols-2">
        <For each={stepTypes}>
          {(type) => (
            <li>
              <button
                type="button"
                class="flex min-h-11 w-full items-center gap-2 rounded-md border border-edge bg-surface px-3 py-2 text-left hover:bg-sunken"
                onClick={() => props.onChoose(type)}
              >
                <StepIcon type={type} />
                <span>
                  <span class="block font-medium">{typeWords(type)}</span>
                  <span class="block text-xs text-muted">{t(`builder.about_${type}`)}</span>
                </span>
              </button>
            </li>
          )}
        </For>
      </ul>
    </Dialog>
  );
}
