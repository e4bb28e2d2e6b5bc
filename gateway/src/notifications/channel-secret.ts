import { type ChannelSettings, channelSettings } from "@pulse/schema/wire/channels";
import { dropSecret, openSecrets, putSecret, type VaultPorts } from "../secrets/vault.ts";

const kind = "channel";

/** How a channel is reached, all of it, or why that cannot be known, in words. */
export type OpenedChannel = { settings: ChannelSettings; fault: null } | { settings: null; fault: string };

/** Seals how a channel is reached. */
export async function sealChannel(
  ports: VaultPorts,
  project: string,
  id: string,
  settings: ChannelSettings,
): Promise<void> {
  await putSecret(ports, { project, kind, name: id }, JSON.stringify(settings));
}

/** Opens how a channel is reached. */
export async function openChannel(ports: VaultPorts, project: string, id: string): Promise<OpenedChannel> {
  const { values, faults } = await openSecrets(ports, { project, kind, names: [id] });
  const value = values.get(id)?.value;
  if (value === undefined) return { settings: null, fault: faults.get(id)?.detail ?? "it is not there" };
  return { settings: channelSettings.parse(JSON.parse(value)), fault: null };
}

/** Forgets how a channel is reached. */
export async function forgetChannel(ports: VaultPorts, project: string, id: string): Promise<void> {
  await dropSecret(ports, { project, kind, name: id });
}

/** What may be shown of where a channel goes: nothing that lets anybody else send there. */
export function shownOf(settings: ChannelSettings): string {
  switch (settings.type) {
    case "email":
      return settings.to.join(", ");
    case "telegram":
      return settings.chat;
    case "ntfy":
      return `${new URL(settings.server ?? ntfyServer).host}/${settings.token === undefined ? "…" : settings.topic}`;
    default:
      return new URL(settings.url).host;
  }
}

/** What must not stand where people read: a topic without a token is as good as a password. */
export function credentialsOf(settings: ChannelSettings): string[] {
  switch (settings.type) {
    case "email":
      return [];
    case "telegram":
      return [settings.token];
    case "ntfy":
      return [settings.token ?? settings.topic];
    case "webhook":
      return [settings.secret ?? "", ...hiddenOf(settings.url)].filter((one) => one.length > 7);
    default:
      return [settings.url, ...hiddenOf(settings.url)].filter((one) => one.length > 7);
  }
}

/** All parts of a URL behind its host that may be its credential: receivers echo them one by one. */
function hiddenOf(text: string): string[] {
  const { pathname, search, searchParams } = new URL(text);
  return [pathname, search, ...pathname.split("/"), ...searchParams.values()];
}

export const ntfyServer = "https://ntfy.sh";
export const telegramServer = "https://api.telegram.org";
