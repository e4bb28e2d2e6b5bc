import type { JSX } from "solid-js";
import { LogViewer } from "../logs/log-viewer.tsx";

/** A log beside the code, where it has less room than on a page of its own, and no line of it an address. */
export function SmallLog(props: { id: string; isOver: boolean }): JSX.Element {
  return (
    <div class="[&_section]:h-48!">
      <LogViewer id={props.id} isOver={props.isOver} line={undefined} onLine={() => {}} />
    </div>
  );
}
