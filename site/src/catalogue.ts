/** A page: its address without a suffix, and what it is called in Spanish and in English (there as its first heading says, unless said). */
export type Entry = readonly [id: string, spanish: string, english?: string];

/** Pages that are told together in the navigation. */
export interface Section {
  en: string;
  es: string;
  entries: readonly Entry[];
}

/** The navigation. Decisions, examples, and pages of `docs/` that nobody has named here yet are found by their folders. */
export const sections: readonly Section[] = [
  {
    en: "Begin",
    es: "Empezar",
    entries: [
      ["index", "Pulse"],
      ["tutorial", "Los primeros cinco minutos"],
      ["guides", "Guías por tarea"],
      ["readme", "De un vistazo, y ajustes", "At a glance, and settings"],
      ["troubleshooting", "Solución de problemas"],
    ],
  },
  {
    en: "Functions",
    es: "Funciones",
    entries: [
      ["functions", "Funciones"],
      ["api", "Llamadas"],
      ["kv", "Lo que guardan las funciones: ctx.kv"],
      ["secrets", "Secretos"],
      ["filters", "Filtros de ejecuciones"],
    ],
  },
  {
    en: "Workflows",
    es: "Flujos de trabajo",
    entries: [
      ["writing-workflows", "Escribir flujos de trabajo"],
      ["expressions", "Expresiones"],
      ["schedules", "Programaciones"],
      ["events", "Eventos"],
      ["webhooks", "Webhooks"],
      ["notifications", "Notificaciones"],
      ["apply", "Un proyecto en un repositorio: pulse apply"],
      ["sources", "Un proyecto que sigue a un repositorio: fuentes"],
    ],
  },
  {
    en: "Run it",
    es: "Tenerlo en marcha",
    entries: [
      ["install", "Instalar"],
      ["upgrading", "Actualizar"],
      ["runners", "Runners"],
      ["operations", "Operación"],
      ["observe", "Observar"],
      ["limits", "Ritmos, cuotas y uso"],
      ["platforms", "Plataformas"],
      ["scale", "Escala y coste en Workers"],
      ["migrating", "Mudarse"],
    ],
  },
  {
    en: "People and safety",
    es: "Personas y seguridad",
    entries: [
      ["people", "Personas, roles, proyectos"],
      ["audit", "La auditoría"],
      ["compliance", "Cumplimiento"],
      ["security", "Seguridad de una pasarela"],
      ["authorisation", "Autorización"],
      ["reporting", "Comunicar una vulnerabilidad", "Reporting a vulnerability"],
    ],
  },
  {
    en: "Reference",
    es: "Referencia",
    entries: [
      ["cli", "La CLI"],
      ["endpoints", "Rutas de la API"],
      ["problems", "Problemas"],
      ["states", "Estados de una ejecución"],
      ["dashboard", "El panel"],
      ["graphql", "GraphQL"],
      ["mcp", "Agentes: MCP"],
    ],
  },
  {
    en: "How it is made",
    es: "Cómo está hecho",
    entries: [
      ["architecture", "Arquitectura"],
      ["guarantees", "Lo que promete"],
      ["frames", "El protocolo de los runtimes"],
      ["contributing", "Contribuir"],
      ["changelog", "Cambios"],
    ],
  },
];

/** Pages that do not stand in `docs/`, by their file. */
export const elsewhere: Readonly<Record<string, string>> = {
  readme: "README.md",
  reporting: "SECURITY.md",
  frames: "runtimes/PROTOCOL.md",
  contributing: "CONTRIBUTING.md",
  changelog: "CHANGELOG.md",
};

/** What is said on top of a page that is there in English only. */
export const untranslated = "> Esta página todavía no está traducida; aquí está en inglés.";

/** What the site says of itself. */
export const about = {
  en: "Functions and workflows on your own machines, on a gateway and runners that only ever connect outwards.",
  es: "Funciones y flujos de trabajo en tus propias máquinas, con una pasarela y runners que solo se conectan hacia fuera.",
} as const;

/** Names of the sections that are found by their folders. */
export const found = {
  others: { en: "More", es: "Más" },
  examples: { en: "Examples", es: "Ejemplos" },
  decisions: { en: "Decisions", es: "Decisiones" },
} as const;
