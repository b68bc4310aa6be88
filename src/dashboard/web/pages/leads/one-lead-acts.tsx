import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { LeadView } from '../../../../contracts/lead-views.ts';
import { takeIn } from '../../api-leads.ts';
import { Ago } from '../../parts/ago.tsx';
import { ReasonDialog, type Act } from '../../parts/reason-dialog.tsx';
import { say } from '../../parts/toast.tsx';
import { LeaveOutDialog } from './lead-acts.tsx';
import { nameOf } from './lead-table.tsx';
import { ActButton } from '../../parts/act-button.tsx';

/** What can be done with one lead: push it, leave it out for good, take it in again. */
export const OneLeadActs = ({
  lead,
  isStandInAccount,
  campaign,
}: {
  lead: LeadView;
  isStandInAccount: boolean;
  campaign: string | undefined;
}) => {
  const client = useQueryClient();
  const [isLeaving, setLeaving] = useState(false);
  const [back, setBack] = useState<Act>();
  const { account, excluded, emails } = lead;
  const name = nameOf(lead);
  const isMadeUp = lead.isStandIn && !isStandInAccount;
  const whyNot = excluded
    ? 'It is left out for good'
    : emails.length === 0
      ? 'It has no e-mail address'
      : isMadeUp
        ? 'A stand-in had a part in it: nothing made up goes to a live vendor'
        : undefined;
  const askBack = () =>
    setBack({
      title: `Take ${name} in again?`,
      consequence: 'Runs may push, enrich and send to it again.',
      verb: 'Take it in again',
      isReasonNeeded: true,
      run: async (reason) => {
        await takeIn({ account, ids: [lead.id], reason });
        say(`${name} may be used again.`);
        await client.invalidateQueries();
      },
    });
  return (
    <>
      {excluded && (
        <p className="failed wrap">
          Left out for good by {excluded.by} <Ago at={excluded.at} />: {excluded.why}
        </p>
      )}
      <div className="row w">
        {whyNot === undefined ? (
          <Link
            to="/new/$capability"
            params={{ capability: 'instantly.add-lead' }}
            search={{ account, input: JSON.stringify(asInput(lead, campaign)) }}
            className="btn p"
          >
            Push to a campaign…
          </Link>
        ) : (
          <button type="button" className="btn" disabled title={whyNot}>
            Push to a campaign…
          </button>
        )}
        {excluded ? (
          <ActButton className="btn" onClick={askBack}>
            Take in again…
          </ActButton>
        ) : (
          <ActButton className="btn d" onClick={() => setLeaving(true)}>
            Leave out for good…
          </ActButton>
        )}
      </div>
      {whyNot !== undefined && !excluded && <p className="hint">{whyNot}.</p>}
      <LeaveOutDialog
        account={account}
        leads={isLeaving ? { which: { ids: [lead.id] }, count: 1, examples: [name] } : undefined}
        onDone={() => undefined}
        onClose={() => setLeaving(false)}
      />
      <ReasonDialog act={back} onClose={() => setBack(undefined)} />
    </>
  );
};

/** The lead as the form of a push takes it. */
const asInput = (lead: LeadView, campaignId: string | undefined) => ({
  campaignId,
  email: lead.emails[0],
  firstName: lead.firstName ?? undefined,
  lastName: lead.lastName ?? undefined,
  companyName: lead.businessName ?? undefined,
  jobTitle: lead.jobTitle ?? undefined,
  phone: lead.phones[0],
  website: lead.website ?? undefined,
  ...(Object.keys(lead.custom).length === 0 ? {} : { customVariables: lead.custom }),
});
