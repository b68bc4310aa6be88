interface MailboxSums {
  readonly emailAccount: string;
  readonly sent: number;
  readonly bounced: number;
}

/** Names this many mailboxes at most, so that a result stays small. */
const mostNamed = 20;

/** Mailboxes whose bounce rate (0 to 1) lies above the limit, worst first; not those exactly on it. */
export function mostBounced(
  mailboxes: readonly MailboxSums[],
  maxBounceRate: number,
): { readonly emailAccount: string; readonly bounceRate: number }[] {
  return mailboxes
    .filter((each) => each.sent > 0 && each.bounced / each.sent > maxBounceRate)
    .map(({ emailAccount, sent, bounced }) => ({ emailAccount, bounceRate: bounced / sent }))
    .sort((a, b) => b.bounceRate - a.bounceRate || a.emailAccount.localeCompare(b.emailAccount))
    .slice(0, mostNamed);
}
