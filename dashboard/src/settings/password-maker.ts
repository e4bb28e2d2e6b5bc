const alphabet = "abcdefghijkmnpqrstuvwxyz23456789";
const groups = 4;
const groupLetters = 5;

/** A password that nobody can guess and everybody can type: 20 characters of 32, hence 100 bits. */
export function madePassword(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(groups * groupLetters));
  const letters = Array.from(bytes, (byte) => alphabet.charAt(byte % alphabet.length)).join("");
  return Array.from({ length: groups }, (_, at) =>
    letters.slice(at * groupLetters, (at + 1) * groupLetters),
  ).join("-");
}
