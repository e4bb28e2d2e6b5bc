import { type Command, Option } from "commander";
import { run } from "../session.ts";

const clients = ["json", "vscode", "toml"] as const;
type ClientKind = (typeof clients)[number];

/** Adds `mcp`: what to paste into a client of the Model Context Protocol. */
export function addMcp(program: Command): void {
  program
    .command("mcp")
    .description("a set-up for agents, ready to paste: the gateway's tools over MCP")
    .addOption(
      new Option("--client <form>", "json (most clients), vscode or toml, json unless said").choices(clients),
    )
    .action(
      run(async ({ profile, answer, note }, command) => {
        const { client = "json" } = command.opts<{ client?: ClientKind }>();
        const url = `${profile.gateway.replace(/\/$/, "")}/mcp`;
        const config = setUps[client](url, profile.project);
        note("mcpKey");
        answer({ url, client, config }, () =>
          typeof config === "string" ? config : JSON.stringify(config, null, 2),
        );
      }),
    );
}

/** What each form of settings wants, by the gateway's address and the project that is meant, if one is named. */
const setUps: Record<ClientKind, (url: string, project: string | undefined) => unknown> = {
  json(url, project) {
    return { mcpServers: { pulse: { type: "http", url, headers: headersOf(`\${PULSE_KEY}`, project) } } };
  },
  vscode(url, project) {
    const key = { type: "promptString", id: "pulse-key", description: "Pulse API key", password: true };
    const server = { type: "http", url, headers: headersOf(`\${input:pulse-key}`, project) };
    return { inputs: [key], servers: { pulse: server } };
  },
  toml(url, project) {
    const lines = [
      "[mcp_servers.pulse]",
      `url = ${JSON.stringify(url)}`,
      'bearer_token_env_var = "PULSE_KEY"',
    ];
    if (project !== undefined) lines.push(`http_headers = { "Pulse-Project" = ${JSON.stringify(project)} }`);
    return lines.join("\n");
  },
};

function headersOf(key: string, project: string | undefined): Record<string, string> {
  return { Authorization: `Bearer ${key}`, ...(project === undefined ? {} : { "Pulse-Project": project }) };
}
