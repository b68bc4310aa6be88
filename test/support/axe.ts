import axe, { type AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

/** WCAG 2.2 AA, as far as a program can tell. */
const runOnly = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
/** What people say to their computer is what they read; axe still calls this rule experimental. */
const rules = { 'label-content-name-mismatch': { enabled: true } };

/**
 * What on a page, as it is now, is against the rules.
 *
 * @param where how the page came to look so, for the report.
 */
export async function violationsOf(page: Page, where: string): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<AxeResults>(
    `axe.run(document, ${JSON.stringify({ runOnly, rules, resultTypes: ['violations'] })})`,
  );
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(
      ({ target, failureSummary }) => `${where} ${id}: ${target.join(' ')} ${failureSummary}`,
    ),
  );
}
