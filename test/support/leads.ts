import type { FoundLead } from '../../src/contracts/leads.ts';
import { createLeadStore } from '../../src/platform/leads.ts';
import type { World } from './world.ts';

/** A business as a search finds it; every number makes another one. */
export const business = (number: number, also: FoundLead = {}): FoundLead => ({
  placeId: `place-${number}`,
  businessName: `Dental practice ${number}`,
  category: 'Dentist',
  address: `Hauptstraße ${number}, 10115 Berlin, Germany`,
  street: `Hauptstraße ${number}`,
  city: 'Berlin',
  postalCode: '10115',
  countryCode: 'DE',
  website: `https://praxis-${number}.de`,
  rating: 4.2,
  reviews: 10 + number,
  ...also,
});

/** Puts leads into a list of account `default`, as a search on a live vendor would. */
export const saveLeads = (
  { database }: Pick<World, 'database'>,
  found: readonly FoundLead[],
  {
    list = 'dentists-berlin',
    isStandIn = false,
    ref = 'leads.scrape/default/dentists-berlin',
  } = {},
) => createLeadStore(database).save('default', list, found, { kind: 'scrape', ref, isStandIn });
