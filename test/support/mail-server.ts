import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';

/** A mail server that keeps what it gets. */
export interface MailServer {
  readonly port: number;
  /** Whole messages, head included, oldest first. */
  readonly mails: readonly string[];
  /** What it says to the next messages, one each; nothing is kept of those. */
  refuseNext(...codes: readonly number[]): void;
  close(): Promise<void>;
}

const refusal = (responseCode: number): Error =>
  Object.assign(new Error(`no, says the test (${responseCode})`), { responseCode });

/** Starts one that knows the login `mara`, `pass-word`, and no address at `nobody.example.org`. */
export async function startMailServer(): Promise<MailServer> {
  const mails: string[] = [];
  const refusals: number[] = [];
  const server = new SMTPServer({
    allowInsecureAuth: true,
    disabledCommands: ['STARTTLS'],
    onAuth({ username, password }, _session, done) {
      if (username === 'mara' && password === 'pass-word') done(null, { user: username });
      else done(refusal(535));
    },
    onRcptTo({ address }, _session, done) {
      done(address.endsWith('@nobody.example.org') ? refusal(550) : null);
    },
    onData(stream, _session, done) {
      void text(stream).then((mail) => {
        const code = refusals.shift();
        if (code === undefined) mails.push(mail);
        done(code === undefined ? null : refusal(code));
      });
    },
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    mails,
    refuseNext: (...codes) => void refusals.push(...codes),
    close: () => new Promise((closed) => server.close(closed)),
  };
}
