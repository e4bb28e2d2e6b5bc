import type { JSX } from "solid-js";

/** Near the end of a quota its bar warns. */
const nearShare = 0.8;

/** How much of the whole something is, as a bar; the words stand beside it. `tone`: how it is meant. */
export function Bar(props: { share: number; tone?: "accent" | "warn" | "bad" }): JSX.Element {
  const colours = { accent: "fill-accent", warn: "fill-warn", bad: "fill-bad" } as const;
  return (
    <svg
      aria-hidden="true"
      viewBox="0 0 100 4"
      preserveAspectRatio="none"
      class="mt-1 h-2 w-full rounded-full border border-line bg-sunken"
    >
      <rect
        width={Math.min(1, Math.max(0, props.share)) * 100}
        height="4"
        class={colours[props.tone ?? "accent"]}
      />
    </svg>
  );
}

/** How much of a quota is used. */
export function QuotaBar(props: { used: number; most: number }): JSX.Element {
  const share = () => (props.most === 0 ? 1 : props.used / props.most);
  const tone = () => (share() >= 1 ? "bad" : share() >= nearShare ? "warn" : "accent");
  return <Bar share={share()} tone={tone()} />;
}
