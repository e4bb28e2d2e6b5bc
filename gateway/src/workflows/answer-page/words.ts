const en = {
  answer: "Answer",
  of: "asked by the workflow {workflow}",
  signIn: "Sign in",
  signInFirst: "Sign in to see and answer this prompt.",
  username: "Username",
  password: "Password",
  code: "Code of the second factor, if you have one",
  elsewhere: "Sign in another way, then open this link again",
  comment: "Comment",
  needsComment: "(needed for {options})",
  until: "Can be answered until {time}.",
  answered: "{by} has answered: {response}",
  expired: "Nobody answered in time.",
  cancelled: "The execution does not wait for this any longer.",
  soFar: "Answers so far: {answers}",
  filledIn: "Filled in by {by}; to go on is to agree with it:",
  execution: "Execution",
  youAre: "You answer as {name}.",
  notHere: "There is no such prompt here for you.",
  required: "required",
  yes: "yes",
  stale: "This page was open for too long. Please answer once more.",
};

/** The words of the page. */
export type Words = typeof en;

const es: Words = {
  answer: "Responder",
  of: "lo pregunta el flujo de trabajo {workflow}",
  signIn: "Iniciar sesión",
  signInFirst: "Inicia sesión para ver y responder esta pregunta.",
  username: "Usuario",
  password: "Contraseña",
  code: "Código del segundo factor, si lo tienes",
  elsewhere: "Inicia sesión de otra forma y vuelve a abrir este enlace",
  comment: "Comentario",
  needsComment: "(obligatorio para {options})",
  until: "Se puede responder hasta {time}.",
  answered: "{by} ya ha respondido: {response}",
  expired: "Nadie respondió a tiempo.",
  cancelled: "La ejecución ya no espera esta respuesta.",
  soFar: "Respuestas hasta ahora: {answers}",
  filledIn: "Lo rellenó {by}; seguir adelante es estar de acuerdo:",
  execution: "Ejecución",
  youAre: "Respondes como {name}.",
  notHere: "Aquí no hay ninguna pregunta así para ti.",
  required: "obligatorio",
  yes: "sí",
  stale: "Esta página llevaba demasiado tiempo abierta. Responde otra vez, por favor.",
};

/** The words of a language. */
export function wordsIn(language: "en" | "es"): Words {
  return language === "es" ? es : en;
}

/** Fills the `{name}` places of a text. */
export function filled(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}
