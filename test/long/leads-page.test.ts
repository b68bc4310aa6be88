import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { LeadQuery } from '../../src/contracts/leads.ts';
import { openDatabase, type Database } from '../../src/platform/database.ts';
import { createLeadReader, type LeadReader } from '../../src/platform/lead-views.ts';
import { createLeadStore } from '../../src/platform/leads.ts';
import { testDatabase, type TestDatabase } from '../support/servers.ts';

const many = 1_000_000;
/** As the bench of the dashboard has it for every page. */
const mostP95Ms = 300;
const times = 20;

let own: TestDatabase;
let database: Database;
let reader: LeadReader;
beforeAll(async () => {
  own = await testDatabase('leads-page');
  database = openDatabase(own.url, 4);
  reader = createLeadReader(database);
  const { sql } = database;
  const sources = JSON.stringify({
    emails: [{ kind: 'import', ref: 'x', isStandIn: false, at: '2026-01-05T00:00:00.000Z' }],
  });
  for (let from = 1; from <= many; from += 100_000) {
    await sql`
      insert into leads (account, key, business_name, city, website, site, emails, sources, search)
      select 'default', 'site:firm-' || n || '.de', 'Firm ' || n, 'Town ' || n % 5000,
        'https://firm-' || n || '.de', 'firm-' || n || '.de',
        case when n % 4 = 0 then '{}'::text[] else array['info@firm-' || n || '.de'] end,
        ${sources}::text::jsonb,
        'firm ' || n || ' firm-' || n || '.de town ' || n % 5000 || ' info@firm-' || n || '.de'
      from generate_series(${from}::int, ${from + 99_999}::int) n`;
  }
  await sql`
    insert into lead_lists (account, list, lead_id)
    select 'default', case when id % 10 = 0 then 'tenth' else 'rest' end, id from leads`;
  await sql`insert into lead_lists (account, list, lead_id)
    select 'default', 'few', id from leads where id % 50000 = 1`;
  await sql`
    insert into lead_pushes (account, campaign_id, email, lead_id, state, reason)
    select 'default', 'c' || id % 20, 'info@firm-' || id || '.de', id,
      case when id % 1000 = 0 then 'unknown' else 'pushed' end, 'done'
    from leads where id % 2 = 0`;
  await sql`vacuum analyze leads`;
  await sql`vacuum analyze lead_lists`;
  await sql`vacuum analyze lead_pushes`;
}, 1_800_000);
afterAll(async () => {
  await database.close();
  await own.drop();
});

const queries: Readonly<Record<string, Omit<LeadQuery, 'account' | 'limit'>>> = {
  'all leads': {},
  'a page far behind': { cursor: '900000' },
  'a list': { list: 'tenth' },
  'a page far behind in a list': { list: 'rest', cursor: '900000' },
  'a short list': { list: 'few' },
  'one word': { q: 'firm-777777.de' },
  'a word that many have': { q: 'town' },
  'a word in a list': { q: 'firm-77777', list: 'tenth' },
  'words that nobody has': { q: 'nowhere at all' },
  'without an address': { hasEmail: false },
  'left out, which none is': { isExcluded: true },
  'made up, which none is': { isStandIn: true },
  'left out in a list': { isExcluded: true, list: 'rest' },
  'a campaign': { campaign: 'c4' },
  'a rare state': { pushState: 'unknown' },
  'a state nobody is in': { pushState: 'refused' },
  'a rare state in a campaign': { pushState: 'unknown', campaign: 'c0' },
  'not pushed': { pushState: 'not-pushed' },
  'not pushed in a list': { pushState: 'not-pushed', list: 'tenth' },
  'since a day to come': { from: '2999-01-01' },
};

/** The best of three rounds: a machine that is busy with other things is no news. */
async function p95Of(call: () => Promise<unknown>): Promise<number> {
  let best = Infinity;
  for (let round = 0; round < 3 && best > mostP95Ms; round += 1) {
    best = Math.min(best, await p95OfRound(call));
  }
  return best;
}

async function p95OfRound(call: () => Promise<unknown>): Promise<number> {
  await call();
  const tookMs: number[] = [];
  for (let time = 0; time < times; time += 1) {
    const began = performance.now();
    await call();
    tookMs.push(performance.now() - began);
  }
  return tookMs.toSorted((a, b) => a - b)[Math.floor(times * 0.95)] ?? Infinity;
}

test.each(Object.entries(queries))(
  'of a million leads: %s',
  async (what, query) => {
    const tookMs = await p95Of(() => reader.page({ account: 'default', limit: 50, ...query }));
    console.log(`${what}: p95 ${tookMs.toFixed(1)} ms`);
    expect(tookMs).toBeLessThan(mostP95Ms);
  },
  120_000,
);

test('of a million leads: one of them, and what there is to choose from', async () => {
  const [page] = (await reader.page({ account: 'default', limit: 1 })).leads;
  const accounts = [{ name: 'default', isStandIn: false }];
  const one = await p95Of(() => reader.show('default', page?.id ?? 0));
  const choices = await p95Of(() => reader.choices(accounts));
  console.log(
    `one lead: p95 ${one.toFixed(1)} ms; lists and campaigns: p95 ${choices.toFixed(1)} ms`,
  );
  expect(Math.max(one, choices)).toBeLessThan(mostP95Ms);
}, 120_000);

test('of a million leads a list is read page by page as fast at its end as at its beginning', async () => {
  const pages = createLeadStore(database).each('default', { list: 'tenth' }, 1_000);
  const tookMs: number[] = [];
  let began = performance.now();
  for await (const page of pages) {
    expect(page).toHaveLength(1_000);
    tookMs.push(performance.now() - began);
    began = performance.now();
  }
  expect(tookMs).toHaveLength(100);
}, 120_000);
