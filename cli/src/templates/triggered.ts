import { readme, settings, type Template } from "./template.ts";

const webhook: Template = {
  summary: {
    en: "a receiver of signed webhooks, here of GitHub's pushes",
    es: "un receptor de webhooks firmados, aquí los push de GitHub",
  },
  files: (name) => ({
    "pulse.jsonc": settings(name, { runtime: "typescript" }),
    "index.ts": `interface Push {
  ref?: string;
  repository?: { full_name?: string };
  commits?: { message: string }[];
}

/** Called for deliveries only that the gateway has checked: their signature, and that each comes once. */
export default async function receive(request: Request, ctx: { log: { info(message: string, fields?: object): void } }) {
  const push: Push = await request.json();
  const summary = {
    repository: push.repository?.full_name ?? null,
    branch: push.ref?.replace("refs/heads/", "") ?? null,
    commits: push.commits?.length ?? 0,
  };
  ctx.log.info("pushed", summary);
  return Response.json(summary);
}
`,
    "push.json": `{ "ref": "refs/heads/main", "repository": { "full_name": "example/shop" }, "commits": [{ "message": "First" }] }\n`,
    "README.md": readme(
      name,
      `The gateway gives out an address and a secret, checks the signature of what is delivered there, and calls the function with it.
The last lines are what GitHub does at a push; \`pulse webhook setup ${name}\` says what to type where there.`,
      `pulse deploy .
pulse webhook create ${name} --provider github --function ${name} > made
url=$(sed -n 1p made) secret=$(sed -n 2p made); rm made
signature=$(openssl dgst -sha256 -hmac "$secret" -r push.json | cut -d' ' -f1)
curl "$url" -H "Content-Type: application/json" -H "X-GitHub-Event: push" -H "X-GitHub-Delivery: first" \\
  -H "X-Hub-Signature-256: sha256=$signature" --data-binary @push.json`,
    ),
  }),
};

const schedule: Template = {
  summary: { en: "a job that runs at times", es: "un trabajo que se ejecuta a sus horas" },
  files: (name) => ({
    "pulse.jsonc": settings(name, { runtime: "python" }),
    "main.py": `import datetime


def scheduled(event, ctx):
    """Called by its schedule. What it returns is kept with the execution; what it raises is tried again."""
    now = datetime.datetime.now(datetime.timezone.utc)
    ctx.log.info("tidied up", at=now.isoformat())
    return {"tidied": True, "attempt": ctx.attempt}
`,
    "README.md": readme(
      name,
      `Every night at 02:30 in Madrid; \`pulse schedule next ${name}\` says when, \`pulse schedule ticks ${name}\` what became of it. The last line runs it now.`,
      `pulse deploy .
pulse schedule create ${name} --cron '30 2 * * *' --timezone Europe/Madrid --function ${name}
pulse schedule trigger ${name}`,
    ),
  }),
};

const event: Template = {
  summary: { en: "a function that is called for events", es: "una función que se llama por eventos" },
  files: (name) => ({
    "pulse.jsonc": settings(name, {
      runtime: "typescript",
      events: [{ name: "order.paid", match: "event.total > 10" }],
    }),
    "index.ts": `interface Order {
  order: number;
  total: number;
}

interface Context {
  /** The same for every attempt: give it to whatever must not happen twice. */
  idempotencyKey: string;
  log: { info(message: string, fields?: object): void };
}

/** Called once for each event \`order.paid\` with a total above 10, and again should it throw. */
export async function handler({ order, total }: Order, ctx: Context) {
  ctx.log.info("ship it", { order, total });
  return { shipped: order };
}
`,
    "README.md": readme(
      name,
      "An event is a name and some JSON. The second one is let pass: its total is too small.",
      `pulse deploy .
pulse event emit order.paid --data '{"order": 7, "total": 12}'
pulse event emit order.paid --data '{"order": 8, "total": 2}'`,
    ),
  }),
};

/** Templates of functions that something starts. */
export const triggeredTemplates = { webhook, schedule, event };
