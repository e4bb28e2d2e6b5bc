import { type JSX, splitProps } from "solid-js";

type Look = "primary" | "plain" | "danger" | "quiet";

const looks: Readonly<Record<Look, string>> = {
  primary: "bg-accent text-accent-ink border-transparent hover:brightness-110",
  plain: "bg-surface text-ink border-edge hover:bg-sunken",
  danger: "bg-surface text-bad border-bad hover:bg-bad-soft",
  quiet: "bg-transparent text-muted border-transparent hover:text-ink hover:bg-sunken",
};

/** The classes of something that looks like a button. */
export function buttonClass(look: Look = "plain"): string {
  return `inline-flex min-h-8 items-center justify-center gap-1.5 rounded-md border px-3 py-1 font-medium whitespace-nowrap disabled:opacity-60 ${looks[look]}`;
}

/** A button; never one that submits unless it says so. */
export function Button(props: JSX.ButtonHTMLAttributes<HTMLButtonElement> & { look?: Look }): JSX.Element {
  const [own, rest] = splitProps(props, ["look", "class"]);
  return <button type="button" {...rest} class={`${buttonClass(own.look)} ${own.class ?? ""}`} />;
}
