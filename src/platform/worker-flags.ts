import { extname } from 'node:path';

const quickDrizzle = new URL(`./quick-drizzle${extname(import.meta.filename)}`, import.meta.url);

/**
 * Flags of Node for a worker process, in megabytes of each heap it has: one for activities and one
 * for each thread of workflows. Without them V8 lets garbage grow with the machine's memory; with a
 * smaller young generation it copies the hundreds of tasks in flight over and over. What makes drizzle load quickly has to come before everything else.
 */
export const workerFlags = [
  '--max-old-space-size=512',
  '--max-semi-space-size=32',
  `--import=${quickDrizzle.href}`,
];
