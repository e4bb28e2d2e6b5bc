/** Spanish help texts of running again and comparing, by the English ones. */
export const rerunHelpEs = {
  "run a workflow's execution again: all of it, from a step on, or only what failed":
    "ejecuta otra vez la de un flujo de trabajo: entera, desde un paso, o solo lo que falló",
  "begin with this step (id or name); those before it keep their results":
    "empieza por este paso (id o nombre); los anteriores conservan sus resultados",
  "only the targets and items that failed, and what comes after them":
    "solo los destinos y elementos que fallaron, y lo que va después",
  "on this revision, or latest; without it on the one that it had":
    "sobre esta revisión, o latest; sin ella, sobre la que tenía",
  "another value of an input (can be repeated); the others stay":
    "otro valor de una entrada (se puede repetir); las demás se conservan",
  "all inputs as JSON or YAML; - is standard input":
    "todas las entradas en JSON o YAML; - es la entrada estándar",
  "repeated with it, it is run again only once": "repetida con ella, se ejecuta otra vez una sola vez",
  "how two executions of the same kind differ; exits 20 when they do":
    "en qué difieren dos ejecuciones de la misma clase; termina con 20 si difieren",
  "show the steps that are the same too": "muestra también los pasos iguales",
};
