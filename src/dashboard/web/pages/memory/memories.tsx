import { Navigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { agentsResource } from '../../api.ts';
import { memoriesResource } from '../../api-memory.ts';
import { useResource } from '../../live.ts';
import { useTitle } from '../../parts/title.ts';
import { View } from '../../parts/view.tsx';

/** Leads on to the memory that has learnt most; to the first agent while none has learnt anything. */
export const MemoriesPage = (): ReactNode => {
  useTitle('Memory');
  const memories = useResource(memoriesResource);
  const agents = useResource(agentsResource);
  return (
    <View query={memories} what="The list of memories">
      {(list) => (
        <View query={agents} what="The list of agents">
          {({ agents: all }) => {
            const [most] = [...list.memories].sort((a, b) => b.lessons - a.lessons);
            const agent = most?.agent ?? all[0]?.id;
            if (agent === undefined) return <p className="t2">There is no agent.</p>;
            const search = most ? { world: most.world } : {};
            return <Navigate to="/memory/$agent" params={{ agent }} search={search} replace />;
          }}
        </View>
      )}
    </View>
  );
};
