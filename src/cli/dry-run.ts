import type { DryRun } from '../contracts/dry-run.ts';
import { number, strong, table } from './output.ts';

/** What a run would do, for people: whether it would, what leaves, whom it reaches, what stands against it. */
export function describeDryRun(dry: DryRun, account: string, isStandIn: boolean): string {
  const { summary, request, recipients, costUsdCents, ledger, refusals, confirmation } = dry;
  const rows = [
    ['account', isStandIn ? `${account} (stand-in)` : `${account} (live)`],
    ['request', request && `${request.method} ${request.path}`],
    ['body', request?.body === undefined ? null : JSON.stringify(request.body)],
    ['recipients', recipientsOf(recipients)],
    ['cost', costUsdCents === null ? 'none known' : `${number(costUsdCents / 100)} USD`],
    ['ledger', ledger ? `${ledger.key} is ${ledger.state}: ${ledger.reason}` : 'nothing yet'],
    ['confirmation', confirmation === null ? 'none needed' : `--confirm ${confirmation}`],
  ];
  const reasons = refusals.map(({ failure, message }) => `  ${failure}: ${message}`);
  return [
    `${strong('Dry run')}  ${summary}`,
    [verdictOf(dry), ...reasons].join('\n'),
    table([], rows),
    'Nothing was done.',
  ].join('\n\n');
}

function verdictOf({ wouldAct, refusals, ledger, request }: DryRun): string {
  if (wouldAct) return 'A run would do this.';
  if (refusals.length > 0) return 'A run would be refused:';
  if (request === null) return 'A run would find nothing to do.';
  return ledger?.state === 'done'
    ? 'A run would do nothing: it is done already.'
    : 'A run would do nothing.';
}

function recipientsOf({ count, first }: DryRun['recipients']): string {
  if (count === 0) return 'none';
  const more = count > first.length ? `, and ${number(count - first.length)} more` : '';
  return `${number(count)}: ${first.join(', ')}${more}`;
}
