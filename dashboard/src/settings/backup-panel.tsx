import { ProblemError } from "@pulse/schema/problem";
import { type BackupsView, getBackups, startBackup } from "@pulse/schema/wire/backups";
import { queryOptions, type UseQueryResult, useQuery } from "@tanstack/solid-query";
import { type JSX, Show } from "solid-js";
import { api } from "../session/client.ts";
import { meQuery } from "../session/queries.ts";
import { queryClient } from "../session/query-client.ts";
import { ActButton } from "../ui/act-button.tsx";
import { bytesText } from "../ui/bytes.ts";
import { Fact, Facts } from "../ui/facts.tsx";
import { dataOf, Loaded } from "../ui/loaded.tsx";
import { Moment } from "../ui/moment.tsx";
import { Panel } from "../ui/panel.tsx";
import { TextToCopy } from "../ui/text-to-copy.tsx";
import { number, t } from "../words/words.ts";

const actMs = 30_000;
const [runningEveryMs, restingEveryMs] = [1000, 30_000];
const backupCommand = "pulse backup create --to pulse.tar";

const backupsQuery = () =>
  queryOptions({
    queryKey: ["backups"],
    queryFn: ({ signal }) => api.call(getBackups, { signal }),
    refetchInterval: (query) =>
      isElsewhere(query.state.error) ? false : query.state.data?.running ? runningEveryMs : restingEveryMs,
  });

/** Whether an error is the gateway's word that its database is a remote one, which has backups of its own: nothing is wrong then. */
function isElsewhere(error: unknown): error is ProblemError {
  return error instanceof ProblemError && error.code === "conflict";
}

async function backUpNow(): Promise<void> {
  queryClient.setQueryData(
    backupsQuery().queryKey,
    await api.call(startBackup, { signal: AbortSignal.timeout(actMs) }),
  );
}

/** Backups of the gateway's data: the last one, one now by whoever has the gateway, and the command for everybody else. */
export function BackupPanel(): JSX.Element {
  const me = useQuery(meQuery);
  const isOfGateway = () => dataOf(me)?.scopes.includes("gateway") === true;
  const backups = useQuery(() => ({ ...backupsQuery(), enabled: isOfGateway() }));
  const elsewhere = () => (isElsewhere(backups.error) ? backups.error.message : null);
  return (
    <Panel title={t("settings.backup")}>
      <div class="grid gap-3">
        <Show when={elsewhere() === null} fallback={<p>{elsewhere()}</p>}>
          <Show when={isOfGateway()}>
            <BackupNow query={backups} />
          </Show>
          <p>{t("settings.backup_hint")}</p>
          <TextToCopy text={backupCommand} what={t("settings.backup_command")} />
        </Show>
      </div>
    </Panel>
  );
}

function BackupNow(props: { query: UseQueryResult<BackupsView, Error> }): JSX.Element {
  return (
    <Loaded query={props.query}>
      {(view) => (
        <>
          <Facts>
            <Fact name={t("settings.backup_last")}>
              <Show when={view().lastAt} fallback={t("settings.backup_none")}>
                {(at) => <Moment at={at()} />}
              </Show>
            </Fact>
            <Show when={view().made}>
              {(made) => (
                <Fact name={t("settings.backup_file")}>
                  <code class="break-all">backups/{made().file}</code> {bytesText(made().bytes)}
                </Fact>
              )}
            </Show>
          </Facts>
          <p role="status">{stateOf(view())}</p>
          <Show when={view().failure}>
            {(why) => <p class="font-mono text-xs break-words whitespace-pre-wrap text-bad">{why()}</p>}
          </Show>
          <div>
            <Show
              when={view().running === null}
              fallback={<span class="text-muted">{t("settings.backup_wait")}</span>}
            >
              <ActButton look="primary" act={backUpNow} name={t("settings.backup_now")} />
            </Show>
          </div>
        </>
      )}
    </Loaded>
  );
}

function stateOf({ running, made, failure }: BackupsView): string {
  if (running !== null) return t("settings.backup_running", { bytes: bytesText(running.bytes) });
  if (failure !== null) return t("settings.backup_failed");
  if (made === null) return "";
  const { functions, executions } = made;
  return t("settings.backup_made", { functions: number(functions), executions: number(executions) });
}
