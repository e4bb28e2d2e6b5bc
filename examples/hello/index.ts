/** Greets: `{"name": "Ada"}` → `{"message": "Hello, Ada!"}`; without a name, the world. */
export function handler(event: { name?: string }) {
  return { message: `Hello, ${event.name ?? "world"}!` };
}
