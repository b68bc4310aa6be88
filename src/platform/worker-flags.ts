/**
 * Flags of Node for a worker process, in megabytes of each heap it has: one for activities and one
 * for each queue's workflows. Without them V8 lets garbage grow with the machine's memory; with a
 * smaller young generation it copies the hundreds of tasks in flight over and over.
 */
export const workerFlags = ['--max-old-space-size=512', '--max-semi-space-size=32'];
