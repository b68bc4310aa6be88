import { useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { FlowKeyInUse } from '../../../../contracts/flow-keys.ts';
import { flowKeysResource } from '../../api.ts';
import { useNow, useResource } from '../../live.ts';
import { count, counted } from '../../numbers.ts';
import { Card } from '../../parts/card.tsx';
import { Copy } from '../../parts/copy.tsx';
import { FlowBadge, FlowKeyLink, FlowMeter, rateWords, Until } from '../../parts/flow-key.tsx';
import { useRowKeys } from '../../parts/row-keys.ts';
import { useTitle } from '../../parts/title.ts';
import { Empty, View } from '../../parts/view.tsx';
import { exact, relative } from '../../time.ts';

const command = 'npm run -s agentic -- keys';

/** Limits by vendor and account: which vendor holds us up, and until when. */
export const FlowKeysPage = (): ReactNode => {
  useTitle('Flow keys');
  const query = useResource(flowKeysResource);
  return (
    <>
      <div className="head">
        <h1>Flow keys</h1>
        <span className="t3">Limits by vendor and account: who holds us up, and until when.</span>
      </div>
      <View query={query} what="The list of flow keys">
        {({ flowKeys }) =>
          flowKeys.length === 0 ? (
            <div className="card">
              <Empty>
                <p>No login was used yet. Its flow key appears here with its first call.</p>
                <p className="row w hint">
                  On the command line: <code>{command}</code>
                  <Copy text={command} name="Copy command" isIcon className="btn q xs" />
                </p>
              </Empty>
            </div>
          ) : (
            <KeyTable flowKeys={flowKeys} />
          )
        }
      </View>
    </>
  );
};

const KeyTable = ({ flowKeys }: { flowKeys: readonly FlowKeyInUse[] }) => {
  const navigate = useNavigate();
  const open = (index: number) => {
    const flowKey = flowKeys[index]?.key;
    if (flowKey !== undefined) void navigate({ to: '/flow-keys/$flowKey', params: { flowKey } });
  };
  const current = useRowKeys(flowKeys.length, open);
  return (
    <Card title="Flow keys" tag={flowKeys.length} line>
      <div className="scroll">
        <table className="cards">
          <thead>
            <tr>
              <th scope="col" style={{ width: 96 }}>
                State
              </th>
              <th scope="col">Key</th>
              <th scope="col" style={{ width: 176 }}>
                Rate in use
              </th>
              <th scope="col" className="r" style={{ width: 84 }}>
                At once
              </th>
              <th scope="col" className="r" style={{ width: 76 }}>
                Waiting
              </th>
              <th scope="col" style={{ width: 130 }}>
                Last answer
              </th>
              <th scope="col" className="r" style={{ width: 104 }}>
                Closed in 24 h
              </th>
            </tr>
          </thead>
          <tbody>
            {flowKeys.map((flowKey, index) => (
              <tr
                key={flowKey.key}
                className={`two-lines opens ${index === current ? 'cur' : ''}`}
                onClick={(event) => {
                  if (event.target instanceof Element && event.target.closest('a')) return;
                  open(index);
                }}
              >
                <Cells flowKey={flowKey} />
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
};

const Cells = ({ flowKey }: { flowKey: FlowKeyInUse }) => {
  const { key, limits, limitsBy, closed, paused, underWay, waiting, closings } = flowKey;
  return (
    <>
      <td>
        <FlowBadge flowKey={flowKey} />
      </td>
      <th scope="row" className="full">
        <FlowKeyLink flowKey={key}>{key}</FlowKeyLink>
        <span className="s12 t3 cut block">
          {paused ? (
            <span title={paused.why}>
              by {paused.by}: {paused.why}
            </span>
          ) : closed ? (
            <>
              <Until at={closed.until} />
              {closed.by === 'guess' ? ', our guess' : ''}
            </>
          ) : (
            `limits ${limitsBy === null ? 'as declared' : `by ${limitsBy}`}`
          )}
        </span>
      </th>
      <td className="full">
        <span className="s12 num block gap-below">{rateWords(flowKey)}</span>
        <FlowMeter flowKey={flowKey} />
      </td>
      <td className="r num hide-m">
        {count(underWay)} of {count(limits.atOnce)}
      </td>
      <td className="r num aside-m">
        {waiting === 0 ? <span className="t3">no run</span> : counted(waiting, 'run')}
      </td>
      <td className="full">
        <LastAnswer answer={flowKey.lastAnswer} />
      </td>
      <td className="r num hide-m">
        {closings === 0 ? <span className="t3">0</span> : count(closings)}
      </td>
    </>
  );
};

const LastAnswer = ({ answer }: { answer: FlowKeyInUse['lastAnswer'] }) => {
  const now = useNow();
  if (!answer) return <span className="t3 s12">no answer in 1 h</span>;
  return (
    <>
      <span className={`block ${answer.isGood ? '' : 'failed'}`}>{answer.words}</span>
      <time className="s12 t3" dateTime={answer.at} title={exact(answer.at)}>
        {relative(answer.at, now)}
      </time>
    </>
  );
};
