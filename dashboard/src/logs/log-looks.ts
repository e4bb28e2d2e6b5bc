import { createSignal } from "solid-js";

/** How times stand before lines: not at all, since the first line, or as the time of day. */
export const timeLooks = ["off", "since", "clock"] as const;
export type TimeLook = (typeof timeLooks)[number];

/** On a narrow screen the text needs the room, until one asks for times. */
const isNarrow = matchMedia("(max-width: 47.99rem)").matches;
const [times, setTimes] = kept("pulse.log.times", timeLooks, isNarrow ? "off" : "clock");
const [wrap, setWrap] = kept("pulse.log.wrap", ["off", "on"] as const, "off");
const [groups, setGroups] = kept("pulse.log.groups", ["folded", "open"] as const, "folded");

/** How logs are shown in this browser: the choice is kept here, and is the same for all of them. */
export { groups, setGroups, setTimes, setWrap, times, wrap };

/** A choice of some that this browser keeps. */
function kept<Look extends string>(place: string, looks: readonly Look[], usual: Look) {
  const stored = localStorage.getItem(place);
  const [look, setLook] = createSignal<Look>(looks.find((one) => one === stored) ?? usual);
  const choose = (next: Look): void => {
    setLook(() => next);
    localStorage.setItem(place, next);
  };
  return [look, choose] as const;
}
