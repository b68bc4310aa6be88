import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { SubscriberInfo, TopicInfo } from '../../../../contracts/topics.ts';
import { messagesResource, unsubscribe } from '../../api-coordination.ts';
import { useResource } from '../../live.ts';
import { count, counted } from '../../numbers.ts';
import { Ago } from '../../parts/ago.tsx';
import { Icon } from '../../parts/icon.tsx';
import { ReasonDialog, type Act } from '../../parts/reason-dialog.tsx';
import { RunLink } from '../../parts/run-link.tsx';
import { say } from '../../parts/toast.tsx';
import { Empty, View } from '../../parts/view.tsx';
import { PublishDialog, SubscribeDialog } from './topic-dialogs.tsx';
import { ActButton } from '../../parts/act-button.tsx';

const messagesShown = 20;

/** One topic: who gets its messages and how far each has come, and the last of them. */
export const TopicPanel = ({ topic }: { topic: TopicInfo }) => {
  const [open, setOpen] = useState<'publish' | 'subscribe'>();
  const close = () => setOpen(undefined);
  return (
    <aside className="card" aria-label="Selected topic">
      <header className="b">
        <h2 className="cut mono">{topic.name}</h2>
      </header>
      <div className="pad stackv">
        <div className="row w">
          <ActButton className="btn" onClick={() => setOpen('publish')}>
            Publish…
          </ActButton>
          <ActButton className="btn" onClick={() => setOpen('subscribe')}>
            Subscribe…
          </ActButton>
        </div>
        <div>
          <h3 className="gap-below">Subscribers</h3>
          {topic.subscribers.length === 0 ? (
            <p className="t2 s12">Nobody listens. Messages are kept for who reads them later.</p>
          ) : (
            <ul className="topic-list">
              {topic.subscribers.map((each) => (
                <Subscriber key={each.id} topic={topic.name} subscriber={each} />
              ))}
            </ul>
          )}
        </div>
        <div>
          <h3 className="gap-below">Last messages, newest first</h3>
          <Messages topic={topic} />
        </div>
      </div>
      <PublishDialog topic={open === 'publish' ? topic.name : undefined} onClose={close} />
      <SubscribeDialog topic={open === 'subscribe' ? topic.name : undefined} onClose={close} />
    </aside>
  );
};

const Subscriber = ({ topic, subscriber }: { topic: string; subscriber: SubscriberInfo }) => {
  const client = useQueryClient();
  const [isAsked, setAsked] = useState(false);
  const { id, target, behind, refused, trouble } = subscriber;
  const act: Act = {
    title: `Unsubscribe ${id}?`,
    consequence:
      behind === 0
        ? 'It gets nothing that is published from now on.'
        : `${counted(behind, 'message')} that it did not get yet ${behind === 1 ? 'is' : 'are'} not delivered to it either.`,
    verb: 'Unsubscribe',
    isDangerous: true,
    isReasonNeeded: true,
    async run(reason) {
      await unsubscribe(topic, id, reason);
      say(`Unsubscribed ${id}.`);
      void client.invalidateQueries();
    },
  };
  return (
    <li>
      <span className="row">
        {target.kind === 'run' ? (
          <RunLink workflowId={target.workflowId} className="mono s12 cut strong link">
            {target.workflowId}
          </RunLink>
        ) : (
          <span className="mono s12 cut strong" title={id}>
            {target.capability}
          </span>
        )}
        <ActButton
          className="btn q xs end"
          aria-label={`Unsubscribe ${id}`}
          onClick={() => setAsked(true)}
        >
          <Icon name="close" size="s" />
        </ActButton>
      </span>
      <span className="s11 t3 block num">
        {target.kind === 'task' && `account ${target.account} · `}
        {behind === 0 ? 'has everything' : `${count(behind)} behind`}
        {refused > 0 && ` · ${count(refused)} passed over`}
      </span>
      {trouble !== null && <span className="s12 retrying block wrap">{trouble}</span>}
      <ReasonDialog act={isAsked ? act : undefined} onClose={() => setAsked(false)} />
    </li>
  );
};

const Messages = ({ topic: { name, seq } }: { topic: TopicInfo }) => (
  <View
    query={useResource(messagesResource(name, Math.max(0, seq - messagesShown)), true)}
    what="The messages"
    rows={3}
  >
    {({ messages }) =>
      messages.length === 0 ? (
        <Empty>No message is kept.</Empty>
      ) : (
        <ol className="topic-list">
          {messages.toReversed().map((message) => (
            <li key={message.seq}>
              <span className="row s12">
                <span className="num t3">{count(message.seq)}</span>
                <span className="mono cut strong" title={message.id}>
                  {message.id}
                </span>
                <span className="t3 s11 nowrap end" title={`by ${message.by}`}>
                  <Ago at={message.at} />
                </span>
              </span>
              <code className="block cut t2" title={JSON.stringify(message.payload)}>
                {JSON.stringify(message.payload)}
              </code>
            </li>
          ))}
        </ol>
      )
    }
  </View>
);
