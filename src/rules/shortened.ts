/** A text of at most so many characters: where it was longer, the last one is “…”. */
export const shortened = (text: string, most: number): string =>
  text.length > most ? `${text.slice(0, most - 1)}…` : text;
