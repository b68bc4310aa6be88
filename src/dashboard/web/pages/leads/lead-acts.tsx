import { Menu } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { z } from 'zod';
import type { LeaveOut } from '../../../../contracts/lead-views.ts';
import { agentsResource } from '../../api.ts';
import { leaveOut } from '../../api-leads.ts';
import { useResource } from '../../live.ts';
import { counted } from '../../numbers.ts';
import { effectWords } from '../../parts/effect.ts';
import { Icon } from '../../parts/icon.tsx';
import { ReasonDialog } from '../../parts/reason-dialog.tsx';
import { say } from '../../parts/toast.tsx';

const TakesList = z.object({ properties: z.object({ list: z.unknown() }).required() });

/**
 * What can be done with all leads of a list: whatever capability takes one. What sends or spends is
 * tried dry first, on the form this leads to.
 */
export const ListActs = ({ account, list }: { account: string; list: string | undefined }) => {
  const agents = useResource(agentsResource).data?.agents ?? [];
  const acts = agents
    .filter((agent) => agent.accounts.some(({ name }) => name === account))
    .flatMap(({ capabilities }) => capabilities)
    .filter(({ inputSchema }) => TakesList.safeParse(inputSchema).success);
  if (acts.length === 0) return null;
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <button
          type="button"
          className="btn"
          disabled={list === undefined}
          title={list === undefined ? 'Choose a list first: work is done on lists' : undefined}
        >
          With this list…
          <Icon name="down" size="m" />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        {acts.map(({ id, title, effect }) => (
          <Menu.Item
            key={id}
            renderRoot={(props: Readonly<Record<string, unknown>>) => (
              <Link
                {...props}
                to="/new/$capability"
                params={{ capability: id }}
                search={{ account, input: JSON.stringify({ list }) }}
              />
            )}
            rightSection={<span className="tag">{effectWords[effect]}</span>}
          >
            {title}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
};

/** Leads that somebody wants to leave out. */
export interface ToLeaveOut {
  readonly which: LeaveOut['which'];
  readonly count: number;
  /** Some of them, by name. */
  readonly examples: readonly string[];
}

/** Asks why these leads are to be left out for good, and says what that means. */
export const LeaveOutDialog = ({
  account,
  leads,
  onDone,
  onClose,
}: {
  account: string;
  leads: ToLeaveOut | undefined;
  onDone: () => void;
  onClose: () => void;
}) => {
  const client = useQueryClient();
  const many = leads ? counted(leads.count, 'lead') : '';
  return (
    <ReasonDialog
      act={
        leads && {
          title: `Leave out ${many} for good?`,
          consequence: (
            <>
              <p>
                No run pushes, enriches or sends to {leads.count === 1 ? 'it' : 'them'} any more.
                What was pushed before stays with the vendor; to keep an address from everything
                that sends, put it on the suppression list.
              </p>
              {leads.examples.length > 1 && <p className="t3">{leads.examples.join(', ')} …</p>}
            </>
          ),
          verb: `Leave out ${many}`,
          isDangerous: true,
          isReasonNeeded: true,
          run: async (reason) => {
            const { changed } = await leaveOut({ account, which: leads.which, reason });
            say(
              changed === leads.count
                ? `${many} left out.`
                : `${counted(changed, 'lead')} left out; the others were before.`,
            );
            onDone();
            await client.invalidateQueries();
          },
        }
      }
      onClose={onClose}
    />
  );
};
