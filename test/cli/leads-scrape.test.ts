import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createWorld, type World } from '../support/world.ts';
import { agentic, envOf } from './agentic.ts';

let world: World;
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  world = await createWorld(import.meta.filename, {
    standIns: { defaults: { apify: { readyMs: 0, runMs: 100 } } },
  });
  env = envOf(world);
});
afterAll(() => world.close());

const starts = () =>
  world.standIns.requests.list().filter(({ method }) => method === 'POST').length;
const scrape = ['leads', 'scrape', '--account', 'tour', '--list', 'dentists'];
const search = [...scrape, '--terms', 'dentist,optician', '--location', 'Berlin, Germany'];

test('a search is tried dry with its guard, then done, and its contacts are found', async () => {
  const dry = await agentic([...search, '--max', '10', '--max-cost-usd', '2', '--dry-run'], {
    env,
  });
  expect(dry).toMatchObject({ code: 0 });
  expect(dry.out).toContain('Searches Berlin, Germany for “dentist”, “optician”');
  expect(dry.out).toMatch(/request +POST \/v2\/actors\/nwua9Gu5YrADL7ZDj\/runs/);
  expect(starts()).toBe(0);

  const done = await agentic([...search, '--max', '10', '--json'], { env });
  expect(JSON.parse(done.out)).toMatchObject({
    isStandIn: true,
    result: { list: 'dentists', items: 20, isPartial: false },
  });
  const contacts = ['leads', 'contacts', '--account', 'tour', '--list', 'dentists'];
  const found = await agentic([...contacts, '--json'], { env });
  expect(JSON.parse(found.out)).toMatchObject({ result: { list: 'dentists', runs: 1, missed: 0 } });
  const again = await agentic([...contacts, '--dry-run'], { env });
  expect(again.out).toContain('No lead of the list dentists has a website');
  expect(starts()).toBe(2);
});

test.each([
  ['no term', [...scrape, '--location', 'Berlin'], /terms/],
  ['too many places', [...search, '--max', '1000000'], /max/],
  ['a language nobody speaks', [...search, '--language', 'English'], /expected a language such as/],
  ['no cost at all', [...search, '--max-cost-usd', '0'], /max-cost-usd|maxCostUsd/],
  ['no list', ['leads', 'contacts', '--account', 'tour'], /list/],
])('a search with %s is refused before anything starts', async (_, args, words) => {
  const before = starts();
  const refused = await agentic(args, { env });
  expect(refused.code).toBe(2);
  expect(refused.err).toMatch(words);
  expect(starts()).toBe(before);
});
