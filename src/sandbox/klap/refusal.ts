/** The vendor says no. Becomes the answer's status and message. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** @throws {Refusal} 404, as for everything that nobody has. */
export function notFound(what: string): never {
  throw new Refusal(404, `${what} not found`);
}
