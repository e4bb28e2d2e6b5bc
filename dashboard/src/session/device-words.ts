import type { Language } from "../words/words.ts";

/** The texts of one page that few ever open: not in the catalogue, which everybody loads. */
export const deviceWords: Readonly<
  Record<Language, Record<"title" | "asks" | "yes" | "no" | "done" | "code" | "next", string>>
> = {
  en: {
    title: "Let a machine in",
    asks: "{machine} wants to act as you. Let it in only if you have just started this on it and it shows this code:",
    yes: "Let it in",
    no: "Turn it away",
    done: "Answered. You can close this page.",
    code: "The code that the machine shows",
    next: "Go on",
  },
  es: {
    title: "Admitir una máquina",
    asks: "{machine} quiere actuar en tu nombre. Admítela solo si lo acabas de pedir en ella y muestra este código:",
    yes: "Admitirla",
    no: "Rechazarla",
    done: "Respondido. Puedes cerrar esta página.",
    code: "El código que muestra la máquina",
    next: "Seguir",
  },
};
