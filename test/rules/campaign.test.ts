import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { instantlyTimeZones, nearestTimeZones } from '../../src/contracts/time-zones.ts';
import { weekdays } from '../../src/contracts/instantly-campaigns.ts';
import {
  changesTo,
  mappingInWords,
  named,
  notSendingInWords,
  numbered,
  scheduleInWords,
  statusInWords,
} from '../../src/rules/campaign.ts';
import { fillTags, tagObjections } from '../../src/rules/merge-tags.ts';

test.each([
  ['America/New_York', 'America/Detroit'],
  ['Europe/London', 'Europe/Isle_of_Man'],
  ['Europe/Berlin', 'Europe/Belgrade'],
  ['UTC', 'Africa/Abidjan'],
  ['Asia/Calcutta', 'Asia/Kolkata'],
])('in place of %s the clocks of %s show the same, so it is named', (wanted, nearest) => {
  expect(nearestTimeZones(wanted)).toContain(nearest);
});

test('there are 102 zones, each one that clocks know; what is none has no nearest one', () => {
  expect(new Set(instantlyTimeZones).size).toBe(102);
  for (const name of instantlyTimeZones) {
    expect(() => new Intl.DateTimeFormat('en', { timeZone: name })).not.toThrow();
  }
  expect(nearestTimeZones('Atlantis/Capital')).toEqual([]);
});

test('days become numbers and come back, whichever day a week begins with', () => {
  expect(numbered(['Mon', 'Fri'], 'sunday')).toMatchObject({
    0: false,
    1: true,
    5: true,
    6: false,
  });
  expect(numbered(['Mon', 'Fri'], 'monday')).toMatchObject({ 0: true, 4: true, 5: false });
  fc.assert(
    fc.property(
      fc.subarray([...weekdays]),
      fc.constantFrom('sunday' as const, 'monday' as const),
      (days, starts) => {
        expect(named(numbered(days, starts), starts)).toEqual(days);
      },
    ),
  );
});

test('a mapping says which days it would be if the vendor counted otherwise', () => {
  const words = mappingInWords(numbered(['Mon', 'Fri'], 'sunday'), 'sunday');
  expect(words).toContain('Mon, Fri are the numbers 1, 5 if Instantly counts from Sunday as 0');
  expect(words).toContain('INSTANTLY_WEEK_STARTS=sunday');
  expect(words).toContain('From Monday they would be Tue, Sat');
  const hours = { timing: { from: '09:00', to: '17:00' }, timezone: 'America/Chicago' };
  expect(scheduleInWords([{ ...hours, days: numbered(['Tue'], 'monday') }], 'monday')).toBe(
    'Tue 09:00–17:00 America/Chicago',
  );
});

test('states have words, also those the vendor adds some day', () => {
  expect(statusInWords(0)).toContain('sends nothing until it is activated');
  expect(statusInWords(17)).toBe('the unknown status 17');
  expect(notSendingInWords(2)).toBe('it waits for a lead');
  expect([notSendingInWords(null), notSendingInWords(0)]).toEqual([null, null]);
});

test.each<[string, object, object, readonly string[]]>([
  ['nothing', { a: 1, more: true }, { a: 1 }, []],
  ['a number', { daily_limit: 40 }, { daily_limit: 50 }, ['daily_limit: 40 → 50']],
  ['what was not set', {}, { daily_limit: 50 }, ['daily_limit: not set → 50']],
  ['what is off and was not set', {}, { open_tracking: false }, []],
  ['only the order of senders', { email_list: ['b', 'a'] }, { email_list: ['a', 'b'] }, []],
  [
    'the senders',
    { email_list: ['b', 'c'] },
    { email_list: ['a', 'b'] },
    ['email_list: 1 more, 1 less, 2 in all'],
  ],
  ['nothing but what the vendor adds', { s: [{ a: 1, b: 2 }] }, { s: [{ a: 1 }] }, []],
  ['a step', { s: [{ a: 1 }] }, { s: [{ a: 1 }, { a: 2 }] }, ['s: other than asked, now as asked']],
])('of a campaign, %s differs', (_, there, wanted, lines) => {
  expect(changesTo({ ...there }, { ...wanted }).lines).toEqual(lines);
});

test.each<[string, string]>([
  ['Hi {{firstName}}', ''],
  ['Hi {{firstName | there}} in {{City}}', ''],
  ['{{RANDOM | Hi | Hello}} {{email}}', ''],
  ['no tag { at } all', ''],
  ['Hi {{first_name}}', '{{first_name}} is no merge tag: did you mean {{firstName}}?'],
  ['Hi {{Firstname|there}}', 'did you mean {{firstName}}?'],
  ['in {{city}}', 'did you mean {{City}}?'],
  ['{{random | a | b}}', 'did you mean {{RANDOM}}?'],
  ['{{RANDOM | a}}', 'needs at least two wordings'],
  ['{{shoeSize}}', '{{shoeSize}} is no merge tag; there are {{email}}, {{firstName}}'],
  ['{{}}', '{{}} is no merge tag; there are'],
  ['Hi {{firstName}', 'a merge tag is not closed'],
  ['Hi {{RANDOM | {{firstName}} | you}}', 'stands within another'],
])('the tags of “%s” are found %s', (text, objection) => {
  const found = tagObjections(text, ['City']);
  if (objection === '') expect(found).toEqual([]);
  else expect(found.join('; ')).toContain(objection);
});

test('a lead’s values go into a text; fallbacks help out, and what is missing is named', () => {
  expect(
    fillTags('{{RANDOM | Hi | Hello}} {{firstName | there}} of {{companyName}}, {{Seats}} seats', {
      firstName: '',
      Seats: 0,
    }),
  ).toEqual({ text: 'Hi there of , 0 seats', missing: ['companyName'] });
});
