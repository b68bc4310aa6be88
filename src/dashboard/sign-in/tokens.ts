import { CreatedToken, NewToken, TokenList, TokenRemoval } from '../../contracts/sign-in.ts';
import type { ApiTokens } from '../../platform/api-tokens.ts';
import type { Health } from '../health.ts';
import { HttpError } from '../http-error.ts';
import type { Routes } from '../routes.ts';

interface TokenRouteDeps {
  readonly health: Health;
  readonly tokens: ApiTokens;
}

/** Ways in for programs; only for admins. */
export function tokenRoutes(routes: Routes, { health, tokens }: TokenRouteDeps): void {
  routes.get(
    '/api/tokens',
    { does: 'List tokens, newest first', role: 'admin', answer: TokenList },
    async () => ({ tokens: await health.during(tokens.list()) }),
  );

  routes.post(
    '/api/tokens',
    {
      does: 'Make a token; its secret is told once',
      role: 'admin',
      body: NewToken,
      answer: CreatedToken,
    },
    async ({ body: { reason, ...wish }, who, note, response }) => {
      const token = await health.during(tokens.create(wish, who.name));
      const { name, role, expiresAt } = token;
      await note({ action: 'token.create', target: name, reason, detail: { role, expiresAt } });
      response.status(201);
      return token;
    },
  );

  routes.delete(
    '/api/tokens/:id',
    { does: 'Revoke a token', role: 'admin', body: TokenRemoval },
    async ({ params, body: { reason }, note }) => {
      const token = await health.during(tokens.revoke(Number(params.id)));
      if (!token) throw new HttpError(404, 'unknown-token', 'No token in use has this id');
      await note({ action: 'token.revoke', target: token.name, reason });
    },
  );
}
