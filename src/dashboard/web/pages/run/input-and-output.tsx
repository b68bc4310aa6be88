import type { RunDetail } from '../../../../contracts/api.ts';
import { agentsResource } from '../../api.ts';
import { useResource } from '../../live.ts';
import { ValueCard, type FieldTitles } from '../../parts/values.tsx';

/** What a run was given, and what it made of it. */
export const InputAndOutput = ({ detail }: { detail: RunDetail }) => {
  const agents = useResource(agentsResource).data?.agents ?? [];
  const schema = agents
    .flatMap((agent) => agent.capabilities)
    .find((capability) => capability.id === detail.run.capability)?.inputSchema;
  const titles = schema ? titlesOf(schema) : {};
  return (
    <div className="cols halves">
      <ValueCard title="Input" value={detail.input} titles={titles} none="The run has no input." />
      <ValueCard
        title="Output"
        value={detail.output}
        titles={titles}
        none={
          detail.run.closedAt === null
            ? 'The run has not ended yet.'
            : 'The run ended without an output.'
        }
      />
    </div>
  );
};

function titlesOf({ properties }: Readonly<Record<string, unknown>>): FieldTitles {
  if (typeof properties !== 'object' || properties === null) return {};
  return Object.fromEntries(
    Object.entries(properties).flatMap(([name, field]: [string, unknown]): [string, string][] =>
      typeof field === 'object' &&
      field !== null &&
      'title' in field &&
      typeof field.title === 'string'
        ? [[name, field.title]]
        : [],
    ),
  );
}
