import { z } from 'zod';

const Draft = z.object({ account: z.string(), values: z.record(z.string(), z.unknown()) });
/** What a person has filled in so far. */
export type Draft = z.infer<typeof Draft>;

const keyOf = (capability: string): string => `agentic-draft-${capability}`;

/** The kept draft of a capability's form; undefined when there is none that can be read. */
export function readDraft(capability: string): Draft | undefined {
  const text = localStorage.getItem(keyOf(capability));
  if (text === null) return undefined;
  try {
    return Draft.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Keeps a draft in this browser; nothing is kept where storage is full or forbidden. */
export function keepDraft(capability: string, draft: Draft | undefined): void {
  try {
    if (draft) localStorage.setItem(keyOf(capability), JSON.stringify(draft));
    else localStorage.removeItem(keyOf(capability));
  } catch {
    return; // a draft is a convenience
  }
}
