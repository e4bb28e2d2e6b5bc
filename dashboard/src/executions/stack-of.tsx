import type { ExecutionView } from "@pulse/schema/wire/executions";
import { useNavigate } from "@solidjs/router";
import { useQuery } from "@tanstack/solid-query";
import type { JSX } from "solid-js";
import { functionPath } from "../functions/paths.ts";
import { dataOf } from "../ui/loaded.tsx";
import { sourceQuery } from "./source-query.ts";
import { StackView } from "./stack-view.tsx";

/** The stack of an execution of deployed code; its lines open the editor there. */
export function StackOf(props: { view: ExecutionView; stack: string }): JSX.Element {
  const navigate = useNavigate();
  const source = useQuery(() => ({
    ...sourceQuery(props.view.name, props.view.version ?? 0),
    enabled: props.view.version !== null,
  }));
  return (
    <StackView
      stack={props.stack}
      files={(dataOf(source)?.files ?? []).map(({ path }) => path)}
      onPlace={(file, line) => navigate(functionPath(props.view.name, { file, line }))}
    />
  );
}
