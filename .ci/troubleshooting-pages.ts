import { allAdvice } from "@pulse/cli/doctor/findings";
import { en } from "@pulse/cli/messages/en";
import { es } from "@pulse/cli/messages/es";
import { problemTitles } from "@pulse/dashboard/src/words/es/problem-titles.ts";
import { type ProblemCode, problemCodes } from "@pulse/schema/problem";
import { problemAdvice } from "@pulse/schema/problem-advice";
import { table } from "./markdown-table.ts";

/** The words of the page in a language; problems have English advice in each, as the API itself. */
interface PageWords {
  title: string;
  intro: string;
  doctor: string;
  doctorIntro: string;
  doctorHead: readonly [check: string, found: string, fix: string];
  /** Where what was found is told by a server or a file. */
  told: string;
  problems: string;
  problemsIntro: string;
  groups: Readonly<Record<Group, string>>;
}

type Group = keyof typeof groups;

/** Which statuses are told together. */
const groups = {
  access: [401, 403],
  absent: [404, 405, 410],
  state: [409, 412],
  request: [400, 408, 413, 414, 415, 416, 422, 426, 431],
  limits: [429],
  work: [500, 502, 504, 508],
  gateway: [503, 507],
} as const;

const english: PageWords = {
  title: "Troubleshooting",
  intro: `Made from the code by \`pnpm run reference\`; a test fails when it is stale. [Español](troubleshooting.es.md)

Begin with \`pulse doctor\`: it looks at the gateway, this machine and its runners, and says what to do. A call that failed says why by a
\`code\`; look for it below. \`pulse execution get <id>\` tells what became of each attempt, \`pulse logs <id>\` what the code wrote, and a
\`requestId\` is to be found in the gateway's log.`,
  doctor: "What `pulse doctor` says",
  doctorIntro: "The same words as it prints; `…` stands for what differs each time.",
  doctorHead: ["Check", "Found", "To do"],
  told: "what was answered, as it is",
  problems: "Problems by code",
  problemsIntro: "All of them as one table: [problems](problems.md).",
  groups: {
    access: "Who you are, and what you may do",
    absent: "Nothing is there",
    state: "What is there now is another",
    request: "What was sent",
    limits: "Rates and quotas",
    work: "The function, its workflow, its runner",
    gateway: "Runners and the gateway",
  },
};

const spanish: PageWords = {
  title: "Solución de problemas",
  intro: `Hecha a partir del código con \`pnpm run reference\`; una prueba falla si queda anticuada. [English](troubleshooting.md)

Empieza por \`pulse doctor\`: mira la pasarela, esta máquina y sus runners, y dice qué hacer. Una llamada que falló dice por qué con un
\`code\`; búscalo abajo. \`pulse execution get <id>\` cuenta qué fue de cada intento, \`pulse logs <id>\` lo que escribió el código, y un
\`requestId\` se encuentra en el registro de la pasarela.`,
  doctor: "Lo que dice `pulse doctor`",
  doctorIntro:
    "Las mismas palabras que imprime con `--lang es`; `…` está en lugar de lo que cambia cada vez.",
  doctorHead: ["Comprobación", "Encontrado", "Qué hacer"],
  told: "lo que se respondió, tal cual",
  problems: "Problemas por código",
  problemsIntro:
    "Todos en una tabla: [problems](problems.md). Cuándo se da cada uno y qué hacer está en inglés, como lo dice la propia API.",
  groups: {
    access: "Quién eres y qué puedes hacer",
    absent: "Ahí no hay nada",
    state: "Lo que hay ahora es otra cosa",
    request: "Lo que se envió",
    limits: "Ritmos y cuotas",
    work: "La función, su flujo de trabajo, su runner",
    gateway: "Los runners y la pasarela",
  },
};

// The keys of the table are the codes.
const codes = Object.keys(problemCodes) as ProblemCode[];

/** Of each language the page that says what to do about every problem and everything that `pulse doctor` finds. */
export function troubleshootingPages(): { path: string; text: string }[] {
  return [
    {
      path: "docs/troubleshooting.md",
      text: page(english, (code) => problemCodes[code][1], allAdvice(en, "en")),
    },
    {
      path: "docs/troubleshooting.es.md",
      text: page(spanish, (code) => problemTitles[code], allAdvice(es, "es")),
    },
  ];
}

function page(
  words: PageWords,
  titleOf: (code: ProblemCode) => string,
  advice: ReturnType<typeof allAdvice>,
): string {
  const rows = advice.map(({ check, found, fix }) => [check, found ?? words.told, fix].map(escaped));
  // The keys of the table are the groups.
  const parts = (Object.keys(groups) as Group[]).map((group) => {
    const of: readonly number[] = groups[group];
    const all = codes.filter((code) => of.includes(problemCodes[code][0]));
    return [`### ${words.groups[group]}`, ...all.map((code) => entry(code, titleOf(code)))].join("\n\n");
  });
  return `# ${words.title}

${words.intro}

## ${words.doctor}

${words.doctorIntro}

${table(words.doctorHead, rows)}

## ${words.problems}

${words.problemsIntro}

${parts.join("\n\n")}
`;
}

function entry(code: ProblemCode, title: string): string {
  const [when, whatToDo] = problemAdvice[code];
  return `#### ${title}: \`${code}\`\n\n${problemCodes[code][0]}. ${when}.\n\n→ ${whatToDo}.`;
}

/** Text of a terminal as text of a page: a word in angle brackets is no HTML. */
const escaped = (text: string) => text.replaceAll("<", "&lt;").replaceAll("*", "\\*");

/** The codes that no group tells; there are none, and a test says so. */
export function codesWithoutGroup(): ProblemCode[] {
  const told: readonly number[] = Object.values(groups).flat();
  return codes.filter((code) => !told.includes(problemCodes[code][0]));
}
