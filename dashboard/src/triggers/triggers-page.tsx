import { createSignal, type JSX, Show } from "solid-js";
import { Dynamic } from "solid-js/web";
import { Allowed } from "../session/allowed.tsx";
import { Button } from "../ui/button.tsx";
import { Icon } from "../ui/icon.tsx";
import { lazily } from "../ui/lazily.tsx";
import { Page } from "../ui/page.tsx";
import { oneOf } from "../ui/search-fields.ts";
import { useSearch } from "../ui/search-state.ts";
import { Tabs } from "../ui/tabs.tsx";
import { type Key, t } from "../words/words.ts";
import { ChannelsList } from "./channels-list.tsx";
import { type TriggerKind, triggerKinds } from "./paths.ts";
import { SchedulesList } from "./schedules-list.tsx";
import { WebhooksList } from "./webhooks-list.tsx";

const nothing = () => null;
const dialogs = {
  webhooks: lazily(async () => (await import("./webhook-dialog.tsx")).WebhookDialog, [], nothing),
  schedules: lazily(async () => (await import("./schedule-dialog.tsx")).ScheduleDialog, [], nothing),
  channels: lazily(async () => (await import("./channel-dialog.tsx")).ChannelDialog, [], nothing),
};
const newWords: Readonly<Record<TriggerKind, Key>> = {
  webhooks: "webhooks.new",
  schedules: "schedules.new",
  channels: "channels.new",
};
const search = { tab: oneOf(triggerKinds) };

/** What starts work by itself, and where messages about it go. */
export function TriggersPage(): JSX.Element {
  const [params, setParams] = useSearch(search);
  const [isMaking, setMaking] = createSignal(false);
  const kind = (): TriggerKind => params().tab ?? "webhooks";
  const make = () => (
    <Allowed scope="deploy">
      {" "}
      <Button look="primary" onClick={() => setMaking(true)}>
        <Icon name="plus" />
        {t(newWords[kind()])}
      </Button>
    </Allowed>
  );
  return (
    <Page title={t("shell.triggers")} actions={make()}>
      <Tabs
        label={t("shell.triggers")}
        value={kind()}
        onChange={(tab) => setParams({ tab: tab === "webhooks" ? undefined : tab }, { replace: true })}
        tabs={[
          {
            name: "webhooks",
            title: t("triggers.webhooks"),
            content: () => <WebhooksList make={make()} />,
          },
          {
            name: "schedules",
            title: t("triggers.schedules"),
            content: () => <SchedulesList make={make()} />,
          },
          {
            name: "channels",
            title: t("triggers.channels"),
            content: () => <ChannelsList make={make()} />,
          },
        ]}
      />
      <Show when={isMaking()}>
        <Dynamic component={dialogs[kind()]} onClose={() => setMaking(false)} />
      </Show>
    </Page>
  );
}
