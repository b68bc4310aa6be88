import { useEffect } from 'react';

/** Names the browser tab after the page. */
export function useTitle(...parts: readonly string[]): void {
  const title = [...parts, 'Agentic OS'].join(' · ');
  useEffect(() => {
    document.title = title;
  }, [title]);
}
