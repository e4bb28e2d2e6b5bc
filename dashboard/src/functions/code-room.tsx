import type { DraftBody } from "@pulse/schema/wire/drafts";
import type { ExecutionError } from "@pulse/schema/wire/job";
import { useMutation } from "@tanstack/solid-query";
import { createMemo, createSignal, type JSX, onCleanup, onMount, Show } from "solid-js";
import { Allowed, useMay } from "../session/allowed.tsx";
import { Button } from "../ui/button.tsx";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { keysText, useShortcuts } from "../ui/shortcuts.ts";
import { say } from "../ui/toasts.tsx";
import { t } from "../words/words.ts";
import { CodeArea } from "./code-area.tsx";
import type { CodeFault } from "./code-editor.ts";
import { CopyCall } from "./copy-call.tsx";
import { DeployDialog } from "./deploy-dialog.tsx";
import { createDraftRun } from "./draft-run.ts";
import { type Beginning, dropDraft, readDeployed } from "./draft-store.ts";
import { FileBar } from "./file-bar.tsx";
import { firstFile } from "./file-name.ts";
import { followDeployed } from "./follow-deployed.ts";
import { KeepNote, KeepNotice } from "./keep-note.tsx";
import { manifestName } from "./manifest-text.ts";
import { RunView } from "./run-view.tsx";
import { fieldsOf } from "./schema-form.ts";
import { firstCall, readCall, type TestCall } from "./test-call.ts";
import { runChord, TestPanel } from "./test-panel.tsx";
import { isAnythingUnwritten, type Workbench } from "./workbench.ts";

const saveChord = { key: "s" } as const;
const deployChord = { key: "d", shift: true } as const;
/** The call somebody tries a function with stays while the page lives. */
const calls = new Map<string, TestCall>();

