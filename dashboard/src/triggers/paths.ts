/** The kinds of triggers, each a part of the page. */
export const triggerKinds = ["webhooks", "schedules", "channels"] as const;
export type TriggerKind = (typeof triggerKinds)[number];

/** The address of a kind's list. */
export function kindPath(kind: TriggerKind): string {
  return kind === "webhooks" ? "/triggers" : `/triggers?tab=${kind}`;
}

/** The address of one trigger's page. */
export function triggerPath(kind: TriggerKind, id: string): string {
  return `/triggers/${kind}/${encodeURIComponent(id)}`;
}
