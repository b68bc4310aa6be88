import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** Where a cable leads. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** A way to a server that can be cut, blocked and mended. Starts cut. */
export class Cable {
  readonly port: number;
  readonly #target: Address;
  /** From where bytes come, and where they go. */
  readonly #ways = new Map<Socket, Socket>();
  #isBlocked = false;
  #server: Server | undefined;

  /** @param port where it is reached; a free one of this machine. */
  constructor(port: number, target: Address) {
    this.port = port;
    this.#target = target;
  }

  /** Lets bytes through, and what was held back first. */
  async mend(): Promise<void> {
    if (this.#isBlocked) for (const [from, to] of this.#ways) from.pipe(to);
    this.#isBlocked = false;
    if (this.#server) return;
    this.#server = createServer((near) => this.#join(near)).listen(this.port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  /** Ends all connections in the middle, and refuses new ones. */
  cut(): void {
    this.#server?.close();
    this.#server = undefined;
    this.drop();
  }

  /** Ends all connections in the middle; new ones get through. */
  drop(): void {
    for (const socket of this.#ways.keys()) socket.destroy();
  }

  /** Holds back every byte, in connections that stay open, until it is mended. */
  block(): void {
    this.#isBlocked = true;
    for (const [from, to] of this.#ways) from.unpipe(to);
  }

  #join(near: Socket): void {
    const far = connect(this.#target);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#ways.set(from, to);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.#ways.delete(from);
        to.destroy();
      });
      if (!this.#isBlocked) from.pipe(to);
    }
  }
}
