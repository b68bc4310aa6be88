let own: string | null = null;

/** Keeps what the server told this page alone, and what changes prove themselves by. */
export function rememberProof(proof: string | null): void {
  own = proof;
}

/** The header of a change; none where nobody has to sign in. */
export const proofHeader = (): Readonly<Record<string, string>> =>
  own === null ? {} : { 'x-csrf-token': own };
