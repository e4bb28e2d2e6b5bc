/** A call to show as a line that can be pasted somewhere else. */
export interface ShownCall {
  /** Of the function, without a slash at its end. */
  url: string;
  name: string;
  method: string;
  /** Below the function, with the query; starts with `/`. */
  path: string;
  headers: Readonly<Record<string, string>>;
  body: string;
  /** Whether callers need a key. */
  needsKey: boolean;
}

/** The forms a call can be copied in. */
export const exampleForms = ["curl", "fetch", "python", "pulse"] as const;
export type ExampleForm = (typeof exampleForms)[number];

/** The call as curl, JavaScript, Python or `pulse` would make it; the key is left for the reader to fill in. */
export function exampleOf(form: ExampleForm, call: ShownCall): string {
  return { curl, fetch: javascript, python, pulse }[form](call);
}

function curl(call: ShownCall): string {
  const parts = [`curl ${call.method === "GET" ? "" : `-X ${call.method} `}${inShell(addressOf(call))}`];
  if (call.needsKey) parts.push('-H "authorization: Bearer $PULSE_KEY"');
  for (const [name, value] of Object.entries(call.headers)) parts.push(`-H ${inShell(`${name}: ${value}`)}`);
  if (call.body !== "") parts.push(`--data-raw ${inShell(call.body)}`);
  return parts.join(" \\\n  ");
}

function javascript(call: ShownCall): string {
  const given = Object.entries(call.headers).map(([name, value]) => `${quoted(name)}: ${quoted(value)}`);
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the reader's own program fills it in
  const key = call.needsKey ? ["authorization: `Bearer ${process.env.PULSE_KEY}`"] : [];
  const headers = [...key, ...given];
  const lines = [`  method: ${quoted(call.method)},`];
  if (headers.length > 0) lines.push(`  headers: { ${headers.join(", ")} },`);
  if (call.body !== "") lines.push(`  body: ${quoted(call.body)},`);
  return `const response = await fetch(${quoted(addressOf(call))}, {\n${lines.join("\n")}\n});\nconsole.log(response.status, await response.text());`;
}

function python(call: ShownCall): string {
  const key = call.needsKey ? ['"authorization": "Bearer " + os.environ["PULSE_KEY"]'] : [];
  const given = Object.entries(call.headers).map(([name, value]) => `${quoted(name)}: ${quoted(value)}`);
  const headers = [...key, ...given];
  const lines = [`    ${quoted(addressOf(call))},`, `    method=${quoted(call.method)},`];
  if (headers.length > 0) lines.push(`    headers={${headers.join(", ")}},`);
  if (call.body !== "") lines.push(`    data=${quoted(call.body)}.encode(),`);
  const imports = call.needsKey ? "import os\nimport urllib.request" : "import urllib.request";
  return `${imports}\n\nrequest = urllib.request.Request(\n${lines.join("\n")}\n)\nwith urllib.request.urlopen(request) as response:\n    print(response.status, response.read().decode())`;
}

function pulse(call: ShownCall): string {
  const parts = [`pulse invoke ${call.name}`];
  if (call.method !== "POST") parts.push(`--method ${call.method}`);
  if (call.path !== "/") parts.push(`--path ${inShell(call.path)}`);
  for (const [name, value] of Object.entries(call.headers)) {
    if (!isJsonType(name, value)) parts.push(`--header ${inShell(`${name}: ${value}`)}`);
  }
  // An `@` at the start would name a file.
  const isPiped = call.body.startsWith("@");
  if (call.body !== "") parts.push(`--data ${isPiped ? "@-" : inShell(call.body)}`);
  return `${isPiped ? `printf %s ${inShell(call.body)} | ` : ""}${parts.join(" ")}`;
}

function isJsonType(name: string, value: string): boolean {
  return name.toLowerCase() === "content-type" && value === "application/json";
}

function addressOf({ url, path }: ShownCall): string {
  return path === "/" ? url : `${url}${path}`;
}

/** One word of a POSIX shell. */
function inShell(text: string): string {
  return /^[A-Za-z0-9_./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** A string literal; the escapes of JSON are those of JavaScript and Python alike. */
function quoted(text: string): string {
  return JSON.stringify(text);
}
