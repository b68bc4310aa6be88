import type { Agent, Capability } from './capability.ts';
import { instantly } from './instantly.ts';
import { klap } from './klap.ts';
import { leads } from './leads-agent.ts';
import { notify } from './notify.ts';
import { practice } from './practice.ts';
import { sheets } from './sheets.ts';
import { social } from './social.ts';

/** Every agent there is. Adding a service adds one entry here. */
export const agents: readonly Agent[] = [instantly, leads, sheets, klap, social, notify, practice];

/** The declaration with this id, and the agent it belongs to; `undefined` when nobody declares it. */
export function findCapability(
  id: string,
): { readonly agent: Agent; readonly capability: Capability } | undefined {
  for (const agent of agents) {
    const capability = agent.capabilities.find((each) => each.id === id);
    if (capability) return { agent, capability };
  }
  return undefined;
}
