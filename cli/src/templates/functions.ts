import { imageStarter, starters } from "@pulse/schema/starter";
import { readme, settings, type Template } from "./template.ts";

const typescript: Template = {
  summary: { en: "a function in TypeScript", es: "una función en TypeScript" },
  files: (name) => ({
    "pulse.jsonc": settings(name, { runtime: "typescript" }),
    [starters.typescript.file]: starters.typescript.text,
  }),
};

const python: Template = {
  summary: { en: "a function in Python", es: "una función en Python" },
  files: (name) => ({
    "pulse.jsonc": settings(name, { runtime: "python" }),
    [starters.python.file]: starters.python.text,
  }),
};

const image: Template = {
  summary: {
    en: "a program of your own, in an image of its own (needs a runner with Docker)",
    es: "un programa propio, en su propia imagen (necesita un ejecutor con Docker)",
  },
  files: (name) => ({
    "pulse.jsonc": settings(name, imageStarter.settings(name)),
    ...imageStarter.files,
  }),
};

const hono: Template = {
  summary: { en: "an API with routes, in Hono", es: "una API con rutas, en Hono" },
  files: (name) => ({
    "pulse.jsonc": settings(name, { runtime: "typescript", concurrency: 10 }),
    "index.ts": `import { Hono } from "npm:hono@4";

const app = new Hono();

app.get("/", (c) => c.json({ routes: ["GET /", "GET /greet/:name", "POST /sum"] }));

app.get("/greet/:name", (c) => c.text(\`Hello, \${c.req.param("name")}!\`));

app.post("/sum", async (c) => {
  const numbers: unknown = await c.req.json().catch(() => null);
  if (!Array.isArray(numbers) || !numbers.every((one) => typeof one === "number")) {
    return c.json({ error: "post a JSON array of numbers" }, 400);
  }
  return c.json({ sum: numbers.reduce((sum, one) => sum + one, 0) });
});

export default app;
`,
    "README.md": readme(
      name,
      `A Hono app as it is: its routes are below \`/f/${name}\`. The runner installs \`hono\` when the version is built.`,
      `pulse deploy .
pulse api GET /f/${name}/greet/Ada
pulse api POST /f/${name}/sum -d '[1, 2, 3.5]'`,
    ),
  }),
};

const wsgi: Template = {
  summary: { en: "a web app in Python (WSGI)", es: "una aplicación web en Python (WSGI)" },
  files: (name) => ({
    "pulse.jsonc": settings(name, { runtime: "python" }),
    "main.py": `"""A WSGI app from the standard library. What Flask, Django or Bottle makes is deployed the same way, with a requirements.txt."""

from html import escape
from urllib.parse import parse_qs


def app(environ, start_response):
    if environ["PATH_INFO"] != "/":
        return answer(start_response, "404 Not Found", "text/plain", "no such page\\n")
    name = parse_qs(environ.get("QUERY_STRING", "")).get("name", ["world"])[0]
    return answer(start_response, "200 OK", "text/html", f"<!doctype html><title>Hello</title><h1>Hello, {escape(name)}!</h1>\\n")


def answer(start_response, status, content_type, text):
    body = text.encode()
    start_response(status, [("Content-Type", f"{content_type}; charset=utf-8"), ("Content-Length", str(len(body)))])
    return [body]
`,
    "README.md": readme(
      name,
      `A WSGI app: its pages are below \`/f/${name}\`.`,
      `pulse deploy .
pulse api GET "/f/${name}/?name=Ada"`,
    ),
  }),
};

const stream: Template = {
  summary: { en: "tokens that are streamed as they come", es: "tokens que se envían según llegan" },
  files: (name) => ({
    "pulse.jsonc": settings(name, { runtime: "typescript" }),
    "index.ts": `import { setTimeout as pause } from "node:timers/promises";

/** Sends the words of a text as server-sent events, then \`done\`. Stops when the caller leaves. */
export async function* handler({ text = "one two three" }: { text?: string }, ctx: { signal: AbortSignal }) {
  const tokens = text.match(/\\S+\\s*/g) ?? [];
  for (const token of tokens) {
    yield { event: "token", data: token };
    await pause(50, undefined, { signal: ctx.signal });
  }
  yield { event: "done", data: JSON.stringify({ tokens: tokens.length }) };
}
`,
    "README.md": readme(
      name,
      "A generator streams what it yields: items with `event` or `data` are server-sent events.",
      `pulse deploy .
pulse invoke ${name} -e text="to be or not"`,
    ),
  }),
};

const lambda: Template = {
  summary: {
    en: "a function as it was written for AWS Lambda, unchanged",
    es: "una función tal como se escribió para AWS Lambda, sin cambios",
  },
  files: (name) => ({
    "pulse.jsonc": settings(name, {
      runtime: "typescript",
      lambda: { handler: "src/app.handler", event: "2.0" },
    }),
    "src/app.js": `const greetings = require("./greetings.json");

exports.handler = async (event, context) => {
  const language = event.queryStringParameters?.language ?? "en";
  const greeting = greetings[language];
  if (greeting === undefined) {
    return { statusCode: 404, body: JSON.stringify({ message: \`no greeting in \${language}\` }) };
  }
  return {
    statusCode: 200,
    headers: { "Content-Type": "application/json" },
    cookies: [\`language=\${language}; Path=/\`],
    body: JSON.stringify({ greeting, path: event.rawPath, function: context.functionName }),
  };
};
`,
    "src/greetings.json": `{ "en": "Hello", "es": "Hola" }\n`,
    "README.md": readme(
      name,
      `\`lambda\` in \`pulse.jsonc\` names the handler as Lambda does, and has it called as behind a function URL (\`"event": "2.0"\`).`,
      `pulse deploy .
pulse api GET "/f/${name}/hello?language=es"`,
    ),
  }),
};

/** Templates of functions that are called. */
export const functionTemplates = { typescript, python, image, hono, wsgi, stream, lambda };
