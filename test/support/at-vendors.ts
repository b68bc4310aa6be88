import { z } from 'zod';
import { exchange } from '../sandbox/ask.ts';

const Leads = z.object({
  items: z.array(z.object({ email: z.string() })),
  next_starting_after: z.string().optional(),
});
const Values = z.object({ values: z.array(z.array(z.string())).default([]) });

/** Addresses in a campaign as Instantly's stand-in tells them, as often as they are there, by name. */
export async function inCampaign(
  standIns: string,
  account: string,
  campaign: string,
): Promise<readonly string[]> {
  const emails: string[] = [];
  let cursor: string | undefined;
  do {
    const body = { campaign, limit: 100, ...(cursor ? { starting_after: cursor } : {}) };
    const key = `stand-in-${account}`;
    const page = Leads.parse(
      (await exchange(standIns, ['POST', '/leads/list', body], { key })).body,
    );
    emails.push(...page.items.map(({ email }) => email));
    cursor = page.items.length === 0 ? undefined : page.next_starting_after;
  } while (cursor !== undefined);
  return emails.sort();
}

/** Rows of a tab of leads at Google's stand-in, each as name, addresses and our number, by number. */
export async function inSheet(
  standIns: string,
  account: string,
  tab: string,
): Promise<readonly (readonly string[])[]> {
  const path = `/v4/spreadsheets/${account}_leads/values/${encodeURIComponent(tab)}`;
  const response = await fetch(`${standIns}${path}`, {
    headers: { authorization: `Bearer stand-in-${account}` },
  });
  const [heads = [], ...rows] = Values.parse(await response.json()).values;
  return rows
    .map((row) =>
      ['Business Name', 'Emails', 'Lead ID'].map((head) => row[heads.indexOf(head)] ?? ''),
    )
    .sort((a, b) => Number(a[2]) - Number(b[2]));
}
