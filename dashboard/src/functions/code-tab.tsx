import type { FunctionView } from "@pulse/schema/wire/functions";
import type { JSX } from "solid-js";
import { WithBench } from "./beginning.tsx";
import { CodeRoom } from "./code-room.tsx";
import { standingOf } from "./draft-store.ts";
import { isPublic } from "./public-url.tsx";

/** The code of a function and what one does with it. `view` is null while the function is only a draft. */
export function CodeTab(props: {
  name: string;
  view: FunctionView | null;
  file: string | undefined;
  line: number | undefined;
  onPlace: (file: string | undefined, line: number | undefined) => void;
  onDeployed: () => void;
}): JSX.Element {
  return (
    <WithBench name={props.name} view={props.view}>
      {(bench, begun) => (
        <CodeRoom
          bench={bench}
          begun={begun}
          standing={standingOf(props.view)}
          url={props.view?.url ?? `${location.origin}/f/${props.name}`}
          isPublic={isPublic(props.view)}
          file={props.file}
          line={props.line}
          onPlace={props.onPlace}
          onDeployed={props.onDeployed}
        />
      )}
    </WithBench>
  );
}