/** Where a function is written, tried and deployed, by keyboard alone if one likes. */
export function CodeRoom(props: {
  bench: Workbench;
  begun: Beginning;
  /** The version that is live, else the last one; 0: nothing was deployed. */
  standing: number;
  url: string;
  isPublic: boolean;
  file: string | undefined;
  line: number | undefined;
  onPlace: (file: string, line: number | undefined) => void;
  onDeployed: () => void;
}): JSX.Element {
  const bench = props.bench;
  const [deployed, setDeployed] = followDeployed(bench, props.begun.deployed, () => props.standing);
  const [call, setCall] = createSignal(calls.get(bench.name) ?? firstCall(bench.body()));
  const [isDeploying, setDeploying] = createSignal(false);
  const [fault, setFault] = createSignal<ExecutionError | null>(null);
  const run = createDraftRun(bench);
  // The draft's own schema once it was built; until then that of what is deployed.
  const fields = createMemo(() => fieldsOf(run.schema() ?? deployed()?.schema ?? null));

  const unshown = () => deployed()?.unshown ?? [];
  const mayWrite = useMay("deploy");
  const isReadOnly = () => unshown().length > 0 || !mayWrite();
  const path = createMemo(() => {
    const paths = bench.paths();
    const { file } = props;
    return file !== undefined && paths.includes(file)
      ? file
      : firstFile(Object.keys(bench.body().files).sort(), bench.body().entry);
  });
  const target = createMemo(() => (props.line === undefined ? null : { line: props.line }));
  const faults = createMemo((): readonly CodeFault[] => {
    const manifest = bench.manifestFault();
    if (path() === manifestName && manifest !== null) {
      return [{ line: manifest.line, text: t(`manifest.${manifest.fault}`, { detail: manifest.detail }) }];
    }
    const found = fault();
    return found?.file === path() ? [{ line: found.line ?? 1, text: found.message }] : [];
  });
  const faulty = createMemo(
    () =>
      new Set([
        ...(bench.manifestFault() === null ? [] : [manifestName]),
        ...(fault()?.file === undefined ? [] : [fault()?.file ?? ""]),
      ]),
  );
  const go = (file: string, line: number) => props.onPlace(file, line);

  const start = () => {
    const read = readCall(call());
    if (!("body" in read) || isDeploying() || isReadOnly()) return;
    setFault(null);
    void run.start(read.body);
  };
  const stop = useMutation(() => ({ mutationFn: run.stop }));
  const save = async () => {
    if (await bench.keeper.flush()) say(t("draft.saved"));
  };
  const openDeploy = () => {
    if (isReadOnly()) return;
    const manifest = bench.manifestFault();
    if (manifest === null) return setDeploying(true);
    // The draft still has the settings before the mistake; nobody means to deploy those.
    say(t("deploy.settings_first"));
    go(manifestName, manifest.line);
  };
  useShortcuts([
    { press: runChord, name: "test.run", run: start },
    { press: saveChord, name: "draft.save", run: () => void save() },
    { press: deployChord, name: "deploy.open", run: openDeploy },
  ]);

  const warn = (event: BeforeUnloadEvent) => {
    if (isAnythingUnwritten()) event.preventDefault();
  };
  onMount(() => window.addEventListener("beforeunload", warn));
  onCleanup(() => window.removeEventListener("beforeunload", warn));

  const discard = useMutation(() => ({
    mutationFn: async () => {
      await bench.keeper.flush();
      if (bench.keeper.revision !== null) await dropDraft(bench.name);
    },
    onSuccess: () => {
      bench.keeper.accept(null);
      const standing = deployed();
      if (standing !== null) bench.replace(standing.body);
      setFault(null);
      say(t("draft.discarded"));
    },
  }));
  const ready = useMutation(() => ({
    mutationFn: async ({ version, draft }: { version: number; draft: DraftBody }) => {
      setDeployed(await readDeployed(bench.name, version, AbortSignal.timeout(30_000)));
      const isTheSame = JSON.stringify(bench.body()) === JSON.stringify(draft);
      // What was typed after the deploy stays a draft.
      if (isTheSame && (await bench.keeper.flush()) && bench.keeper.revision !== null) {
        await dropDraft(bench.name);
        bench.keeper.accept(null);
      }
    },
    onSuccess: () => {
      setDeploying(false);
      props.onDeployed();
    },
  }));

  return (
    <div class="grid gap-3">
      <div class="flex flex-wrap items-center gap-x-3 gap-y-2">
        <KeepNote bench={bench} />
        <Show when={bench.kept() && bench.keeper.revision !== null && deployed() !== null}>
          <Button look="quiet" disabled={discard.isPending} onClick={() => discard.mutate()}>
            {t("draft.discard", { version: String(deployed()?.version ?? "") })}
          </Button>
        </Show>
        <div class="ml-auto flex flex-wrap gap-2">
          <Allowed scope="deploy">
            <Button disabled={isReadOnly()} onClick={() => void save()}>
              {t("draft.save")}
              <kbd class="text-xs font-normal text-muted max-sm:hidden">{keysText(saveChord)}</kbd>
            </Button>
            <Button disabled={isReadOnly()} onClick={openDeploy}>
              {t("deploy.open")}
              <kbd class="text-xs font-normal text-muted max-sm:hidden">{keysText(deployChord)}</kbd>
            </Button>
          </Allowed>
        </div>
      </div>
      <KeepNotice bench={bench} />
      <Show when={discard.error ?? ready.error ?? stop.error}>
        {(error) => <ProblemNotice error={error()} />}
      </Show>
      <Show when={!mayWrite()}>
        <p class="text-muted">{t("code.only_read")}</p>
      </Show>
      <Show when={unshown().length > 0}>
        <p role="alert" class="rounded-md border border-warn bg-warn-soft px-3 py-2">
          {t("code.unshown", { files: unshown().join(", ") })}
        </p>
      </Show>
      <div class="grid items-start gap-4 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <section aria-label={t("code.title")} class="min-w-0 rounded-lg border border-line bg-surface">
          <FileBar
            bench={bench}
            path={path()}
            isReadOnly={isReadOnly()}
            faulty={faulty()}
            onPath={(next) => props.onPlace(next, undefined)}
          />
          <Show when={bench.textOf(path()) === null}>
            <p class="p-4 text-muted">{t("code.not_text")}</p>
          </Show>
          <CodeArea
            path={path()}
            text={bench.textOf(path()) ?? ""}
            replaced={bench.replaced()}
            isReadOnly={isReadOnly() || bench.textOf(path()) === null}
            faults={faults()}
            target={target()}
            onEdit={(file, text) => bench.edit(file, text)}
          />
          <p class="border-t border-line px-3 py-1.5 text-xs text-muted">{t("code.leave_hint")}</p>
        </section>
        <TestPanel
          name={bench.name}
          call={call()}
          fields={fields()}
          onCall={(patch) => {
            const next = { ...call(), ...patch };
            calls.set(bench.name, next);
            setCall(next);
          }}
          isBusy={run.isBusy()}
          onRun={start}
          onStop={() => stop.mutate()}
        >
          <RunView run={run} files={bench.paths()} onError={setFault} onPlace={go} />
          <details>
            <summary class="min-h-6 font-medium">{t("call.title")}</summary>
            <div class="mt-2">
              <CopyCall
                name={bench.name}
                url={props.url}
                call={call()}
                isPublic={props.isPublic}
                label="call.this"
              />
            </div>
          </details>
        </TestPanel>
      </div>
      <Show when={isDeploying()}>
        <DeployDialog
          name={bench.name}
          draft={bench.body()}
          deployed={deployed()}
          onClose={() => setDeploying(false)}
          onReady={(version, draft) => ready.mutate({ version, draft })}
          onError={setFault}
          onPlace={(file, line) => {
            setDeploying(false);
            go(file, line);
          }}
        />
      </Show>
    </div>
  );
}
