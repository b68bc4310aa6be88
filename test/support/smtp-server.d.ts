/** The part of the package that tests use; it brings no types of its own. */
declare module 'smtp-server' {
  import type { Server } from 'node:net';
  import type { Readable } from 'node:stream';

  type Done = (error?: Error | null) => void;

  export class SMTPServer {
    constructor(options: {
      readonly authOptional?: boolean;
      readonly allowInsecureAuth?: boolean;
      readonly disabledCommands?: readonly string[];
      readonly logger?: boolean;
      readonly onAuth?: (
        auth: { readonly username?: string; readonly password?: string },
        session: unknown,
        done: (error: Error | null, user?: { readonly user: string }) => void,
      ) => void;
      readonly onRcptTo?: (
        address: { readonly address: string },
        session: unknown,
        done: Done,
      ) => void;
      readonly onData?: (stream: Readable, session: unknown, done: Done) => void;
    });
    readonly server: Server;
    listen(port: number, host: string, listening: () => void): Server;
    close(closed: () => void): void;
  }
}
