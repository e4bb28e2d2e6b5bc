/** What the page does: sends what was written to `/graphql`, and shows the answer as text. The key stays in its field. */
export const playgroundScript = `"use strict";
const of = (id) => document.getElementById(id);
const withKey = (headers) => {
  const key = of("key").value.trim();
  return key === "" ? headers : { ...headers, authorization: "Bearer " + key };
};
const shown = (text) => {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
};
async function run() {
  const status = of("status");
  let variables;
  try {
    variables = JSON.parse(of("variables").value.trim() || "{}");
  } catch (error) {
    status.textContent = "The variables are no JSON: " + error.message;
    return;
  }
  of("run").disabled = true;
  status.textContent = "Running…";
  const since = performance.now();
  try {
    const response = await fetch("/graphql", {
      method: "POST",
      headers: withKey({ "content-type": "application/json", accept: "application/json" }),
      body: JSON.stringify({ query: of("query").value, variables }),
    });
    of("answer").textContent = shown(await response.text());
    status.textContent = response.status + ", " + Math.round(performance.now() - since) + " ms";
  } catch (error) {
    status.textContent = "The gateway did not answer: " + error.message;
  } finally {
    of("run").disabled = false;
  }
}
async function showSchema() {
  if (!of("about").open) return;
  try {
    const response = await fetch("/graphql/schema", { headers: withKey({}) });
    of("schema").textContent = shown(await response.text());
  } catch (error) {
    of("schema").textContent = "The gateway did not answer: " + error.message;
  }
}
of("run").addEventListener("click", run);
of("about").addEventListener("toggle", showSchema);
of("query").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    run();
  }
});
`;
