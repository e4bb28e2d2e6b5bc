import type { WebhookTarget } from "@pulse/schema/wire/webhooks";
import { type JSX, Show } from "solid-js";
import { CodeText } from "../ui/code-text.tsx";
import { Fact } from "../ui/facts.tsx";
import { t } from "../words/words.ts";
import { inputOf } from "./target-input.ts";
import { TargetView } from "./target-view.tsx";

/** What is started, and with what, among the facts of a trigger. */
export function TargetFacts(props: { target: WebhookTarget }): JSX.Element {
  return (
    <>
      <Fact name={t("triggers.starts")}>
        <TargetView target={props.target} />
      </Fact>
      <Show when={inputOf(props.target)}>
        {(input) => (
          <Fact name={t("triggers.input")}>
            <CodeText text={input()} label={t("triggers.input")} />
          </Fact>
        )}
      </Show>
    </>
  );
}
