import type { JSX } from "solid-js";
import { LogViewer } from "../logs/log-viewer.tsx";

/** A log beside the code, where it has less room than on a page of its own, and no line of it an address. */
export function SmallLog(props: { id: string; isOver: boolean; label: string }): JSX.Element {
  return (
    <div class="[&_section]:max-h-56!">
      <LogViewer id={props.id} isOver={props.isOver} label={props.label} line={undefined} onLine={() => {}} />
    </div>
  );
}
