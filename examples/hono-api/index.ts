import { Hono } from "hono";

const app = new Hono();

app.get("/", (c) => c.json({ routes: ["GET /", "GET /greet/:name", "POST /sum"] }));

app.get("/greet/:name", (c) => c.text(`${c.req.query("with") ?? "Hello"}, ${c.req.param("name")}!`));

app.post("/sum", async (c) => {
  const body: unknown = await c.req.json().catch(() => null);
  if (!Array.isArray(body) || !body.every((one) => typeof one === "number")) {
    return c.json({ error: "post a JSON array of numbers" }, 400);
  }
  return c.json({ sum: body.reduce((sum, one) => sum + one, 0) });
});

export default app;
