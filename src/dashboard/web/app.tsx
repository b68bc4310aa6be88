import '@fontsource-variable/inter/wght.css';
import '@fontsource-variable/jetbrains-mono/wght.css';
import './styles/tokens.css';
import './styles/base.css';
import '@mantine/core/styles.layer.css';
import '@mantine/spotlight/styles.layer.css';
import './styles/frame.css';
import './styles/parts.css';
import './styles/pages.css';
import './styles/struggling.css';
import './styles/swarm.css';
import './styles/leads.css';
import './styles/shorts.css';
import './styles/posts.css';
import './styles/pipeline.css';
import './styles/memory.css';
import './styles/sign-in.css';
import './styles/settings.css';
import './styles/records.css';
import {
  localStorageColorSchemeManager,
  MantineProvider,
  useComputedColorScheme,
} from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode, useLayoutEffect } from 'react';
import { createRoot } from 'react-dom/client';
import { ApiFailure } from './api.ts';
import { markDensity } from './choices.ts';
import { createLive, LiveProvider } from './live.ts';
import { router } from './routes.tsx';
import { theme, variables } from './theme.ts';

const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      // A refusal stays one; only silence and a server in trouble are asked again.
      retry: (count, error) =>
        count < 2 && (!(error instanceof ApiFailure) || error.status === 0 || error.status >= 502),
      // What failed comes back by itself.
      refetchInterval: (query) => (query.state.status === 'error' ? 10_000 : false),
      refetchOnWindowFocus: true,
    },
  },
});
const live = createLive(client);
const schemes = localStorageColorSchemeManager({ key: 'agentic-theme' });

/** The tokens' switch follows the library's. */
const ThemeMark = () => {
  const scheme = useComputedColorScheme('light', { getInitialValueInEffect: false });
  useLayoutEffect(() => {
    document.documentElement.dataset.theme = scheme;
  }, [scheme]);
  return null;
};

markDensity();
const place = document.getElementById('root');
if (!place) throw new Error('index.html has no element #root');
createRoot(place).render(
  <StrictMode>
    <MantineProvider
      theme={theme}
      cssVariablesResolver={variables}
      colorSchemeManager={schemes}
      defaultColorScheme="auto"
    >
      <ThemeMark />
      <QueryClientProvider client={client}>
        <LiveProvider value={live}>
          <RouterProvider router={router} />
        </LiveProvider>
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
