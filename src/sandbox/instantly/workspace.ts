import { z } from 'zod';
import { seedOf } from '../seed.ts';
import { badBounceRate, type Sender } from './activity.ts';
import { Refusal } from './query.ts';

/** What a workspace holds, and which of the vendor's open questions it answers which way. */
export interface WorkspaceOptions {
  /** Default 24. */
  readonly mailboxes?: number;
  /** Default 7; from 3 on, one of them is a draft. */
  readonly campaigns?: number;
  /** Daily analytics about more addresses answer 413. Default: no such limit. */
  readonly maxAddresses?: number;
  /** Daily analytics without `emails` answer 400. Default false. */
  readonly requiresEmails?: boolean;
  /** Campaign figures include the day of a date-only `end_date`. Default false. */
  readonly endDayCounts?: boolean;
  /** The `*_by_step` figures are lists with a number for each step. Default false. */
  readonly stepsAsLists?: boolean;
  /** Analytics send counts as text, `"42"`. Default false. */
  readonly countsAsText?: boolean;
  /** Entries of a page when the caller names no `limit`. Default 50. */
  readonly pageSize?: number;
  /** The last page still carries a cursor, which leads to an empty page. Default true. */
  readonly trailingCursor?: boolean;
  /** The last page carries the cursor it was asked with. Default false. */
  readonly stuckCursor?: boolean;
  /** What is skipped as a duplicate answers without an id. Default true. */
  readonly skippedHasNoId?: boolean;
  /** Campaigns take senders that are not connected; otherwise they answer 400. Default false. */
  readonly takesAnySender?: boolean;
  /** Addresses that `/leads/add` counts as blocked. Default none. */
  readonly blocklist?: readonly string[];
  /** Addresses for which `/leads/add` refuses the whole call with 400. Default none. */
  readonly refusedAddresses?: readonly string[];
  /** Calls in any second before 429. Default 100. */
  readonly perSecond?: number;
  /** Calls in any minute before 429. Default 6000. */
  readonly perMinute?: number;
}

/** A connected sender. */
export interface Mailbox extends Sender {
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
  /** 1 active, 2 paused, -1 connection error. */
  readonly status: number;
  readonly providerCode: number;
  readonly createdAt: string;
}

/** A campaign and the mailboxes that send for it. */
export interface Campaign {
  readonly id: string;
  name: string;
  /** 0 draft, 1 active, 2 paused, 4 running subsequences; activating and pausing change it. */
  status: number;
  readonly createdAt: string;
  updatedAt: string;
  /** Those it began with and those that were added. */
  leads: number;
  /** Whose mail its figures are made of; none for one that was created through the API. */
  readonly mailboxes: readonly Mailbox[];
  /** What was written through the API, as it came. */
  settings: Readonly<Record<string, unknown>>;
  variables: readonly string[];
}

/** The content of one workspace, which follows from its name and options, and from what was written since. */
export interface Workspace {
  readonly id: string;
  readonly options: Required<Omit<WorkspaceOptions, 'maxAddresses'>> & {
    readonly maxAddresses: number;
  };
  /** In order of creation, then address. */
  readonly mailboxes: readonly Mailbox[];
  readonly byEmail: ReadonlyMap<string, Mailbox>;
  readonly campaigns: Campaign[];
}

const uuid = z.uuid('must match format "uuid"');

/** Nothing was sent before this day. */
export const beginning = '2015-01-01';

const firstNames =
  'Ada Ben Cleo Dana Emil Fay Gil Hana Ivo Jana Kim Lea Max Nina Ola Pia Quin Rosa Sam Tess'.split(
    ' ',
  );
const lastNames =
  'Abel Berg Costa Dahl Engel Fischer Gruber Holm Ito Jansen Keller Lang Meyer Novak Olsen Peters Roth Silva Toth Vega Weber'.split(
    ' ',
  );
const cities =
  'Berlin Lyon Utrecht Porto Graz Ghent Malmö Turin Bilbao Leeds Basel Aarhus Cork Gdańsk Nantes Bern Siena Trier Delft Odense'.split(
    ' ',
  );
const trades =
  'dentists|cafés|gyms|florists|bakeries|architects|hotels|physiotherapists|opticians|law firms|garages'.split(
    '|',
  );
const minuteMs = 60_000;

