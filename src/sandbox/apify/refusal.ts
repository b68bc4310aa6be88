/** The vendor says no. Becomes the answer's status, type and message. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;
  readonly type: string;

  constructor(status: number, type: string, message: string) {
    super(message);
    this.status = status;
    this.type = type;
  }
}

/** @throws {Refusal} 404, as for everything that nobody has. */
export function notFound(what: string): never {
  throw new Refusal(404, 'record-not-found', `${what} was not found`);
}
