import { For, type JSX } from "solid-js";
import { Button } from "./button.tsx";
import { Field, inputClass } from "./field.tsx";
import { Icon } from "./icon.tsx";
import { Panel } from "./panel.tsx";

const mostChoices = 500;

/** Which two of the numbered versions of a thing are compared. */
export interface Compared {
  latest: number;
  from: number;
  to: number;
  onCompare: (from: number, to: number) => void;
  onClose: () => void;
}

/** Shows what differs between two versions, which can be chosen there; `actions` stand beside the choice. */
export function ComparePanel(
  props: Compared & {
    title: string;
    words: { from: string; to: string; swap: string; close: string };
    nameOf: (version: number) => string;
    actions?: JSX.Element;
    children: JSX.Element;
  },
): JSX.Element {
  const versions = () =>
    Array.from({ length: Math.min(props.latest, mostChoices) }, (_, i) => props.latest - i);
  const choice = (label: string, value: number, onChange: (version: number) => void) => (
    <Field label={label}>
      {(ids) => (
        <select
          {...ids}
          class={`${inputClass} w-24!`}
          onChange={(event) => onChange(Number(event.currentTarget.value))}
        >
          <For each={versions()}>
            {(one) => (
              <option value={one} selected={one === value}>
                {props.nameOf(one)}
              </option>
            )}
          </For>
        </select>
      )}
    </Field>
  );
  return (
    <Panel
      title={props.title}
      actions={
        <Button look="quiet" aria-label={props.words.close} onClick={() => props.onClose()}>
          <Icon name="cross" />
        </Button>
      }
    >
      <div class="grid grid-cols-[minmax(0,1fr)] gap-4">
        <div class="flex flex-wrap items-end gap-3">
          {choice(props.words.from, props.from, (from) => props.onCompare(from, props.to))}
          {choice(props.words.to, props.to, (to) => props.onCompare(props.from, to))}
          <Button onClick={() => props.onCompare(props.to, props.from)}>{props.words.swap}</Button>
          {props.actions}
        </div>
        {props.children}
      </div>
    </Panel>
  );
}
