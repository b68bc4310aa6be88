import { createSpotlight, Spotlight, type SpotlightActionGroupData } from '@mantine/spotlight';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { agentsResource } from '../api.ts';
import { useLive, useResource } from '../live.ts';
import { Icon } from '../parts/icon.tsx';
import { pages } from './navigation.ts';
import { useThemeSwitch } from './theme-switch.ts';

const [store, spotlight] = createSpotlight();

/** Opens the palette. */
export const openPalette = (): void => spotlight.open();

/** Whether the palette is open, or opening: what is typed then belongs to it. */
export const isPaletteOpen = (): boolean => store.getState().opened;

/** One place to find and do everything: pages, a run by its id, a capability to start, the theme. */
export const Palette = ({ showKeys }: { showKeys: () => void }) => {
  const navigate = useNavigate();
  const live = useLive();
  const theme = useThemeSwitch();
  const [query, setQuery] = useState('');
  const agents = useResource(agentsResource).data?.agents ?? [];
  const wanted = query.trim();

  const groups: SpotlightActionGroupData[] = [
    {
      group: 'Go to',
      actions: pages.map((page) => ({
        id: page.to,
        label: page.label,
        leftSection: <Icon name={page.icon} />,
        rightSection: <kbd>g {page.key}</kbd>,
        onClick: () => void navigate({ to: page.to }),
      })),
    },
    {
      group: 'Start',
      actions: [
        {
          id: 'start-swarm',
          label: 'Start a swarm',
          description: 'Many tasks at once, from a list',
          leftSection: <Icon name="swarm" />,
          onClick: () => void navigate({ to: '/swarms', search: { start: 'yes' } }),
        },
        ...agents.flatMap((agent) =>
          agent.capabilities.map((capability) => ({
            id: `start ${capability.id}`,
            label: capability.title,
            description: capability.id,
            leftSection: <Icon name="play" />,
            onClick: () =>
              void navigate({ to: '/new/$capability', params: { capability: capability.id } }),
          })),
        ),
      ],
    },
    {
      group: 'Do',
      actions: [
        {
          id: 'theme',
          label: theme.other === 'dark' ? 'Dark theme' : 'Light theme',
          leftSection: <Icon name={theme.other === 'dark' ? 'moon' : 'sun'} />,
          rightSection: <kbd>t</kbd>,
          onClick: theme.change,
        },
        {
          id: 'live',
          label: 'Live updates',
          leftSection: <Icon name="running" />,
          onClick: () => live.setMode('live'),
        },
        {
          id: 'paused',
          label: 'Pause live updates',
          leftSection: <Icon name="pause" />,
          onClick: () => live.setMode('paused'),
        },
        {
          id: 'keys',
          label: 'Show all keys',
          leftSection: <Icon name="menu" />,
          rightSection: <kbd>?</kbd>,
          onClick: showKeys,
        },
      ],
    },
  ];

  const matching = groups.flatMap((group) => {
    const actions = group.actions.filter((action) =>
      `${action.label ?? ''} ${action.description ?? ''}`
        .toLowerCase()
        .includes(wanted.toLowerCase()),
    );
    return actions.length > 0 ? [{ group: group.group, actions }] : [];
  });
  const found: SpotlightActionGroupData = {
    group: 'Find',
    actions: [
      {
        id: 'open-run',
        label: `Open the run “${wanted}”`,
        leftSection: <Icon name="open" />,
        onClick: () => void navigate({ to: '/runs/$workflowId', params: { workflowId: wanted } }),
      },
      {
        id: 'search-runs',
        label: `Search runs for “${wanted}”`,
        leftSection: <Icon name="search" />,
        onClick: () => void navigate({ to: '/runs', search: { q: wanted, last: 'all' } }),
      },
      {
        id: 'open-swarm',
        label: `Open the swarm “${wanted}”`,
        leftSection: <Icon name="swarm" />,
        onClick: () => void navigate({ to: '/swarms/$workflowId', params: { workflowId: wanted } }),
      },
    ],
  };

  return (
    <Spotlight
      store={store}
      query={query}
      onQueryChange={setQuery}
      actions={wanted === '' ? groups : [...matching, found]}
      filter={(_, actions) => actions}
      nothingFound="Nothing has this name"
      searchProps={{
        placeholder: 'A page, a run’s id, a capability',
        'aria-label': 'Find or do anything',
        leftSection: <Icon name="search" />,
      }}
      scrollable
      maxHeight={420}
      shortcut="mod + K"
      tagsToIgnore={[]}
    />
  );
};
