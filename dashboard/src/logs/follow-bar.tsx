import { type JSX, Show } from "solid-js";
import { Button } from "../ui/button.tsx";
import { Icon } from "../ui/icon.tsx";
import { number, t } from "../words/words.ts";
import type { LogState } from "./log-source.ts";

/** How a log that may still grow stands, and the button that lets the view rest or go on with it. */
export function FollowBar(props: {
  state: LogState;
  isFollowing: boolean;
  /** Lines that came while the view rested. */
  missed: number;
  onPause: (rests: boolean) => void;
}): JSX.Element {
  return (
    <>
      <span class="text-xs text-muted" role="status">
        {t(`logs.state_${props.state}`)}
      </span>
      <Show when={props.state !== "ended" && props.state !== "missing"}>
        <Button aria-pressed={!props.isFollowing} onClick={() => props.onPause(props.isFollowing)}>
          <Icon name={props.isFollowing ? "pause" : "play"} />
          {props.isFollowing ? t("logs.pause") : t("logs.resume")}
          <Show when={props.missed > 0}>
            <span class="tabular-nums">+{number(props.missed)}</span>
          </Show>
        </Button>
      </Show>
    </>
  );
}
