import type { HmacSettings, Provider } from "@pulse/schema/wire/webhooks";

/** What is to be set at the provider. The secret is not in it: who has it put it there, or was shown it once. */
export interface Place {
  provider: Provider;
  url: string;
  hmac: HmacSettings;
  toleranceMs: number;
}

const repository =
  (where: string, type: string, more: string[] = []) =>
  (url: string) => [
    where,
    `  URL           ${url}`,
    `  Content type  ${type}`,
    "  Secret        the secret of this webhook",
    ...more,
  ];

const texts: Record<Exclude<Provider, "hmac">, (url: string) => string[]> = {
  github: (url) => [
    ...repository(
      "GitHub: the repository (or organisation), Settings, Webhooks, Add webhook",
      "application/json",
    )(url),
    "  Events        those that you need, such as Just the push event",
    "GitHub sends a ping at once: it is in the log of deliveries as the event ping.",
    "",
    "With the command line of GitHub:",
    `  gh api repos/OWNER/REPO/hooks -f name=web -F active=true -f 'events[]=push' -f config[url]=${url} \\`,
    '    -f config[content_type]=json -f config[secret]="$SECRET"',
  ],
  gitea: repository("Gitea: the repository, Settings, Webhooks, Add webhook, Gitea", "application/json", [
    "  Method        POST",
    "  Trigger on    Push events, or those that you need",
  ]),
  forgejo: repository(
    "Forgejo: the repository, Settings, Webhooks, Add webhook, Forgejo",
    "application/json",
    ["  Method        POST", "  Trigger on    Push events, or those that you need"],
  ),
  gitlab: (url) => [
    "GitLab: the project, Settings, Webhooks, Add new webhook",
    `  URL            ${url}`,
    "  Signing token  the secret of this webhook, with whsec_",
    "  Trigger        Push events, or those that you need",
  ],
  "gitlab-token": (url) => [
    "GitLab: the project, Settings, Webhooks, Add new webhook",
    `  URL           ${url}`,
    "  Secret token  the secret of this webhook",
    "  Trigger       Push events, or those that you need",
    "The token says who sends; the body is not signed. Where your GitLab has signing tokens, make a webhook of the provider gitlab.",
  ],
  stripe: (url) => [
    "Stripe: Developers, Webhooks, Add destination, Webhook endpoint",
    `  Endpoint URL  ${url}`,
    "  Events        those that you need",
    "Stripe then shows the signing secret (whsec_…). Give it to this webhook:",
    "  pulse webhook rotate NAME --overlap 0s   (the secret is read from standard input)",
  ],
  slack: (url) => [
    "Slack: api.slack.com/apps, your app, Event Subscriptions, Enable Events",
    `  Request URL  ${url}`,
    "  Subscribe to the events that you need. For commands: Slash Commands, Create, with the same Request URL.",
    "The secret of this webhook is the Signing Secret in Basic Information of the app. Slack asks for a word at once: it gets it when the secret is right.",
  ],
  standard: (url) => [
    "Standard Webhooks: wherever the sender asks for an endpoint",
    `  URL     ${url}`,
    "  Secret  the one of this webhook (whsec_…), or the sender's own: pulse webhook rotate NAME --overlap 0s",
    "The sender signs id.timestamp.body and says so in webhook-id, webhook-timestamp and webhook-signature.",
  ],
};

/** What to type where, ready to be followed. */
export function setUpText({ provider, url, hmac, toleranceMs }: Place): string {
  const lines = provider === "hmac" ? ownText(url, hmac) : texts[provider](url);
  const timed = provider === "hmac" ? hmac.timestampHeader !== null : isTimed(provider);
  const tolerance = timed ? [`What was signed more than ${toleranceMs / 1000} s ago is refused.`] : [];
  return [...lines, ...tolerance].join("\n");
}

function isTimed(provider: Provider): boolean {
  return ["gitlab", "stripe", "slack", "standard"].includes(provider);
}

function ownText(url: string, settings: HmacSettings): string[] {
  const { header, algorithm, encoding, prefix, signed, timestampHeader, idHeader, eventHeader } = settings;
  const optional = [
    ...(timestampHeader === null ? [] : [`  ${timestampHeader}: seconds since 1970`]),
    ...(idHeader === null ? [] : [`  ${idHeader}: an id of its own for each delivery`]),
    ...(eventHeader === null ? [] : [`  ${eventHeader}: the name of what happened`]),
  ];
  const digest = encoding === "hex" ? "" : " -binary | base64 -w0";
  const plain = signed === "{body}" && optional.length === 0 && settings.secretEncoding === "text";
  const shell = [
    "",
    "From a shell:",
    '  BODY=\'{"hello":"world"}\'',
    `  SIGNATURE=$(printf %s "$BODY" | openssl dgst -${algorithm} -hmac "$SECRET"${digest === "" ? " -r | cut -d' ' -f1" : digest})`,
    `  curl -X POST ${url} -H 'content-type: application/json' -H "${header}: ${prefix}$SIGNATURE" --data-binary "$BODY"`,
  ];
  return [
    `POST ${url}`,
    `  ${header}: ${prefix}<HMAC-${algorithm.toUpperCase()} of ${signed} in ${encoding}>`,
    ...optional,
    ...(idHeader === null
      ? ["Without a header for an id, a body that was sent before is taken for the same delivery."]
      : []),
    ...(plain ? shell : []),
  ];
}
