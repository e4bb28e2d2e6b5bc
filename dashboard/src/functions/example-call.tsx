import type { FunctionView } from "@pulse/schema/wire/functions";
import type { JSX } from "solid-js";
import { CopyCall } from "./copy-call.tsx";
import { isPublic } from "./public-url.tsx";
import { firstCall } from "./test-call.ts";

/** How a first call of a function is written, to be copied. */
export function ExampleCall(props: { view: FunctionView }): JSX.Element {
  return (
    <CopyCall
      name={props.view.name}
      url={props.view.url}
      call={firstCall({ runtime: props.view.runtime, files: {} })}
      isPublic={isPublic(props.view)}
      label="call.example"
    />
  );
}
