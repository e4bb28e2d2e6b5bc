/** English texts of webhooks. */
export const webhookEn = {
  whProvider: "a provider is one of {known}",
  whTarget: "name what it starts: --function or --workflow",
  whAskSecret: "The secret that {provider} shows",
  whSecretOnce: "The second line is the secret. This is the only time it is shown.",
  whTriggerSecretOnce: "A secret is the third word of its line. This is the only time it is shown.",
  whRotated: "{name}: the secret before counts until {until}",
  whOneOrSince: "name a delivery, or say --since",
  whStatus: "a status is one of {known}",
  whCapturing: "waiting for the next delivery to {url}; it starts nothing",
};
