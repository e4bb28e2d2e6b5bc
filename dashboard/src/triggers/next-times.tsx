import { For, type JSX } from "solid-js";
import { cellClass, Table } from "../ui/table.tsx";
import { language, t } from "../words/words.ts";
import { ownZone, timeIn, zonesOf } from "./zone-time.ts";

/** Times in a schedule's zone, and beside it in this browser's where that is another. */
export function NextTimes(props: { times: readonly string[]; timezone: string }): JSX.Element {
  const zones = () => zonesOf(props.timezone, ownZone());
  return (
    <Table
      flush
      label={t("schedules.next")}
      columns={zones().map((zone) => ({
        title: zone === props.timezone ? zone : t("schedules.your_time", { zone }),
      }))}
    >
      <For each={props.times}>
        {(at) => (
          <tr>
            <For each={zones()}>
              {(zone) => (
                <td class={`${cellClass({})} tabular-nums`}>
                  <time datetime={at}>{timeIn(at, zone, language())}</time>
                </td>
              )}
            </For>
          </tr>
        )}
      </For>
    </Table>
  );
}
