import { useMutation } from "@tanstack/solid-query";
import type { JSX } from "solid-js";
import { Button } from "./button.tsx";
import { tell } from "./problem-notice.tsx";
import { say } from "./toasts.tsx";

/** A button that does something at the gateway: pressed once at a time, and what goes wrong is said. `of`: what it acts on, for those who do not see where it stands. */
export function ActButton(props: {
  act: () => Promise<unknown>;
  look?: "primary" | "plain" | "danger" | "quiet";
  of?: string;
  name: string;
  children?: JSX.Element;
}): JSX.Element {
  const run = useMutation(() => ({
    mutationFn: () => props.act(),
    onError: (error) => say(`${tell(error).title}: ${tell(error).detail}`),
  }));
  return (
    <Button
      look={props.look ?? "plain"}
      aria-label={props.of === undefined ? undefined : `${props.name}: ${props.of}`}
      disabled={run.isPending}
      onClick={() => run.mutate()}
    >
      {props.children ?? props.name}
    </Button>
  );
}
