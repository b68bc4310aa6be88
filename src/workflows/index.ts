/** The workflow types; their names are stored in run histories. */
export { anneal } from './anneal.ts';
export { bulk } from './bulk.ts';
export { pipeline } from './pipeline.ts';
export { rehearsal } from './rehearsal.ts';
export { squad } from './squad.ts';
export { starter } from './starter.ts';
export { swarm } from './swarm.ts';
export { task } from './task.ts';
export { topic } from './topic.ts';
