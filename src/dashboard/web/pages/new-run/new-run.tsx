import '@mantine/dates/styles.layer.css';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { z } from 'zod';
import { agentsResource, runResource } from '../../api.ts';
import { useResource } from '../../live.ts';
import { useTitle } from '../../parts/title.ts';
import { Empty, View } from '../../parts/view.tsx';
import { readDraft, type Draft } from './draft.ts';
import { RunForm } from './run-form.tsx';
import { fieldsOf, valuesOf } from './schema.ts';

const route = getRouteApi('/new/$capability');
const Input = z.record(z.string(), z.unknown()).catch({});

/** Starts one capability: what it will do, and what must be filled in. */
export const NewRunPage = (): ReactNode => {
  const { capability: id } = route.useParams();
  const { copyOf, copyRun, account, input } = route.useSearch();
  const query = useResource(agentsResource);
  useTitle(`New run: ${id}`);
  return (
    <View query={query} what="The capability">
      {({ agents }) => {
        const agent = agents.find((each) => each.capabilities.some((one) => one.id === id));
        const capability = agent?.capabilities.find((each) => each.id === id);
        if (!agent || !capability) return <NotServed id={id} />;
        const fields = fieldsOf(capability.inputSchema);
        const fallback =
          agent.accounts.find((account) => account.name === 'default') ?? agent.accounts[0];
        const empty: Draft = {
          account: fallback?.name ?? 'default',
          values: valuesOf(fields, {}),
        };
        const form = (draft: Draft) => (
          <RunForm
            key={`${id} ${copyOf ?? ''} ${input ?? ''}`}
            agent={agent}
            capability={capability}
            fields={fields}
            draft={draft}
            empty={empty}
          />
        );
        if (input !== undefined) {
          const known = agent.accounts.some(({ name }) => name === account);
          return form({
            account: known && account !== undefined ? account : empty.account,
            values: valuesOf(fields, inputFrom(input)),
          });
        }
        return copyOf === undefined ? (
          form(readDraft(id) ?? empty)
        ) : (
          <Copied workflowId={copyOf} runId={copyRun}>
            {(input, account) =>
              form({ account: account ?? empty.account, values: valuesOf(fields, input) })
            }
          </Copied>
        );
      }}
    </View>
  );
};

/** An input that came with the address; what cannot be read is as if it had not come. */
function inputFrom(text: string): z.infer<typeof Input> {
  try {
    return Input.parse(JSON.parse(text));
  } catch {
    return {};
  }
}

const Copied = ({
  workflowId,
  runId,
  children,
}: {
  workflowId: string;
  runId: string | undefined;
  children: (input: Readonly<Record<string, unknown>>, account: string | null) => ReactNode;
}) => (
  <View query={useResource(runResource(workflowId, runId))} what="The run to copy">
    {({ run, input }) => children(Input.parse(input), run.account)}
  </View>
);

const NotServed = ({ id }: { id: string }) => (
  <>
    <h1>No agent has this capability</h1>
    <div className="card">
      <Empty>
        <p>
          <code>{id}</code> is not declared in this version. Nothing was started.
        </p>
        <Link to="/new" className="btn">
          Choose another
        </Link>
      </Empty>
    </div>
  </>
);
