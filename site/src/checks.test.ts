import { expect, test } from "vitest";
import { callFault, commandFault, mentionFault } from "./command-checks.ts";
import { checkJson, checkYaml } from "./data-checks.ts";
import { commandsOf } from "./shell-words.ts";

test("the commands of a script are found, wherever they stand", () => {
  const script = `
# A comment: nothing in it counts
export KEY=$(pulse key create ci --scope 'invoke:*' --json) # nor here
until pulse answer "$id" Yes 2>/dev/null; do sleep 1; done
PULSE_X=1 pulse exec 'web & prod' -- uname -r | head -n 1 > out.txt
for n in $(seq 10); do curl -d '{"a": 1}' \\
  localhost/f/x; done
cat > file <<END
pulse nothing of this
END
pulse status < <token>`;
  expect(commandsOf(script)).toEqual([
    ["pulse", "key", "create", "ci", "--scope", "invoke:*", "--json"],
    ["export", "KEY=$(pulse key create ci --scope 'invoke:*' --json)"],
    ["pulse", "answer", "$id", "Yes"],
    ["sleep", "1"],
    ["pulse", "exec", "web & prod", "--", "uname", "-r"],
    ["head", "-n", "1"],
    ["seq", "10"],
    ["curl", "-d", '{"a": 1}', "localhost/f/x"],
    ["cat"],
    ["pulse", "status"],
  ]);
  expect(() => commandsOf("echo $(date")).toThrow("parenthesis");
  expect(() => commandsOf('echo "date')).toThrow("quote");
});

test.each([
  ["pulse functions list", /unknown command/],
  ["pulse runner frobnicate", /unknown command/],
  ["pulse runner", /./],
  ["pulse status --frob", /unknown option/],
  ["pulse function get", /missing required argument/],
  ["pulse schedule create a b c", /too many arguments/],
  ["npx -y pnpm@12.21.0 run nothing", /no script nothing/],
  ["npx -y pnpm@12.21.0 pulse nothing", /unknown command/],
  ["docker compose exec gateway pulse nothing", /unknown command/],
  ["kubectl exec x -- pulse nothing", /unknown command/],
  ["sudo PULSE_DATA_DIR=/x /opt/pulse/bin/pulse nothing", /unknown command/],
  ["sudo cp install/systemd/nothing.service /etc", /is not there/],
  ["frobnicate --now", /no program that pages use/],
  ["curl https://pulse.example.test/v1/nothing", /there is no GET/],
  ["curl -X DELETE https://pulse.example.test/v1/functions", /there is no DELETE/],
  [`curl https://pulse.example.test/v1/keys -d '{"nmae": 1}'`, /nmae|name/],
  [`pulse api POST /v1/enrolment-tokens --data '{"usages": 3}'`, /usages/],
])("%s is found to be wrong", async (script, fault) => {
  expect(await commandFault(commandsOf(script)[0] ?? [])).toMatch(fault);
});

test("a command in a sentence may lack arguments, and must be there with its flags", () => {
  for (const right of ["runner", "runner token --pool", "exec", "run disk@1", "login --gateway <url>"])
    expect([right, mentionFault(right.split(" "))]).toEqual([right, null]);
  expect(mentionFault(["runner", "frobnicate"])).toBe("runner has no frobnicate");
  expect(mentionFault(["frobnicate"])).toBe("there is no command frobnicate");
  expect(mentionFault(["runner", "token", "--frob"])).toBe("runner token has no --frob");
});

test("a body is checked against the contract", () => {
  expect(callFault("POST", "/v1/enrolment-tokens", '{"uses": 3}')).toBeNull();
  expect(callFault("POST", "/v1/enrolment-tokens", '{"uses": "3"}')).toMatch("uses");
  expect(callFault("POST", "/api/workers/web-1/command", '{"command": "uptime"}')).toBeNull();
  expect(callFault("POST", "/api/workers/web-1/command", "{}")).toMatch("command");
});

const block = (text: string, file: string | null = null) => ({ language: "", file, text });

test("JSON is known by what it says it is, or by its keys", () => {
  const good = '// POST /v1/enrolment-tokens\n{ "uses": 3 } // three\n{ "name": "a", "secrets": ["B"] }\n';
  expect(checkJson(block(good))).toEqual({ kind: "body of the API, pulse.jsonc", faults: [] });
  expect(checkJson(block('{ "name": "a", "secrets": 1 }')).faults).not.toEqual([]);
  expect(checkJson(block('{ "steps": [{ "name": "A", "type": "sleep" }] }')).faults).not.toEqual([]);
  expect(checkJson(block('{ "gateways": 1 }', "policy.json")).faults).not.toEqual([]);
  expect(checkJson(block('{ "anything": 1 }')).kind).toBeNull();
  expect(checkJson(block("")).kind).toBeNull();
  expect(() => checkJson(block('{ "name": }'))).toThrow();
});

test("YAML is a workflow or a part of one, or a file by its name", () => {
  expect(checkYaml(block("steps:\n  - { name: A, type: wait, duration: 1s }\n"))).toEqual({
    kind: "workflow",
    faults: [],
  });
  expect(checkYaml(block("  - { name: A, type: wait, seconds: 1 }\n")).faults).not.toEqual([]);
  expect(checkYaml(block("triggers: [{ type: never }]\n")).faults).not.toEqual([]);
  expect(checkYaml(block("schedules: { a: {} }\n", "pulse.yaml")).faults).not.toEqual([]);
  expect(
    checkYaml(block("steps: [{ name: A, type: wait, duration: 1s }]\n", "wrong.yaml")).faults,
  ).not.toEqual([]);
  expect(checkYaml(block("anything: 1\n")).kind).toBeNull();
});
