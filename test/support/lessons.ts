import type { Lesson } from '../../src/contracts/memory.ts';

/** A constraint as runs teach it. */
export const lesson = (over: Partial<Lesson> = {}): Lesson => ({
  id: 'L-0142',
  capability: 'klap.export-short',
  account: 'default',
  rule: { kind: 'avoid', method: 'bulk' },
  why: 'The vendor took this way away; another method did the same work',
  runs: 1,
  seenIn: [{ workflowId: 'klap.export-short/default/clip-7', runId: '019a-run', eventId: 11 }],
  helped: 12,
  harmed: 0,
  firstSeen: '2026-11-03T07:00:00.000Z',
  lastSeen: '2026-11-03T07:00:00.000Z',
  expires: '2026-12-07T06:00:00.000Z',
  renewals: 0,
  status: 'active',
  ...over,
});
