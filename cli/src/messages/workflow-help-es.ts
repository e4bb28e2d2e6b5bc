/** Spanish help texts of workflows by the English ones. */
export const workflowHelpEs = {
  "steps across machines, with people in the loop": "pasos en varias máquinas, con personas de por medio",
  "workflows by name": "los flujos de trabajo por nombre",
  "with this tag": "con esta etiqueta",
  "whose name contains this": "cuyo nombre contiene esto",
  "one workflow with its newest definition": "un flujo de trabajo con su definición más reciente",
  "every problem of definitions (files or folders, JSON or YAML); nothing is saved":
    "todos los problemas de las definiciones (ficheros o carpetas, JSON o YAML); no guarda nada",
  "save definitions (files or folders, JSON or YAML); all of them or, with an error in one, none":
    "guarda definiciones (ficheros o carpetas, JSON o YAML); todas o, con un error en una, ninguna",
  "under this name; without it the definition's, else the file's":
    "con este nombre; sin él, el de la definición o si no el del fichero",
  "what a run would do now: steps, targets and expressions; nothing is run":
    "qué haría ahora una ejecución: pasos, destinos y expresiones; no ejecuta nada",
  "an input (can be repeated)": "una entrada (se puede repetir)",
  "inputs as JSON or YAML; - is standard input": "entradas en JSON o YAML; - es la entrada estándar",
  "a definition as YAML or JSON, of one revision with name@3; or with --dir those of all":
    "una definición en YAML o JSON, de una revisión con nombre@3; o con --dir las de todos",
  "yaml or json": "yaml o json",
  "into this file instead of stdout": "a este fichero en vez de a stdout",
  "one file for each workflow": "un fichero por flujo de trabajo",
  "let it be started again": "permite que se vuelva a iniciar",
  "shown to whoever tries to start it": "se muestra a quien intente iniciarlo",
  "let nothing start it": "que nada lo inicie",
  "names that stand for a revision: patch@stable": "nombres que representan una revisión: patch@stable",
  "the aliases of a workflow, with their revisions": "los alias de un flujo de trabajo, con sus revisiones",
  "have an alias stand for a revision": "hace que un alias represente una revisión",
  "remove an alias: what still names it is refused from then on":
    "quita un alias: lo que aún lo nombre se rechaza desde entonces",
  "delete a workflow; its executions stay": "borra un flujo de trabajo; sus ejecuciones se quedan",
  "start a workflow (name, or name@3 or name@stable for a revision), follow it and ask its prompts here":
    "inicia un flujo de trabajo (nombre, o nombre@3 o nombre@stable para una revisión), lo sigue y hace aquí sus preguntas",
  "start it and print its id": "lo inicia y escribe su id",
  "wait for its end, at most so many seconds, without showing or asking anything":
    "espera a que acabe, como mucho tantos segundos, sin mostrar ni preguntar nada",
  "follow one that runs already": "sigue uno que ya está en marcha",
  "list the prompts that are open; answer one, named by its id or its execution":
    "lista las preguntas abiertas; responde una, por su id o su ejecución",
  "a field of its form (can be repeated)": "un campo de su formulario (se puede repetir)",
};
