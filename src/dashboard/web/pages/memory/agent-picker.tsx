import { Link } from '@tanstack/react-router';
import type { AgentMemory, MemoryList } from '../../../../contracts/memory-views.ts';
import type { World } from '../../../../contracts/memory.ts';
import { agentsResource } from '../../api.ts';
import { memoriesResource } from '../../api-memory.ts';
import { useResource } from '../../live.ts';
import { count } from '../../numbers.ts';
import { StandInTag } from '../../parts/card.tsx';
import { Icon } from '../../parts/icon.tsx';

interface Entry {
  readonly agent: string;
  readonly world: World;
  readonly memory: MemoryList['memories'][number] | undefined;
}

/** Every agent, once for each world that has taught it something; and the file of the open memory. */
export const AgentPicker = ({ memory }: { memory: AgentMemory }) => {
  const agents = useResource(agentsResource).data?.agents ?? [];
  const known = useResource(memoriesResource).data?.memories ?? [];
  const entries = [...new Set([...agents.map(({ id }) => id), memory.agent])].flatMap((agent) =>
    entriesOf(agent, known, memory),
  );
  return (
    <nav className="card mem-picker" aria-label="Agents">
      <div className="pick">
        {entries.map(({ agent, world, memory: found }) => (
          <Link
            key={`${agent} ${world}`}
            to="/memory/$agent"
            params={{ agent }}
            search={{ world }}
            aria-current={agent === memory.agent && world === memory.world ? 'page' : undefined}
            className={agent === memory.agent && world === memory.world ? 'on' : ''}
          >
            <span className="pick-name">
              <span className="cut">{agent}</span>
              {world === 'stand-in' && <StandInTag />}
            </span>
            {(found?.hasTrouble === true || found?.refused != null) && (
              <span className="failed row" title={troubleOf(found)}>
                <Icon name="warning" size="m" />
                <span className="hidden">{troubleOf(found)}</span>
              </span>
            )}
            <span className="num s11 t3 end">{count(found?.lessons ?? 0)}</span>
          </Link>
        ))}
      </div>
      {memory.file && (
        <p className="mem-file row g1 s12 t3" title={memory.file.path}>
          <Icon name="file" size="m" />
          <span className="mono cut">{memory.file.path.split('/').at(-1)}</span>
        </p>
      )}
    </nav>
  );
};

const troubleOf = ({ hasTrouble }: MemoryList['memories'][number]): string =>
  hasTrouble ? 'Its file can’t be read' : 'Its newest memory is not obeyed';

function entriesOf(
  agent: string,
  known: MemoryList['memories'],
  open: Pick<AgentMemory, 'agent' | 'world'>,
): readonly Entry[] {
  const found = known.filter((each) => each.agent === agent);
  const entries = found.map((memory): Entry => ({ agent, world: memory.world, memory }));
  const isOpenMissing = open.agent === agent && !entries.some((each) => each.world === open.world);
  if (isOpenMissing) return [...entries, { agent, world: open.world, memory: undefined }];
  return entries.length > 0 ? entries : [{ agent, world: 'live', memory: undefined }];
}
