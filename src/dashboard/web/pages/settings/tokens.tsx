import { useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import type { ApiToken } from '../../../../contracts/sign-in.ts';
import { revokeToken, tokensResource } from '../../api-sign-in.ts';
import { useNow, useResource } from '../../live.ts';
import { Ago } from '../../parts/ago.tsx';
import { Card } from '../../parts/card.tsx';
import { Copy } from '../../parts/copy.tsx';
import { Icon } from '../../parts/icon.tsx';
import { ReasonDialog, type Act } from '../../parts/reason-dialog.tsx';
import { useTitle } from '../../parts/title.ts';
import { Empty, View } from '../../parts/view.tsx';
import { exact } from '../../time.ts';
import { SettingsHead } from './settings-head.tsx';
import { TokenDialog } from './token-dialog.tsx';
import { ActButton } from '../../parts/act-button.tsx';

const command =
  'npm run -s agentic -- tokens create nightly --role operator --reason "nightly import"';

/** Programs that may call the HTTP API. */
export const TokensPage = (): ReactNode => {
  useTitle('Tokens', 'Settings');
  const [isMaking, setMaking] = useState(false);
  const query = useResource(tokensResource);
  return (
    <>
      <SettingsHead about="Programs that may call the HTTP API, each with a role and an end.">
        <a className="btn" href="/api/openapi.json">
          <Icon name="file" size="m" />
          OpenAPI document
        </a>
        <ActButton needs="admin" className="btn" onClick={() => setMaking(true)}>
          <Icon name="plus" size="m" />
          Make a token…
        </ActButton>
      </SettingsHead>
      <View query={query} what="The list of tokens">
        {({ tokens }) =>
          tokens.length === 0 ? <None make={() => setMaking(true)} /> : <List tokens={tokens} />
        }
      </View>
      <TokenDialog isOpen={isMaking} onClose={() => setMaking(false)} />
    </>
  );
};

const None = ({ make }: { make: () => void }) => (
  <div className="card">
    <Empty>
      <p>No token was made yet. A program calls the HTTP API with one instead of signing in.</p>
      <ActButton needs="admin" className="btn p" onClick={make}>
        Make the first…
      </ActButton>
      <p className="row w hint">
        On the command line: <code>{command}</code>
        <Copy text={command} name="Copy command" isIcon className="btn q xs" />
      </p>
    </Empty>
  </div>
);

const List = ({ tokens }: { tokens: readonly ApiToken[] }) => {
  const client = useQueryClient();
  const [act, setAct] = useState<Act>();
  const revocation = ({ id, name }: ApiToken): Act => ({
    title: `Revoke ${name}?`,
    consequence: 'Programs that use it are refused from now on. This can’t be undone.',
    verb: 'Revoke',
    isDangerous: true,
    isReasonNeeded: true,
    async run(reason) {
      await revokeToken(id, reason);
      await client.invalidateQueries();
    },
  });
  return (
    <Card title="Tokens" tag={tokens.length} line>
      <table className="cards">
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Role</th>
            <th scope="col">Made</th>
            <th scope="col">Last used</th>
            <th scope="col">Ends</th>
            <th scope="col" className="r">
              <span className="hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {tokens.map((token) => (
            <Row key={token.id} token={token} revoke={() => setAct(revocation(token))} />
          ))}
        </tbody>
      </table>
      <ReasonDialog act={act} onClose={() => setAct(undefined)} />
    </Card>
  );
};

const Row = ({ token, revoke }: { token: ApiToken; revoke: () => void }) => {
  const { name, role, createdBy, createdAt, lastUsedAt, expiresAt, revokedAt } = token;
  const isOver = revokedAt !== null || Date.parse(expiresAt) < useNow();
  return (
    <tr>
      <th scope="row" className="full cut">
        {name}
      </th>
      <td>{role}</td>
      <td className="t2 cut" title={createdBy}>
        <Ago at={createdAt} /> by {createdBy}
      </td>
      <td className="t2">{lastUsedAt === null ? 'never used' : <Ago at={lastUsedAt} />}</td>
      <td className="t2">
        {revokedAt === null ? (
          <time dateTime={expiresAt} title={exact(expiresAt)}>
            {isOver ? 'expired ' : ''}
            {expiresAt.slice(0, 10)}
          </time>
        ) : (
          <>
            revoked <Ago at={revokedAt} />
          </>
        )}
      </td>
      <td className="r">
        {!isOver && (
          <ActButton
            needs="admin"
            className="btn xs"
            aria-label={`Revoke ${name}…`}
            onClick={revoke}
          >
            Revoke…
          </ActButton>
        )}
      </td>
    </tr>
  );
};
