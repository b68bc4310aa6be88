import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import { FoundLead } from '../../src/contracts/leads.ts';
import { cleanLead } from '../../src/platform/clean-lead.ts';
import { emailsIn } from '../../src/platform/clean-emails.ts';

test.each<[string, string, string[]]>([
  ['joined by line breaks', 'a@x.de\nb@x.de', ['a@x.de', 'b@x.de']],
  ['joined by commas and semicolons', 'A@X.de, b@x.de;a@x.de', ['a@x.de', 'b@x.de']],
  ['links', 'mailto:a@x.de?subject=Hi@all', ['a@x.de']],
  ['encoded for HTML', 'a&#64;x.de&nbsp;b&amp;#64;x.de', ['a@x.de', 'b@x.de']],
  ['encoded for links', '%20info%40x.de', ['info@x.de']],
  ['from scripts', String.raw`\u003einfo@x.de\u003c u003einfo@y.de`, ['info@x.de', 'info@y.de']],
  ['with names', 'Mara <mara@x.de>, "Tom" <tom@x.de>.', ['mara@x.de', 'tom@x.de']],
  ['placeholders', 'info@mysite.com you@example.com name@email.com', []],
  ['images', 'logo@2x.png flags@1x.webp', []],
  ['of trackers', '605a7baede844d278b89dc95ae0a9123@sentry-next.wixpress.com', []],
  ['of nobody', 'a@localhost a@b b@x.invalid @x.de', []],
])('addresses: %s', (_, text, emails) => {
  expect(emailsIn([text])).toEqual(emails);
});

const links = (said: object) => {
  const { linkedIn, twitter, facebook, instagram, youTube, tikTok } = cleanLead(said);
  return [linkedIn, twitter, facebook, instagram, youTube, tikTok].flat();
};

test.each<[string, string[], string[]]>([
  [
    'linkedIn',
    ['linkedin.com/company/Acme/', 'https://de.linkedin.com/company/acme?x=1#a'],
    ['https://www.linkedin.com/company/acme'],
  ],
  [
    'twitter',
    [
      'https://twitter.com/Acme',
      'x.com/@acme',
      'https://twitter.com/share?url=x',
      'https://x.com/intent/post',
    ],
    ['https://x.com/acme'],
  ],
  [
    'facebook',
    [
      'https://m.facebook.com/Acme?ref=x',
      'https://www.facebook.com/sharer/sharer.php?u=x',
      'facebook.com/profile.php?id=12',
    ],
    ['https://www.facebook.com/acme', 'https://www.facebook.com/profile.php?id=12'],
  ],
  [
    'instagram',
    ['instagram.com/acme/', 'https://www.instagram.com/p/abc/'],
    ['https://www.instagram.com/acme'],
  ],
  [
    'youTube',
    ['youtube.com/@Acme', 'https://www.youtube.com/watch?v=1', 'https://youtube.com/channel/UCaB'],
    ['https://www.youtube.com/@acme', 'https://www.youtube.com/channel/UCaB'],
  ],
  ['tikTok', ['https://www.tiktok.com/@Acme?lang=de'], ['https://www.tiktok.com/@acme']],
])('pages on %s have one form, and what is nobody’s page is left out', (field, said, pages) => {
  expect(links({ [field]: said })).toEqual(pages);
});

test('a link finds its own network, whichever column it stood in', () => {
  expect(
    cleanLead({ twitter: 'https://facebook.com/acme', website: 'instagram.com/acme' }),
  ).toMatchObject({
    twitter: [],
    facebook: ['https://www.facebook.com/acme'],
    instagram: ['https://www.instagram.com/acme'],
    site: null,
  });
});

test.each([
  ['12 Main St, New York, NY 10001, USA', 'New York', 'NY', '10001', 'US'],
  ['5 King St W, Suite 2, Toronto, ON M5H 1A1, Canada', 'Toronto', 'ON', 'M5H 1A1', 'CA'],
  ['Hauptstr. 5, 10115 Berlin, Germany', 'Berlin', null, '10115', 'DE'],
  ['1 High St, London SW1A 1AA, UK', 'London', null, 'SW1A 1AA', 'GB'],
  ['Somewhere, New York', null, null, null, null],
])(
  'of the address %s only sure parts are taken',
  (address, city, state, postalCode, countryCode) => {
    expect(cleanLead({ address })).toMatchObject({ city, state, postalCode, countryCode });
  },
);

