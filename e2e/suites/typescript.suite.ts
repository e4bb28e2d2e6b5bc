import { describe, expect, test } from "vitest";
import { executionOf, type World } from "../world.ts";

const files = {
  "index.ts": `/** The entry. */
export { handler } from "./app.tsx";
`,
  "app.tsx": `/** @jsxRuntime classic @jsx h */
import { Colour, nameOf } from "./colours.ts";
import { h } from "./h.ts";
const Card = (props: { title: string }) => props;
export const handler = (event: { colour: keyof typeof Colour; fail?: boolean }) => {
  if (event.fail) return nameOf(undefined as never);
  return (<Card title={nameOf(Colour[event.colour])} />).props.title;
};
`,
  "colours.ts": `export enum Colour {
  Red = 1,
  Green,
}
interface Named { name: string }
const names: Record<Colour, Named> = { [Colour.Red]: { name: "red" }, [Colour.Green]: { name: "green" } };
export function nameOf(colour: Colour): string {
  return names[colour].name satisfies string;
}
`,
  "h.ts": `export const h = (type: unknown, props: object | null, ...children: unknown[]) => ({ type, props: { ...props, children } });
`,
};

/** What only TypeScript has: enums, JSX, several files, and traces that lead to the source as it was written. */
export function typescriptSuite(world: () => World): void {
  describe("TypeScript", () => {
    test("enums, JSX and several files work, and an error names the user's own file and line", async () => {
      await world().deploy("typed", files);
      const call = (body: object) => world().call("/f/typed", { method: "POST", body: JSON.stringify(body) });
      expect(await (await call({ colour: "Green" })).text()).toBe("green");
      const failed = await call({ fail: true });
      expect(failed.status).toBe(500);
      const { error } = await world().execution(executionOf(failed));
      expect(error).toMatchObject({ file: "colours.ts", line: 8 });
      expect(error?.stack).toMatch(/colours\.ts:8[\s\S]*app\.tsx:6/);
    });
  });
}
