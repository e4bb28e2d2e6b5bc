import { executionOf, type World } from "../world.ts";

/** Names, logs and errors that would do harm where they are taken for markup or for orders to a terminal. */
export const evil = {
  html: `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`,
  ansi: "\u001b[31mred\u001b[0m \u001b[2J\u001b]0;owned\u0007 \u001b[1;42mbold on green\u001b[0m",
};

const greeter = `export default async (request) => {
  const { name = "world" } = await request.json().catch(() => ({}));
  console.log(\`greeting \${name}\`);
  return Response.json({ hello: name });
};
`;

const talker = `export default async (request) => {
  const { lines = 0, atOnce = lines, longest = 0, bytes = 0, texts = [] } = await request.json();
  for (const text of texts) console.log(text);
  for (let i = 1; i <= lines; i++) {
    console.log(\`line \${i} of \${lines}\`);
    if (i % atOnce === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  }
  if (longest > 0) console.error("x".repeat(longest));
  return new Response("y".repeat(bytes), { headers: { "content-type": "text/plain" } });
};
`;

/** Fails in line 4 for an order that has no width. */
export const resizer = `import sys

def handler(order, ctx):
    size = order["width"] * 2
    print("resized to", size, file=sys.stderr)
    return {"size": size}
`;

const sleeper = `export default async (request, ctx) => {
  console.log("waiting");
  await new Promise((resolve) => ctx.signal.addEventListener("abort", resolve));
  return new Response("stopped");
};
`;

/** Deploys functions that greet, talk at length, fail, and wait until they are cancelled. */
export async function deploySeeds(world: World): Promise<void> {
  await world.deploy("greet", { "index.ts": greeter });
  await world.deploy("talk", { "index.ts": talker }, { settings: { timeout: "2m" } });
  await world.deploy("resize", { "main.py": resizer }, { runtime: "python" });
  await world.deploy("sleep", { "index.ts": sleeper }, { settings: { timeout: "5m" } });
}

/** Calls a function with a JSON body and returns the id of the execution, which has ended unless `respondAsync`. */
export async function callWith(
  world: World,
  name: string,
  body: unknown,
  respondAsync = false,
): Promise<string> {
  const response = await world.call(`/f/${name}`, {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "content-type": "application/json", ...(respondAsync ? { prefer: "respond-async" } : {}) },
  });
  await response.arrayBuffer();
  return executionOf(response);
}
