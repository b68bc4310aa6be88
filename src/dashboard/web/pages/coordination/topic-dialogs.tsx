import { SegmentedControl, Select, Textarea, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { z } from 'zod';
import { agentsResource } from '../../api.ts';
import { publish, subscribeCapability } from '../../api-coordination.ts';
import { useResource } from '../../live.ts';
import { ReasonDialog, type Act } from '../../parts/reason-dialog.tsx';
import { say } from '../../parts/toast.tsx';

interface DialogProps {
  /** The topic; undefined while the dialog is closed. */
  readonly topic: string | undefined;
  readonly onClose: () => void;
}

/** Publishes one message by hand. */
export const PublishDialog = ({ topic, onClose }: DialogProps) => {
  const client = useQueryClient();
  const [id, setId] = useState('');
  const [text, setText] = useState('{}');
  useEffect(() => {
    setId('');
    setText('{}');
  }, [topic]);
  const payload = payloadOf(text);
  const act: Act | undefined =
    topic === undefined
      ? undefined
      : {
          title: `Publish in ${topic}`,
          consequence:
            'Every subscriber gets it. The same id again changes nothing; with another payload it is refused.',
          fields: (
            <>
              <TextInput
                label="Id"
                description="Required. From the business, such as lead-17"
                value={id}
                onChange={(event) => setId(event.currentTarget.value)}
                maxLength={120}
              />
              <Textarea
                label="Payload"
                description="A JSON object"
                value={text}
                onChange={(event) => setText(event.currentTarget.value)}
                error={payload ? undefined : 'This is not a JSON object'}
                autosize
                minRows={4}
                maxRows={14}
                spellCheck={false}
                styles={{ input: { fontFamily: 'var(--mono)' } }}
              />
            </>
          ),
          hasNoReason: true,
          isReady: id.trim() !== '' && payload !== undefined,
          verb: 'Publish',
          async run() {
            if (!payload) return;
            const { isNew } = await publish(topic, { id: id.trim(), payload });
            say(isNew ? `Published ${id.trim()}.` : `${id.trim()} was published before.`);
            void client.invalidateQueries();
          },
        };
  return <ReasonDialog act={act} onClose={onClose} />;
};

const Payload = z.record(z.string(), z.unknown());

function payloadOf(text: string): z.infer<typeof Payload> | undefined {
  try {
    return Payload.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

const starts = [
  { value: 'now', label: 'New messages' },
  { value: 'beginning', label: 'All that are kept' },
] as const;

/** Lets a capability run for each message. */
export const SubscribeDialog = ({ topic, onClose }: DialogProps) => {
  const client = useQueryClient();
  const agents = useResource(agentsResource).data?.agents ?? [];
  const [capability, setCapability] = useState<string | null>(null);
  const [from, setFrom] = useState<(typeof starts)[number]['value']>('now');
  useEffect(() => setCapability(null), [topic]);
  const act: Act | undefined =
    topic === undefined
      ? undefined
      : {
          title: `Subscribe to ${topic}`,
          consequence:
            'The capability is started with the payload of each message as its input, in order, at least once.',
          fields: (
            <>
              <Select
                label="Capability"
                data={agents.map((agent) => ({
                  group: agent.title,
                  items: agent.capabilities.map(({ id, title }) => ({
                    value: id,
                    label: `${title} (${id})`,
                  })),
                }))}
                value={capability}
                onChange={setCapability}
                searchable
                comboboxProps={{ withinPortal: true }}
              />
              <SegmentedControl
                aria-label="Which messages"
                data={[...starts]}
                value={from}
                onChange={(value) =>
                  setFrom(starts.find((each) => each.value === value)?.value ?? 'now')
                }
              />
            </>
          ),
          isReasonNeeded: true,
          isReady: capability !== null,
          verb: 'Subscribe',
          async run(reason) {
            if (capability === null) return;
            await subscribeCapability(topic, { capability, from, reason });
            say(`Subscribed ${capability}.`);
            void client.invalidateQueries();
          },
        };
  return <ReasonDialog act={act} onClose={onClose} />;
};
