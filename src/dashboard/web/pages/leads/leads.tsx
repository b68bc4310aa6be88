import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useParams } from '@tanstack/react-router';
import { useEffect, useState, type ReactNode } from 'react';
import type { LeadChoices } from '../../../../contracts/lead-views.ts';
import { leadChoicesResource, leadsCsv, readLeads } from '../../api-leads.ts';
import { useResource } from '../../live.ts';
import { count, counted } from '../../numbers.ts';
import { Copy } from '../../parts/copy.tsx';
import { Icon } from '../../parts/icon.tsx';
import { useTitle } from '../../parts/title.ts';
import { Empty, Skeleton, Trouble } from '../../parts/view.tsx';
import type { LeadsSearch } from '../../search.ts';
import { LeaveOutDialog, ListActs, type ToLeaveOut } from './lead-acts.tsx';
import { LeadPanel } from './lead-panel.tsx';
import { LeadTable, nameOf, type Ticks } from './lead-table.tsx';
import { filterOf } from './lead-words.tsx';
import { activeFilters, LeadsFilter } from './leads-filter.tsx';
import { ActButton } from '../../parts/act-button.tsx';
import { BulkBar } from '../../parts/selection.tsx';

const route = getRouteApi('/leads');

/** Businesses that were found: whom we have, and who was contacted. */
export const LeadsPage = (): ReactNode => {
  useTitle('Leads');
  const search = route.useSearch();
  const choices = useResource(leadChoicesResource(search.account), true);
  const account = search.account ?? choices.data?.account;
  return (
    <>
      {account === undefined ? (
        <>
          <div className="head">
            <h1>Leads</h1>
          </div>
          <div className="card">
            {choices.error ? (
              <Trouble
                what="The list of leads"
                error={choices.error}
                at={choices.errorUpdatedAt}
                shownAt={0}
                retry={() => void choices.refetch()}
              />
            ) : (
              <Skeleton rows={10} />
            )}
          </div>
        </>
      ) : (
        <Leads account={account} search={search} choices={choices.data} />
      )}
    </>
  );
};

const nothingTicked: ReadonlySet<number> = new Set();

