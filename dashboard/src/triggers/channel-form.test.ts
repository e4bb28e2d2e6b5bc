import { channelSettings, channelTypes } from "@pulse/schema/wire/channels";
import { expect, test } from "vitest";
import { channelFields, readChannel, readQuiet } from "./channel-form.ts";

test("addresses of mail are split however they are written", () => {
  expect(readChannel("email", { to: " ana@example.test; bo@example.test,\ncy@example.test " })).toEqual({
    type: "email",
    to: ["ana@example.test", "bo@example.test", "cy@example.test"],
  });
});

test("what is empty and what is another kind's is left out", () => {
  expect(
    readChannel("ntfy", { topic: "alarms", server: " ", token: "", url: "https://example.test" }),
  ).toEqual({
    type: "ntfy",
    topic: "alarms",
  });
});

const typed = {
  to: "ana@example.test",
  url: "https://example.test/services/x",
  token: "123456:ABCDEFGHIJKLMNOPQRSTUVWXYZ",
  chat: "@people",
  topic: "alarms",
  server: "https://ntfy.example.test",
  secret: `whsec_${"A".repeat(32)}`,
};

test.each(channelTypes)("every field of %s is one that the API has", (type) => {
  const settings = readChannel(type, typed);
  expect(channelSettings.parse(settings)).toEqual(settings);
  expect(Object.keys(settings).length).toBe(channelFields[type].length + 1);
});

test("quiet hours have both ends or none", () => {
  const timezone = "Europe/Madrid";
  expect(readQuiet({ from: "22:00", to: "07:00", timezone })).toEqual({
    from: "22:00",
    to: "07:00",
    timezone,
  });
  expect(readQuiet({ from: "", to: "", timezone })).toBeNull();
  expect(readQuiet({ from: "22:00", to: "", timezone })).toBeUndefined();
});
