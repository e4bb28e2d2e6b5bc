import type { Language } from "./wire/manifest.ts";

/** The function that `pulse init` and the dashboard start from, by language: one entry file, and a call that shows what it does. */
export const starters: Readonly<Record<Language, { file: string; text: string; input: string }>> = {
  typescript: {
    file: "index.ts",
    text: `export async function handler(event: { name?: string }, ctx: { log: { info(message: string, fields?: object): void } }) {
  ctx.log.info("greeting", { name: event.name });
  return { message: \`Hello, \${event.name ?? "world"}!\` };
}
`,
    input: '{ "name": "Ana" }',
  },
  python: {
    file: "main.py",
    text: `def main(name: str = "world") -> dict:
    """The annotations are the input's schema."""
    return {"message": f"Hello, {name}!"}
`,
    input: '{ "name": "Ana" }',
  },
};

/** What `pulse init image` starts from: a program that listens on `$PORT`, and how its image is built. */
export const imageStarter: Readonly<{
  settings(name: string): { image: string; protocol: "http" };
  files: Readonly<Record<string, string>>;
}> = {
  settings: (name) => ({ image: `${name}:1`, protocol: "http" }),
  files: {
    Dockerfile: `# docker build -t <image> . && docker push <image>, then pulse deploy
FROM python:3.13-slim
COPY server.py /app/server.py
CMD ["python3", "/app/server.py"]
`,
    "server.py": `import http.server
import json
import os


class Greeter(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        name = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or "{}").get("name", "world")
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps({"message": f"Hello, {name}!"}).encode())

    do_GET = do_POST


http.server.ThreadingHTTPServer(("", int(os.environ["PORT"])), Greeter).serve_forever()
`,
  },
};
