/** Spanish help texts of the set-up for agents, by the English ones. */
export const mcpHelpEs = {
  "a set-up for agents, ready to paste: the gateway's tools over MCP":
    "una configuración para agentes, lista para pegar: las herramientas de la pasarela por MCP",
  "json (most clients), vscode or toml, json unless said":
    "json (la mayoría de los clientes), vscode o toml; json si no se dice",
};
