import { expect, test } from '@jest/globals';
import { provenanceObjection } from '../../src/rules/provenance.ts';

const objection = (some: Partial<Parameters<typeof provenanceObjection>[0]>) =>
  provenanceObjection({
    isLiveAccount: true,
    provenance: undefined,
    isStandIn: false,
    recipients: [],
    ...some,
  });

test.each([
  'a@example.com',
  'a@EXAMPLE.org.',
  'a@mail.example.net',
  'a@any.example',
  'a@x.test',
  'a@x.invalid',
  'a@localhost',
])('%s belongs to nobody, so nothing live goes there', (address) => {
  expect(objection({ recipients: ['mara@kunde.de', address] })).toContain(address);
  expect(objection({ recipients: [address], isLiveAccount: false })).toBeNull();
});

test.each(['a@myexample.com', 'a@example.com.de', 'example.com@kunde.de', 'a@contest'])(
  '%s may belong to somebody',
  (address) => {
    expect(objection({ recipients: [address] })).toBeNull();
  },
);

test('made-up data is refused whoever says that it is made up; live or unknown data is not', () => {
  expect(objection({ provenance: 'stand-in' })).toContain('came from a stand-in');
  expect(objection({ isStandIn: true, provenance: 'live' })).toContain('came from a stand-in');
  expect(objection({ provenance: 'live' })).toBeNull();
});
