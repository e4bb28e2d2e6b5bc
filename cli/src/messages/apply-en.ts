/** English texts of `pulse apply`. */
export const applyEn = {
  apNoFile: "there is no pulse.yaml in {dir}",
  apReally: "Do this? [y/N] ",
  apCreated: "{kind} {name} created",
  apChanged: "{kind} {name} changed",
  apRemoved: "{kind} {name} removed",
  apNothing: "everything is as the folder says",
  apNeedsPrune: "(with --prune)",
  apSame: "{count} as they should be",
  apTwice: "{name} is there twice, or is removed as well",
  apWebhookFirst:
    "the secret of {provider} is not for a repository: pulse webhook create {name} --provider {provider}, then apply",
  apProviderStays: "the provider of the webhook {name} is {provider}, and stays: give it another name",
  apChannelFirst: "its address is a secret: pulse channel create {name} --type {type}, then apply",
  apTypeStays: "the type of the channel {name} is {type}, and stays: give it another name",
  apKind_channel: "channel",
  apKind_function: "function",
  apKind_workflow: "workflow",
  apKind_schedule: "schedule",
  apKind_webhook: "webhook",
};
