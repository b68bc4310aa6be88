import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** A way to a server that can be cut and mended. */
export class Cable {
  /** Where this end is. */
  readonly port: number;
  readonly #target: { readonly host: string; readonly port: number };
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #isFrozen = false;

  constructor(port: number, target: { readonly host: string; readonly port: number }) {
    this.port = port;
    this.#target = target;
  }

  /** Lets connections through. */
  async mend(): Promise<void> {
    this.#server = createServer((near) => {
      const far = connect(this.#target);
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(one);
        one.on('error', () => other.destroy());
        one.on('close', () => this.#sockets.delete(one));
        if (!this.#isFrozen) one.pipe(other);
      }
    }).listen(this.port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  /** Nothing arrives any more, on connections that stay open. */
  freeze(): void {
    this.#isFrozen = true;
    for (const socket of this.#sockets) socket.pause();
  }

  /** Ends all connections; none can be made until it is mended. */
  cut(): void {
    this.#isFrozen = false;
    this.#server?.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}