const Leads = ({
  account,
  search,
  choices,
}: {
  account: string;
  search: LeadsSearch;
  choices: LeadChoices | undefined;
}) => {
  const navigate = route.useNavigate();
  const { lead: selected } = useParams({ strict: false });
  const filter = filterOf(search);
  const list = useInfiniteQuery({
    queryKey: ['leads', account, filter, search.cursor],
    queryFn: ({ pageParam, signal }) => readLeads(account, filter, pageParam, signal),
    initialPageParam: search.cursor,
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: keepPreviousData,
  });
  const leads = list.data?.pages.flatMap((page) => page.leads) ?? [];
  const first = list.data?.pages[0];
  const total = first?.total ?? 0;
  const names = new Map(choices?.campaigns.map(({ id, name }) => [id, name]));
  const campaignName = (id: string) => names.get(id) ?? id;

  const [ticked, setTicked] = useState<ReadonlySet<number> | 'all'>(nothingTicked);
  const [leaving, setLeaving] = useState<ToLeaveOut>();
  const matched = JSON.stringify([account, filter]);
  useEffect(() => setTicked(nothingTicked), [matched]);
  const ticks: Ticks = {
    has: (id) => ticked === 'all' || ticked.has(id),
    isAll: ticked === 'all',
    toggle: (...ids) => {
      const before = ticked === 'all' ? new Set(leads.map((lead) => lead.id)) : new Set(ticked);
      for (const id of ids) if (!before.delete(id)) before.add(id);
      setTicked(before);
    },
    toggleAll: () => setTicked(ticked === 'all' ? nothingTicked : 'all'),
  };
  const chosen = ticked === 'all' ? total : ticked.size;
  const askToLeaveOut = () =>
    setLeaving({
      which: ticked === 'all' ? { filter, expected: total } : { ids: [...ticked] },
      count: chosen,
      examples: leads
        .filter(({ id }) => ticks.has(id))
        .slice(0, 5)
        .map(nameOf),
    });
  const open = (id: number) =>
    void navigate({
      to: '/leads/$lead',
      params: { lead: String(id) },
      search,
      replace: selected !== undefined,
      resetScroll: false,
    });
  const close = () => void navigate({ to: '/leads', search, replace: true, resetScroll: false });

  return (
    <>
      <div className="head">
        <h1>Leads</h1>
        {first && (
          <span className="t3 s12">
            {first.isTotalExact ? '' : 'more than '}
            {counted(total, 'lead')} of account {account}
          </span>
        )}
        <span className="grow" />
        <ListActs account={account} list={search.list} />
        <a className="btn" href={leadsCsv(account, filter)} download>
          <Icon name="download" size="m" />
          Export CSV
        </a>
      </div>
      <LeadsFilter search={search} choices={choices} />
      <div className={selected === undefined ? 'cols' : 'cols aside'}>
        <section className="card" aria-label="List of leads">
          {list.error && (
            <Trouble
              what="The list of leads"
              error={list.error}
              at={list.errorUpdatedAt}
              shownAt={list.data ? list.dataUpdatedAt : 0}
              retry={() => void list.refetch()}
            />
          )}
          {list.data === undefined ? (
            !list.error && <Skeleton rows={10} />
          ) : leads.length === 0 ? (
            <NoLeads search={search} account={account} campaigns={choices?.campaigns ?? []} />
          ) : (
            <LeadTable
              leads={leads}
              search={search}
              selected={selected === undefined ? undefined : Number(selected)}
              ticks={ticks}
              campaignName={campaignName}
              open={open}
              isMore={list.hasNextPage}
              more={() => {
                if (!list.isFetchingNextPage) void list.fetchNextPage();
              }}
            />
          )}
          {chosen > 0 && (
            <BulkBar
              label="Selected leads"
              words={
                <b>
                  {ticked === 'all' && first?.isTotalExact === false ? 'More than ' : ''}
                  {counted(chosen, 'lead')} selected
                </b>
              }
            >
              <button type="button" className="btn q" onClick={() => setTicked(nothingTicked)}>
                Clear
              </button>
              <ActButton
                className="btn d"
                disabled={ticked === 'all' && first?.isTotalExact === false}
                title={
                  ticked === 'all' && first?.isTotalExact === false
                    ? `Narrow the list to ${count(total)} leads at most`
                    : undefined
                }
                onClick={askToLeaveOut}
              >
                Leave out for good…
              </ActButton>
            </BulkBar>
          )}
        </section>
        {selected !== undefined && (
          <LeadPanel
            key={selected}
            account={account}
            isStandInAccount={
              choices?.accounts.find(({ name }) => name === account)?.isStandIn ?? false
            }
            id={selected}
            campaign={search.campaign}
            campaignName={campaignName}
            close={close}
          />
        )}
      </div>
      <LeaveOutDialog
        account={account}
        leads={leaving}
        onDone={() => setTicked(nothingTicked)}
        onClose={() => setLeaving(undefined)}
      />
    </>
  );
};

const command = 'npm run -s agentic -- leads --help';

const NoLeads = ({
  search,
  account,
  campaigns,
}: {
  search: LeadsSearch;
  account: string;
  campaigns: LeadChoices['campaigns'];
}) => {
  const filters = activeFilters(search, campaigns);
  if (filters.length === 0) {
    return (
      <Empty>
        <p>
          Account {account} has no leads yet. What searches, files and sheets bring will be here,
          each value with who said it.
        </p>
        <Link to="/new" className="btn p">
          Start a run that finds some
        </Link>
        <p className="row w hint">
          On the command line: <code>{command}</code>
          <Copy text={command} name="Copy command" isIcon className="btn q xs" />
        </p>
      </Empty>
    );
  }
  return (
    <Empty>
      <p>
        <b>No leads match</b>
      </p>
      <div className="row w">
        {filters.map((filter) => (
          <Link
            key={filter.key}
            to="/leads"
            search={filter.without}
            className="chip on"
            aria-label={`Remove the filter ${filter.words}`}
          >
            {filter.words}
            <Icon name="close" size="s" />
          </Link>
        ))}
        <Link to="/leads" search={{ account: search.account }} className="btn xs">
          Clear filters
        </Link>
      </div>
    </Empty>
  );
};
