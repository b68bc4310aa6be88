/** What is done with leads here, without asking anybody outside. */
import { z } from 'zod';
import { defineCapability } from './capability.ts';
import { LeadFilter, ListName } from './leads.ts';

const list = ListName.meta({
  title: 'List',
  description: 'The list of leads, by its name',
  examples: ['plumbers-berlin'],
});
const count = z.int().nonnegative();
/** The first few of what was done, for people. */
const samples = z.array(z.strictObject({ leadId: z.int(), what: z.string() }));

export const ProcessInput = z.strictObject({
  list,
  country: z
    .string()
    .regex(/^[A-Z]{2}$/, 'expected two capital letters such as DE')
    .optional()
    .meta({
      title: 'Country',
      description: 'Country of leads that name none: tells how their phones are meant',
      examples: ['DE'],
    }),
});
export type ProcessInput = z.infer<typeof ProcessInput>;

export const ProcessOutput = z.strictObject({
  list: z.string(),
  /** Leads that were looked at. */
  leads: count,
  /** Leads whose fields are written in another way now. */
  changed: count,
  /** Leads that another one took in. */
  merged: count,
  /** Addresses, phones and links that are none, or may not be written to. */
  dropped: count,
  /** At most 20. */
  samples,
});
export type ProcessOutput = z.infer<typeof ProcessOutput>;

export const processLeads = defineCapability({
  id: 'leads.process',
  verb: 'process',
  title: 'Process a list',
  description:
    'Writes all fields of a list in one way, drops what is no address, and merges leads that are one',
  effect: 'upsert',
  input: ProcessInput,
  output: ProcessOutput,
  methods: [{ id: 'in-pages', description: 'A thousand leads at a time' }],
  tunables: {},
  period: (input) => input.list,
});

export const EnrichInput = z.strictObject({ list });
export type EnrichInput = z.infer<typeof EnrichInput>;

export const EnrichOutput = z.strictObject({
  list: z.string(),
  leads: count,
  /** Leads that have more than before. */
  enriched: count,
  /** How many leads got which field. */
  filled: z.record(z.string(), count),
  /** At most 20. */
  samples,
});
export type EnrichOutput = z.infer<typeof EnrichOutput>;

export const enrichLeads = defineCapability({
  id: 'leads.enrich',
  verb: 'enrich',
  title: 'Enrich a list',
  description: 'Fills the gaps of leads from others of the same site; what is there stays',
  effect: 'upsert',
  input: EnrichInput,
  output: EnrichOutput,
  methods: [{ id: 'same-site', description: 'From other leads of the account with the same site' }],
  tunables: {},
  period: (input) => input.list,
});

export const ImportInput = z.strictObject({
  list,
  file: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'expected the id of a file that was loaded: 64 hex digits')
    .meta({
      title: 'File',
      description: 'The file, by the id it was loaded under: a hash of what is in it',
      examples: ['9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'],
    }),
});
export type ImportInput = z.infer<typeof ImportInput>;

export const ImportOutput = z.strictObject({
  list: z.string(),
  /** What people call it: `leads.csv`. */
  name: z.string(),
  lines: count,
  created: count,
  changed: count,
  unchanged: count,
  /** Lines that made no lead. */
  bad: count,
  /** The first 20 of them, each with its line in the file. */
  badLines: z.array(z.strictObject({ line: z.int(), why: z.string() })),
});
export type ImportOutput = z.infer<typeof ImportOutput>;

export const importLeads = defineCapability({
  id: 'leads.import',
  verb: 'import',
  title: 'Import a file',
  description: 'Takes the leads of a file that was loaded into a list; a repeat changes nothing',
  effect: 'upsert',
  input: ImportInput,
  output: ImportOutput,
  methods: [{ id: 'in-chunks', description: 'A thousand lines at a time, each chunk whole' }],
  tunables: {},
  period: (input) => `${input.list}/${input.file.slice(0, 12)}`,
});

/** Which columns a file of leads has. */
export const LeadLayout = z.enum(['full', 'sheet', 'instantly']);
export type LeadLayout = z.infer<typeof LeadLayout>;

export const ExportInput = LeadFilter.extend({
  file: z
    .string()
    .regex(
      /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,150}\.(csv|xlsx)$/u,
      'expected a name such as dentists.csv',
    )
    .meta({
      title: 'File',
      description: 'Its name below the folder of exports; .csv or .xlsx tells the format',
      examples: ['plumbers-berlin.csv'],
    }),
  layout: LeadLayout.default('full').meta({
    title: 'Columns',
    description: 'All columns, those of the old sheet, or those Instantly takes',
  }),
});
export type ExportInput = z.infer<typeof ExportInput>;

export const ExportOutput = z.strictObject({
  /** Where the worker wrote it. */
  path: z.string(),
  leads: count,
  bytes: count,
});
export type ExportOutput = z.infer<typeof ExportOutput>;

export const exportLeads = defineCapability({
  id: 'leads.export',
  verb: 'export',
  title: 'Export leads',
  description:
    'Writes leads as CSV or XLSX into a file of the worker, which is there once it is whole',
  effect: 'upsert',
  input: ExportInput,
  output: ExportOutput,
  methods: [{ id: 'in-pages', description: 'Page by page; a repeat replaces the file' }],
  tunables: {},
  period: (input) => input.file,
});

const ForgetInput = z.strictObject({
  pattern: z
    .string()
    .trim()
    .toLowerCase()
    .regex(/^([^\s@]+@)?[^\s@.]+(\.[^\s@.]+)+$/, 'expected an address or a domain')
    .meta({
      title: 'Address or domain',
      description: 'Whose data goes: one address, or everybody at a domain',
      examples: ['mara@acme.example'],
    }),
  reason: z
    .string()
    .trim()
    .min(1, 'expected a reason, for those who look later')
    .max(500)
    .meta({
      title: 'Reason',
      description: 'Why, as the suppression list will say it',
      examples: ['asked to be forgotten'],
    }),
});

const ForgetOutput = z.strictObject({
  pattern: z.string(),
  /** Rows that went or were blacked out, by table. */
  removed: z.record(z.string(), count),
  /** It was not on the suppression list before. */
  isNewlySuppressed: z.boolean(),
  /** What we can't remove, and how it goes. */
  left: z.array(z.string()),
});

export const forgetLeads = defineCapability({
  id: 'leads.forget',
  verb: 'forget',
  title: 'Forget a person',
  description:
    'Removes what we keep of an address or a domain, in all accounts, and never writes to it again',
  effect: 'destroy',
  input: ForgetInput,
  output: ForgetOutput,
  methods: [{ id: 'everywhere', description: 'All tables of ours' }],
  tunables: {},
  period: (input) => input.pattern,
  confirmation: (input) => input.pattern,
});
