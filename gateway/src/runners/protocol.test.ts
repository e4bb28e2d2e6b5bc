import { expect, test } from "vitest";
import { protocolFault } from "./protocol.ts";

test("a gateway serves runners of its own protocol and of the one before", () => {
  expect([protocolFault("5", 5), protocolFault("4", 5)]).toEqual([null, null]);
  expect(protocolFault("1", 1)).toBeNull();
});

test("an older runner is refused with what to do at the runner", () => {
  expect(protocolFault("3", 5)).toEqual({
    detail: expect.stringContaining("the protocols 4 and 5 of runners, and the runner speaks 3"),
    hint: expect.stringMatching(/^Upgrade the runner/),
  });
});

test("a newer runner is refused with what to do at the gateway, be it by one or by two", () => {
  for (const spoken of ["6", "7"]) {
    expect(protocolFault(spoken, 5)).toEqual({
      detail: expect.stringContaining(`the runner speaks ${spoken}: it is newer`),
      hint: expect.stringMatching(/^Upgrade the gateway first/),
    });
  }
});

test("before the first protocol there was none", () => {
  expect(protocolFault("0", 1)?.detail).toMatch(/^this gateway serves protocol 1 of runners, .* too old/);
});

test.each([[null], [""], ["x"], ["1.0"], ["-1"], [" 1"], ["1e0"], ["1234567"]])(
  "%j is no protocol",
  (spoken) => {
    expect(protocolFault(spoken, 1)?.detail).toContain(`got ${JSON.stringify(spoken)}`);
  },
);
