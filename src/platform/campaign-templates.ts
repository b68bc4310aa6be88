import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseDocument } from 'yaml';
import { CampaignTemplate } from '../contracts/instantly-campaigns.ts';

/** A template is missing or wrong; the message says where and what was expected. */
export class BadTemplate extends Error {
  override readonly name = 'BadTemplate';
}

/** The mails of campaigns, as files that people write. */
export interface CampaignTemplates {
  /** Reads it anew each time. @throws {BadTemplate} */
  read(name: string): CampaignTemplate;
}

/** @param folder with one YAML file for each template. */
export const createCampaignTemplates = (folder: string): CampaignTemplates => ({
  read(name) {
    const file = join(folder, `${name}.yaml`);
    if (!existsSync(file)) {
      const known = globSync(join(folder, '*.yaml')).map((each) => basename(each, '.yaml'));
      throw new BadTemplate(
        `There is no template ${file}; there are: ${known.sort().join(', ') || 'none'}`,
      );
    }
    const document = parseDocument(readFileSync(file, 'utf8'));
    const [unreadable] = document.errors;
    if (unreadable) throw new BadTemplate(`${file}: ${unreadable.message}`);
    const template = CampaignTemplate.safeParse(document.toJS());
    if (template.success) return template.data;
    const problems = template.error.issues.map(
      ({ path, message }) => `${path.join('.') || 'its root'}: ${message}`,
    );
    throw new BadTemplate(`${file}: ${problems.join('; ')}`);
  },
});
