/** Help of functions, their aliases and splits, by its English text. */
export const functionHelpEs: Readonly<Record<string, string>> = {
  "functions by name": "funciones por nombre",
  "one function with its settings": "una función con sus ajustes",
  "versions, newest first": "versiones, las últimas primero",
  "move live to a version; without one, end its split, or go to the ready version before the present":
    "mueve live a una versión; sin ella, acaba su reparto, o va a la versión lista anterior a la presente",
  "delete a function with its versions": "elimina una función con sus versiones",
  "its aliases: where they stand, how a split goes, when they end":
    "sus alias: dónde están, cómo va un reparto, cuándo acaban",
  "remove an alias; live stays": "quita un alias; live se queda",
  "end a split: its second version gets every call":
    "acaba un reparto: su segunda versión recibe todas las llamadas",
  "the alias that is split (default live)": "el alias que está repartido (por defecto live)",
  "give the version this percent of the calls, once it is built":
    "da a la versión este porcentaje de las llamadas, cuando está construida",
  "roll back by itself when more than this percent of its calls fail":
    "vuelve atrás por sí solo cuando falla más de este porcentaje de sus llamadas",
  "calls of it that have to end before that is judged (default 20)":
    "llamadas suyas que deben acabar antes de juzgarlo (por defecto 20)",
  "how far back its calls are counted (default 10m)": "hasta cuándo atrás se cuentan (por defecto 10m)",
  "move preview-<branch> instead of live; without a name, the branch of the checkout":
    "mueve preview-<rama> en vez de live; sin nombre, la rama de la copia",
  "how long the alias lasts (default 14d of a preview)":
    "cuánto dura el alias (por defecto 14d el de una vista previa)",
  "the inputs that you keep to call it with, newest first: `pulse invoke --saved`":
    "las entradas que guarda para llamarla, las últimas primero: `pulse invoke --saved`",
  "forget an input": "olvida una entrada",
  "the call of an input that you keep; what is given beside it comes first":
    "la llamada de una entrada que guarda; lo que se dé además va primero",
};
