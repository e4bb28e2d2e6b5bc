import type { KvKeyView } from "@pulse/schema/wire/kv";
import { keepPreviousData, useQuery } from "@tanstack/solid-query";
import { createSignal, For, type JSX, Show } from "solid-js";
import { useMay } from "../session/allowed.tsx";
import { Button } from "../ui/button.tsx";
import { bytesText } from "../ui/bytes.ts";
import { Empty } from "../ui/empty.tsx";
import { Field, inputClass } from "../ui/field.tsx";
import { Icon } from "../ui/icon.tsx";
import { dataOf, Loaded } from "../ui/loaded.tsx";
import { Moment } from "../ui/moment.tsx";
import { textUpTo } from "../ui/search-fields.ts";
import { useSearch } from "../ui/search-state.ts";
import { cellClass, Table } from "../ui/table.tsx";
import { number, t } from "../words/words.ts";
import { KvDialog } from "./kv-dialog.tsx";
import { kvKeysQuery, kvSpacesQuery } from "./kv-queries.ts";

const search = { space: textUpTo(80), prefix: textUpTo(256), cursor: textUpTo(500) };

/** What a function keeps (`ctx.kv`), and what functions share: keys by their beginning, each to be read, written and deleted. */
export function KvTab(props: { name: string; isDeployed: boolean }): JSX.Element {
  return (
    <Show
      when={props.isDeployed}
      fallback={
        <Empty title={t("kv.not_deployed")}>
          <p class="max-w-md text-muted">{t("kv.not_deployed_hint")}</p>
        </Empty>
      }
    >
      <Keys name={props.name} />
    </Show>
  );
}

function Keys(props: { name: string }): JSX.Element {
  const [place, setPlace] = useSearch(search);
  const [shown, setShown] = createSignal<{ key: string | null } | null>(null);
  const spaces = useQuery(kvSpacesQuery);
  const space = () => place().space ?? props.name;
  const prefix = () => place().prefix ?? "";
  const keys = useQuery(() => ({
    ...kvKeysQuery(space(), prefix(), place().cursor),
    placeholderData: keepPreviousData,
  }));
  const mayWrite = useMay("deploy");
  const shared = () => {
    const all = (dataOf(spaces)?.items ?? [])
      .map((one) => one.space)
      .filter((one) => one.startsWith("shared:"));
    return [...new Set([...all, ...(space() === props.name ? [] : [space()])])].sort();
  };
  const room = () => {
    const all = dataOf(spaces);
    const here = all?.items.find((one) => one.space === space());
    if (all === undefined || here === undefined) return "";
    return t("kv.room", {
      entries: number(here.entries),
      most: number(all.most.entries),
      bytes: bytesText(here.bytes),
    });
  };
  const add = () => (
    <Show when={mayWrite()}>
      <Button look="primary" onClick={() => setShown({ key: null })}>
        <Icon name="plus" />
        {t("kv.new")}
      </Button>
    </Show>
  );
  return (
    <div class="grid grid-cols-[minmax(0,1fr)] gap-4">
      <form
        class="grid items-end gap-3 sm:grid-cols-[12rem_minmax(0,1fr)_auto]"
        onSubmit={(event) => event.preventDefault()}
      >
        <Field label={t("kv.space")}>
          {(ids) => (
            <select
              {...ids}
              class={inputClass}
              onChange={(event) =>
                setPlace({ space: event.currentTarget.value || undefined, cursor: undefined })
              }
            >
              <option value="">{t("kv.own")}</option>
              <For each={shared()}>
                {(one) => (
                  <option value={one} selected={one === place().space}>
                    {one}
                  </option>
                )}
              </For>
            </select>
          )}
        </Field>
        <Field label={t("kv.prefix")}>
          {(ids) => (
            <input
              {...ids}
              class={inputClass}
              value={prefix()}
              placeholder="session/"
              autocomplete="off"
              autocapitalize="none"
              onChange={(event) =>
                setPlace({ prefix: event.currentTarget.value || undefined, cursor: undefined })
              }
            />
          )}
        </Field>
        <Show when={(dataOf(keys)?.items.length ?? 0) > 0}>{add()}</Show>
      </form>
      <Show when={room()}>{(text) => <p class="text-muted">{text()}</p>}</Show>
      <Loaded query={keys}>
        {(page) => (
          <Show
            when={page().items.length > 0}
            fallback={
              <Empty title={t(prefix() === "" ? "kv.none" : "kv.none_so")}>
                <p class="max-w-md text-muted">{t("kv.none_hint")}</p>
                {add()}
              </Empty>
            }
          >
            <Table
              label={t("kv.keys")}
              columns={[
                { title: t("kv.key") },
                { title: t("kv.bytes"), right: true },
                { title: t("kv.version"), right: true, wide: true },
                { title: t("kv.updated"), wide: true },
                { title: t("kv.expires"), wide: true },
              ]}
            >
              <For each={page().items}>
                {(one) => <Row one={one} onShow={() => setShown({ key: one.key })} />}
              </For>
            </Table>
            <Show when={place().cursor !== undefined || page().nextCursor !== null}>
              <nav aria-label={t("kv.keys")} class="flex flex-wrap justify-center gap-2">
                <Show when={place().cursor}>
                  <Button onClick={() => setPlace({ cursor: undefined })}>{t("kv.first")}</Button>
                </Show>
                <Show when={page().nextCursor}>
                  {(next) => <Button onClick={() => setPlace({ cursor: next() })}>{t("kv.more")}</Button>}
                </Show>
              </nav>
            </Show>
          </Show>
        )}
      </Loaded>
      <Show when={shown()} keyed>
        {({ key }) => (
          <KvDialog space={space()} key={key} mayWrite={mayWrite()} onClose={() => setShown(null)} />
        )}
      </Show>
    </div>
  );
}

function Row(props: { one: KvKeyView; onShow: () => void }): JSX.Element {
  const wide = cellClass({ wide: true });
  return (
    <tr class="hover:bg-sunken">
      <td class={cellClass({})}>
        <button
          type="button"
          class="min-h-6 text-left font-mono text-xs break-all text-accent hover:underline"
          onClick={() => props.onShow()}
        >
          {props.one.key}
        </button>
      </td>
      <td class={`${cellClass({ right: true })} tabular-nums`}>{bytesText(props.one.bytes)}</td>
      <td class={`${cellClass({ right: true, wide: true })} tabular-nums`}>{props.one.version}</td>
      <td class={wide}>
        <Moment at={props.one.updatedAt} />
      </td>
      <td class={wide}>
        <Moment at={props.one.expiresAt} />
      </td>
    </tr>
  );
}