/** Builds a workspace from its name. Cheap: figures are computed when somebody asks for them. */
export function openWorkspace(name: string, options: WorkspaceOptions): Workspace {
  const full = {
    mailboxes: 24,
    campaigns: 7,
    maxAddresses: Infinity,
    requiresEmails: false,
    endDayCounts: false,
    stepsAsLists: false,
    countsAsText: false,
    pageSize: 50,
    trailingCursor: true,
    stuckCursor: false,
    skippedHasNoId: true,
    takesAnySender: false,
    blocklist: [],
    refusedAddresses: [],
    perSecond: 100,
    perMinute: 6_000,
    ...options,
  };
  const bad = seedOf(name, 'bad') % Math.max(1, full.mailboxes);
  const mailboxes = Array.from({ length: full.mailboxes }, (_, index) =>
    mailboxOf(name, index, index === bad),
  ).sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  return {
    id: idOf(name, 'workspace'),
    options: full,
    mailboxes,
    byEmail: new Map(mailboxes.map((mailbox) => [mailbox.email, mailbox])),
    campaigns: campaignsOf(name, full.campaigns, mailboxes),
  };
}

/** @throws {Refusal} 400 for what is no id, 404 for one that nobody has. */
export function campaignIn(workspace: Workspace, id: string): Campaign {
  if (!uuid.safeParse(id).success) throw new Refusal(400, 'params/id must match format "uuid"');
  const campaign = workspace.campaigns.find((one) => one.id === id);
  if (!campaign) throw new Refusal(404, 'Campaign not found');
  return campaign;
}

/** The vendor's cursor for accounts. */
export const keyOf = ({ createdAt, email }: Mailbox): string => `${createdAt}&${email}`;

function mailboxOf(workspace: string, index: number, isBad: boolean): Mailbox {
  const seed = seedOf(workspace, 'mailbox', index);
  const firstName = firstNames[index % firstNames.length] ?? '';
  const lastName = lastNames[index % lastNames.length] ?? '';
  const round = Math.floor(index / (firstNames.length * lastNames.length));
  const domain = `mail-${'abcd'.charAt(seed % 4)}.example.com`;
  return {
    seed,
    email: `${firstName}.${lastName}${round || ''}@${domain}`.toLowerCase(),
    firstName,
    lastName,
    status: !isBad && index % 12 === 7 ? 2 : !isBad && index % 40 === 19 ? -1 : 1,
    providerCode: 1 + (seed % 3),
    // Ten at a time, as an import connects them: the cursor needs its second half.
    createdAt: timeAfterBeginning(Math.floor(index / 10) * 7 * minuteMs),
    dailyLimit: 30 + (seed % 5) * 5,
    bounceRate: isBad ? badBounceRate + (seed % 6) / 100 : (seed % 30) / 1000,
    isQuiet: !isBad && index % 8 === 5,
  };
}

function campaignsOf(workspace: string, count: number, mailboxes: readonly Mailbox[]): Campaign[] {
  const draft = count < 3 ? -1 : count - 2;
  const sending = Array.from({ length: count }, (_, index) => index).filter((n) => n !== draft);
  return Array.from({ length: count }, (_, index) => {
    const turn = sending.indexOf(index);
    const senders = turn < 0 ? [] : mailboxes.filter((_, n) => n % sending.length === turn);
    const round = Math.floor(index / (cities.length * trades.length));
    const name = `${cities[index % cities.length] ?? ''} ${trades[index % trades.length] ?? ''}`;
    const createdAt = timeAfterBeginning((index + 1) * 60 * minuteMs);
    return {
      id: idOf(workspace, 'campaign', index),
      name: round === 0 ? name : `${name} ${round + 1}`,
      status: index === draft ? 0 : ([1, 1, 1, 2, 1, 4][turn % 6] ?? 1),
      createdAt,
      updatedAt: createdAt,
      settings: {},
      variables: [],
      leads: 40_000 * senders.length + (seedOf(workspace, 'leads', index) % 9_000),
      mailboxes: senders,
    };
  });
}

const timeAfterBeginning = (ms: number): string =>
  new Date(Date.parse(beginning) + ms).toISOString();

/** A UUID that follows from the texts alone. */
function idOf(...parts: readonly (string | number)[]): string {
  const hex = [0, 1, 2, 3]
    .map((part) =>
      seedOf(...parts, part)
        .toString(16)
        .padStart(8, '0'),
    )
    .join('');
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, '$1-$2-4$3-a$4-$5');
}
