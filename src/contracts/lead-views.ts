/** Leads as pages show and change them, over HTTP. */
import { z } from 'zod';
import { AccountName } from './capability.ts';
import { EffectDetail } from './effects.ts';
import { FieldSource, LeadDetail, LeadFilter, LeadList, LeadPage } from './leads.ts';

/** `GET /api/leads`: one page, each lead with who spoke of it last. */
export const LeadRows = LeadPage.extend({
  leads: z.array(LeadPage.shape.leads.unwrap().extend({ latest: FieldSource.nullable() })),
});
export type LeadRows = z.infer<typeof LeadRows>;
export type LeadRow = LeadRows['leads'][number];

/** What leads may be filtered by: `GET /api/leads/choices?account=`. */
export const LeadChoices = z.object({
  /** Whose leads these are: the account asked for, or the first that has any. */
  account: z.string(),
  /** All accounts that settings name, and whether they have leads. */
  accounts: z.array(z.object({ name: z.string(), hasLeads: z.boolean(), isStandIn: z.boolean() })),
  lists: z.array(LeadList),
  /** Campaigns of the account that we know of; without a name the id stands for it. */
  campaigns: z.array(z.object({ id: z.string(), name: z.string() })),
});
export type LeadChoices = z.infer<typeof LeadChoices>;

/** `GET /api/leads/:id`: all of a lead, and what the ledger says of its addresses, newest first. */
export const LeadView = LeadDetail.extend({ effects: z.array(EffectDetail) });
export type LeadView = z.infer<typeof LeadView>;

const reason = z.string().trim().min(1, 'expected a reason, for those who look later').max(500);

/** Body of `POST /api/leads/leave-out`: some leads, or all that match. */
export const LeaveOut = z.strictObject({
  account: AccountName,
  which: z.union([
    z.strictObject({ ids: z.array(z.int().positive()).min(1).max(1_000) }),
    z.strictObject({
      filter: LeadFilter,
      /** How many the person saw; it is refused when there are a tenth more or less by now. */
      expected: z.int().nonnegative(),
    }),
  ]),
  reason,
});
export type LeaveOut = z.infer<typeof LeaveOut>;

/** Body of `POST /api/leads/take-in`: leads that were left out may be used again. */
export const TakeIn = z.strictObject({
  account: AccountName,
  ids: z.array(z.int().positive()).min(1).max(1_000),
  reason,
});
export type TakeIn = z.infer<typeof TakeIn>;

/** Their answer: how many were changed. */
export const LeadsChanged = z.object({ changed: z.int() });
