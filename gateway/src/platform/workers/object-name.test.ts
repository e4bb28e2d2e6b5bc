import { expect, test } from "vitest";
import { controlObject, poolObject, roleOf } from "./object-name.ts";

test("a pool's and a project's object are known by their names again", () => {
  const place = { project: "shop", pool: "gpu" };
  expect(roleOf(poolObject(place))).toEqual({ kind: "pool", ...place });
  expect(roleOf(controlObject("shop"))).toEqual({ kind: "control", project: "shop" });
});

test.each([["hub"], [""], ["pool"], ["pool/shop"], ["pool/shop/"], ["pool//gpu"], ["pool/shop/gpu/x"]])(
  "%s is no object's name",
  (name) => {
    expect(roleOf(name)).toBeNull();
  },
);

test.each([["control"], ["control/"], ["control/shop/gpu"]])("%s is none either", (name) => {
  expect(roleOf(name)).toBeNull();
});
