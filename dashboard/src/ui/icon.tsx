import type { JSX } from "solid-js";

/** Small line drawings on a 16 × 16 grid. */
const shapes = {
  home: "M2.5 7.500L8 2.500l5.5 5V13.500h-4v-4h-3v4h-4z",
  menu: "M2.5 4.500h11M2.5 8h11M2.5 11.500h11",
  functions: "M10.5 2.500c-2.5 0-2.5 1.5-3 4L6 11c-.5 2.5-.5 3-2.5 3M4.5 6.500h5.5",
  workflows: "M2.5 2.500h4v3h-4zM9.5 10.500h4v3h-4zM4.5 5.500V12h5",
  inbox: "M2.5 9l2-6h7l2 6v4h-11zM2.5 9h3.500l1 2h2l1-2h3.5",
  executions: "M2 8h3l2-4.5 3 9 2-4.500h2",
  runners: "M2.5 3h11v4h-11zM2.5 9h11v4h-11zM5 5h.01M5 11h.01",
  triggers: "M9 2L3.5 9H8l-1 5 5.5-7H8z",
  settings: "M2 5h6M12 5h2M2 11h2M8 11h6M10 3.300v3.400M6 9.300v3.4",
  done: "M3 8.500l3.2 3.200L13 4.8",
  cross: "M4 4l8 8M12 4l-8 8",
  clock: "M8 4.500V8l2.5 1.500M8 2a6 6 0 100 12A6 6 0 008 2z",
  busy: "M8 2a6 6 0 106 6",
  stop: "M4.5 4.500h7v7h-7z",
  lost: "M8 4v5M8 11.700v.1",
  play: "M5 3.500l7.5 4.500L5 12.500z",
  replay: "M13 8a5 5 0 11-1.5-3.500M13 2.500v3h-3",
  plus: "M8 3v10M3 8h10",
  search: "M7 3a4 4 0 100 8 4 4 0 000-8zM10 10l3.5 3.5",
  link: "M6.5 9.500l5-5M7.5 4h4.500v4.500M10 9.500V12H4V6h2.5",
  pause: "M5.5 4v8M10.5 4v8",
} as const;

export type IconName = keyof typeof shapes;

/** A drawing beside a word; never the only thing that tells something. */
export function Icon(props: { name: IconName; class?: string }): JSX.Element {
  return (
    <svg
      viewBox="0 0 16 16"
      aria-hidden="true"
      class={`size-4 shrink-0 ${props.class ?? ""}`}
      fill="none"
      stroke="currentColor"
      stroke-width="1.6"
      stroke-linecap="round"
      stroke-linejoin="round"
    >
      <path d={shapes[props.name]} />
    </svg>
  );
}