test('what a source says of the parts counts more than the address', () => {
  expect(cleanLead({ address: 'A 5, 10115 Berlin, Germany', city: 'Potsdam' }).city).toBe(
    'Potsdam',
  );
});

test.each([
  [{ phones: '030 901820', countryCode: 'DE' }, ['+4930901820']],
  [{ phones: 'tel:+49 (30) 901820\n+4930901820', countryCode: 'Germany' }, ['+4930901820']],
  [{ phones: '(212) 736-5000', address: '1 A St, New York, NY 10001, USA' }, ['+12127365000']],
  [{ phones: '030 901820' }, ['030 901820']],
  [{ phones: 'call us, n/a, 123' }, []],
])('phones: %j', (said, phones) => {
  expect(cleanLead(said).phones).toEqual(phones);
});

test.each([
  ['https://www.acme.co.uk/?utm_source=x#top', 'https://www.acme.co.uk', 'acme.co.uk'],
  ['HTTP://Acme.de/Contact', 'http://acme.de/Contact', 'acme.de'],
  ['acme.business.site', 'https://acme.business.site', 'acme.business.site'],
  ['joes.wixsite.com/home', 'https://joes.wixsite.com/home', 'joes.wixsite.com'],
  ['https://www.facebook.com/acme', 'https://www.facebook.com/acme', null],
  ['javascript:alert(1)', null, null],
  ['http://10.0.0.1/', null, null],
  ['n/a', null, null],
])('the website %s', (raw, website, site) => {
  expect(cleanLead({ website: raw })).toMatchObject({ website, site });
});

const bits = fc.constantFrom(
  ...[
    'a@x.de',
    'info@',
    '@',
    ',',
    ';',
    '\n',
    ' ',
    '&amp;',
    '&#64;',
    '%40',
    '&',
    "'",
    '=',
    'mailto:',
    'http://',
    'https://',
  ],
  ...[
    'x.com/',
    'facebook.com/',
    'linkedin.com/in/',
    'Ä',
    '+49',
    '030 901820',
    ', 10115 Berlin',
    ', NY 10001',
    '?',
    '#',
    '/',
    '<',
    '-',
  ],
);
const said = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc
    .array(fc.oneof(bits, fc.string({ maxLength: 6 })), { maxLength: 8 })
    .map((all) => all.join('')),
);
const manySaid = fc.oneof(said, fc.array(said, { maxLength: 4 }));
const anyLead = fc.record(
  {
    ...{
      placeId: said,
      businessName: said,
      category: said,
      address: said,
      street: said,
      city: said,
    },
    ...{ state: said, postalCode: said, website: said, rating: said, reviews: said },
    countryCode: fc.oneof(said, fc.constantFrom('DE', 'US', 'Germany', 'UK')),
    ...{ phones: manySaid, emails: manySaid, linkedIn: manySaid, twitter: manySaid },
    ...{ facebook: manySaid, instagram: manySaid, youTube: manySaid, tikTok: manySaid },
    ...{ firstName: said, lastName: said, jobTitle: said },
    custom: fc.dictionary(said, said, { maxKeys: 3 }),
  },
  { requiredKeys: [] },
);

test('whatever a source says: cleaning twice changes nothing, and no address is none', () => {
  fc.assert(
    fc.property(anyLead, (lead) => {
      const once = cleanLead(FoundLead.parse(lead));
      expect(cleanLead(once)).toEqual(once);
      for (const email of once.emails) {
        expect(z.email().safeParse(email).success).toBe(true);
        expect(email).toBe(email.toLowerCase());
      }
      for (const list of [once.emails, once.phones, once.facebook]) {
        expect(new Set(list).size).toBe(list.length);
      }
      for (const link of [once.website ?? 'https://x.de', ...links(lead)]) {
        expect(URL.canParse(link)).toBe(true);
      }
    }),
    { numRuns: 500 },
  );
});
