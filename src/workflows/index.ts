/** The workflow types; their names are stored in run histories. */
export { starter } from './starter.ts';
export { task } from './task.ts';
