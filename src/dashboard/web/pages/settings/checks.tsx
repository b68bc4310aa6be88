import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { Finding } from '../../../../contracts/doctor.ts';
import type { Checks } from '../../../../contracts/settings.ts';
import { checkAgain, checksResource } from '../../api-settings.ts';
import { useResource } from '../../live.ts';
import { count, counted } from '../../numbers.ts';
import { Ago } from '../../parts/ago.tsx';
import { Card, Sentence } from '../../parts/card.tsx';
import { Copy } from '../../parts/copy.tsx';
import { Icon, type IconName } from '../../parts/icon.tsx';
import { useTitle } from '../../parts/title.ts';
import { Skeleton, Trouble, View } from '../../parts/view.tsx';
import { duration } from '../../time.ts';
import { SettingsHead } from './settings-head.tsx';

const command = 'npm run -s agentic -- doctor';

/** Whether everything the system needs is there and works, and what to do where it does not. */
export const ChecksPage = (): ReactNode => {
  useTitle('Checks', 'Settings');
  const client = useQueryClient();
  const query = useResource(checksResource);
  const again = useMutation({
    mutationFn: () => checkAgain(),
    onSuccess: (checks) => client.setQueryData([checksResource.path], checks),
  });
  const isLooking = again.isPending || query.isLoading;
  return (
    <>
      <SettingsHead about="What the system needs, whether it works, and what to do.">
        <button
          type="button"
          className="btn"
          disabled={isLooking}
          onClick={() => again.mutate()}
          aria-busy={isLooking}
        >
          <Icon name={isLooking ? 'running' : 'retrying'} size="m" />
          {isLooking ? 'Looking…' : 'Look again'}
        </button>
      </SettingsHead>
      {again.error && (
        <div className="card">
          <Trouble
            what="A new look"
            error={again.error}
            at={again.submittedAt}
            shownAt={query.dataUpdatedAt}
            retry={() => again.mutate()}
          />
        </div>
      )}
      {query.isLoading ? (
        <div className="card">
          <p className="pad t2">
            Looking at settings, servers, workers and logins. Vendors that are silent make this take
            up to 15 s.
          </p>
          <Skeleton rows={10} />
        </div>
      ) : (
        <View query={query} what="The checks" rows={10}>
          {(checks) => <Content checks={checks} />}
        </View>
      )}
    </>
  );
};

const order: readonly Finding['state'][] = ['wrong', 'hint', 'ok'];

const Content = ({ checks: { findings, at, tookMs } }: { checks: Checks }) => {
  const sorted = findings.toSorted((a, b) => order.indexOf(a.state) - order.indexOf(b.state));
  const [wrong, hints] = order.map((state) => findings.filter((each) => each.state === state));
  const isWell = wrong?.length === 0;
  const words = hints?.length ? `, ${counted(hints.length, 'hint')}` : '';
  return (
    <>
      <section className="card" aria-label="Why">
        <Sentence
          icon={
            <span className={isWell ? 'completed row' : 'failed row'}>
              <Icon name={isWell ? 'completed' : 'failed'} />
            </span>
          }
        >
          <b>
            {isWell
              ? 'Nothing is wrong.'
              : `${counted(wrong?.length ?? 0, 'thing')} to mend; each says how.`}
          </b>{' '}
          <span className="t2">
            {counted(findings.length, 'check')}
            {words}, <Ago at={at} />, in {duration(tookMs)}.
          </span>
        </Sentence>
      </section>
      <Card title="Checks" tag={count(findings.length)} line>
        <table className="cards checks">
          <thead>
            <tr>
              <th scope="col" style={{ width: 96 }}>
                State
              </th>
              <th scope="col" style={{ width: 220 }}>
                What
              </th>
              <th scope="col">Found, and what to do</th>
            </tr>
          </thead>
          <tbody>
            {sorted.map((finding) => (
              <Row key={`${finding.about} ${finding.message}`} finding={finding} />
            ))}
          </tbody>
        </table>
        <p className="row w hint pad">
          On the command line: <code>{command}</code>
          <Copy text={command} name="Copy command" isIcon className="btn q xs" />
        </p>
      </Card>
    </>
  );
};

const looks: Record<Finding['state'], { icon: IconName; word: string; family: string }> = {
  wrong: { icon: 'failed', word: 'Wrong', family: 'failed' },
  hint: { icon: 'queued', word: 'Hint', family: 'queued' },
  ok: { icon: 'completed', word: 'OK', family: 'completed' },
};

const Row = ({ finding: { state, about, message } }: { finding: Finding }) => {
  const { icon, word, family } = looks[state];
  return (
    <tr>
      <td>
        <span className={`badge ${family}`}>
          <Icon name={icon} size="m" />
          {word}
        </span>
      </td>
      <th scope="row" className="cut" title={about}>
        {about}
      </th>
      <td className={`full message ${state === 'ok' ? 't2' : ''}`}>{withCode(message)}</td>
    </tr>
  );
};

/** A message with what stands between backticks as code. */
const withCode = (message: string): ReactNode =>
  message
    .split('`')
    .map((part, index) => (index % 2 === 1 ? <code key={index}>{part}</code> : part));
