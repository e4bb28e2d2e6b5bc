import { signInArrival } from "@pulse/schema/wire/sign-in";
import { queryOptions, useQuery } from "@tanstack/solid-query";
import { For, type JSX } from "solid-js";
import { api } from "../session/client.ts";
import { Fact, Facts } from "../ui/facts.tsx";
import { Loaded } from "../ui/loaded.tsx";
import { Panel } from "../ui/panel.tsx";
import { t } from "../words/words.ts";

const arrivalQuery = () =>
  queryOptions({
    queryKey: ["sign-in", "arrival"],
    queryFn: ({ signal }) => api.call(signInArrival, { signal }),
  });

const headers = {
  user: "Remote-User",
  groups: "Remote-Groups",
  name: "Remote-Name",
  email: "Remote-Email",
} as const;

/** How a request of this very browser arrives, for whoever sets up a proxy that signs people in. */
export function ArrivalPanel(): JSX.Element {
  const arrival = useQuery(arrivalQuery);
  return (
    <Panel title={t("settings.arrival")}>
      <Loaded query={arrival}>
        {(seen) => (
          <Facts>
            <Fact name={t("settings.arrival_on")}>
              {seen().isOn ? t("settings.arrival_is_on") : t("settings.arrival_is_off")}
            </Fact>
            <Fact name={t("settings.arrival_peer")}>
              {seen().peer ?? t("settings.arrival_unknown")} ·{" "}
              {seen().isTrustedProxy ? t("settings.arrival_trusted") : t("settings.arrival_not_trusted")}
            </Fact>
            <Fact name={t("settings.arrival_secret")}>{t(`settings.arrival_secret_${seen().secret}`)}</Fact>
            <For each={Object.entries(headers)}>
              {([name, header]) => (
                <Fact name={header}>
                  {seen().headers[name as keyof typeof headers] ?? t("settings.arrival_none")}
                </Fact>
              )}
            </For>
          </Facts>
        )}
      </Loaded>
    </Panel>
  );
}
