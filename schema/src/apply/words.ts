/** What applying says of what is wrong; `{name}` places are filled. */
export const applyWords = {
  apTwice: "{name} is there twice, or is removed as well",
  apWebhookFirst:
    "the secret of {provider} is not for a repository: pulse webhook create {name} --provider {provider}, then apply",
  apProviderStays: "the provider of the webhook {name} is {provider}, and stays: give it another name",
  apChannelFirst: "its address is a secret: pulse channel create {name} --type {type}, then apply",
  wfWebhookGone:
    "the webhook {name} is gone: its address takes nothing any more (a trigger with an id keeps it under another name)",
  apTypeStays: "the type of the channel {name} is {type}, and stays: give it another name",
};
export type ApplyWords = Record<keyof typeof applyWords, string>;

/** Fills `{name}` places of a text. */
export function filled(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
