/** Spanish help texts of the key-value store, by the English ones. */
export const kvHelpEs = {
  "what functions keep under keys: in a space called as the function, or shared:<name>":
    "lo que las funciones guardan bajo claves: en un espacio llamado como la función, o shared:<nombre>",
  "spaces that hold something, or the keys of one": "los espacios que contienen algo, o las claves de uno",
  "only keys that begin so": "solo las claves que empiezan así",
  "the value under a key, as JSON": "el valor bajo una clave, en JSON",
  "write a JSON value under a key: given here, in --file, or on standard input":
    "escribe un valor JSON bajo una clave: dado aquí, en --file o por la entrada estándar",
  "the value is the content of a file": "el valor es el contenido de un fichero",
  "it is gone after so much time, such as 10m": "desaparece pasado ese tiempo, como 10m",
  "only over this version; 0: only where nothing is": "solo sobre esta versión; 0: solo donde no hay nada",
  "only this version": "solo esta versión",
  "delete a key": "elimina una clave",
};
