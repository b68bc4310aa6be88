import { expect, test } from '@jest/globals';
import { globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { createCampaignTemplates } from '../../src/platform/campaign-templates.ts';
import { tagObjections } from '../../src/rules/merge-tags.ts';
import { root } from '../support/servers.ts';

const folder = join(root, 'campaigns');
const templates = createCampaignTemplates(folder);
const names = globSync(join(folder, '*.yaml')).map((file) => basename(file, '.yaml'));

test.each(names)('the ready template %s can be read, and all of its tags are known', (name) => {
  const { steps, variables } = templates.read(name);
  expect(steps[0]?.waitDays).toBe(0);
  for (const { subject, body } of steps.flatMap((step) => step.variants)) {
    expect(tagObjections(`${subject}\n${body}`, variables)).toEqual([]);
  }
});

test('a template that is not there is told apart from those that are', () => {
  expect(() => templates.read('gone')).toThrow(/gone\.yaml; there are: first-contact/);
});
