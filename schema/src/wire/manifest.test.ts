import { expect, test } from "vitest";
import { deploySettings, manifest } from "./manifest.ts";

test.each(["wait", "retry"])("onLost: %s is refused where it would have no effect", (onLost) => {
  for (const shape of [deploySettings, manifest]) {
    const given = shape === manifest ? { name: "one", onLost } : { onLost };
    const { error } = shape.safeParse(given);
    expect(error?.issues).toMatchObject([
      { path: ["onLost"], message: expect.stringContaining(`"${onLost}" needs "delivery": "atMostOnce"`) },
    ]);
    expect(shape.safeParse({ ...given, delivery: "atMostOnce" }).success).toBe(true);
  }
});

test("onLost: fail may be said with either delivery", () => {
  for (const delivery of ["atLeastOnce", "atMostOnce"]) {
    expect(deploySettings.safeParse({ delivery, onLost: "fail" }).success).toBe(true);
  }
});
