import { Select } from '@mantine/core';
import type { FailureFilter, SwarmDetail } from '../../../../contracts/swarm.ts';
import { agentsResource } from '../../api.ts';
import { useResource } from '../../live.ts';
import { count } from '../../numbers.ts';

const matches =
  (of: FailureFilter) =>
  (group: SwarmDetail['failures'][number]): boolean =>
    (of.class === undefined || group.class === of.class) &&
    (of.failure === undefined || group.failure === of.failure);

/** How many failed tasks a filter means; exact for all of them and for the groups that are shown. */
export const failedOf = ({ counts, failures }: SwarmDetail, of: FailureFilter): number =>
  of.class === undefined && of.failure === undefined
    ? counts.failed
    : failures.filter(matches(of)).reduce((sum, group) => sum + group.count, 0);

const classes = ['transient', 'auth', 'contract', 'data', 'unknown'] as const;

/** Which failed tasks are tried again, and five of them. */
export const RetryFields = ({
  detail,
  of,
  onChange,
}: {
  detail: SwarmDetail;
  of: FailureFilter;
  onChange: (of: FailureFilter) => void;
}) => {
  const { failures, counts } = detail;
  const shown = classes.filter((each) => failures.some((group) => group.class === each));
  const kinds = [...new Set(failures.map((group) => group.failure))];
  const samples = failures
    .filter(matches(of))
    .flatMap((group) => group.samples.map((index) => ({ index, message: group.message })))
    .slice(0, 5);
  return (
    <>
      <Select
        label="Which"
        data={[
          { value: 'all', label: `All ${count(counts.failed)}` },
          ...shown.map((each) => ({
            value: `class ${each}`,
            label: `Class ${each} · ${count(failedOf(detail, { class: each }))}`,
          })),
          ...kinds.map((each) => ({
            value: `failure ${each}`,
            label: `${each} · ${count(failedOf(detail, { failure: each }))}`,
          })),
        ]}
        value={
          of.class !== undefined
            ? `class ${of.class}`
            : of.failure !== undefined
              ? `failure ${of.failure}`
              : 'all'
        }
        onChange={(value) => {
          const [kind, name = ''] = (value ?? 'all').split(' ');
          const found = classes.find((each) => each === name);
          if (kind === 'failure') onChange({ failure: name });
          else onChange(found ? { class: found } : {});
        }}
        allowDeselect={false}
      />
      {samples.length > 0 && (
        <ul className="samples s12 t2" aria-label="Examples">
          {samples.map(({ index, message }) => (
            <li key={index} className="cut" title={message}>
              <span className="num strong">Task {count(index)}</span> {message}
            </li>
          ))}
        </ul>
      )}
    </>
  );
};

/** What doing a swarm's tasks (again) means for the world outside. */
export function useEffectWords({ methods, failures }: SwarmDetail): string {
  const agents = useResource(agentsResource).data?.agents ?? [];
  const ids = new Set([...methods, ...failures].map((each) => each.capability));
  const effects = new Set(
    agents
      .flatMap((agent) => agent.capabilities)
      .filter((capability) => ids.has(capability.id))
      .map((capability) => capability.effect),
  );
  if (effects.has('destroy')) return 'They destroy at the vendor what they name.';
  if (effects.has('send') || effects.has('spend')) {
    return 'What was already sent or paid is not sent or paid again; the rest goes out.';
  }
  return 'Nothing is sent.';
}
