import { ApplicationFailure } from '@temporalio/common';
import { digestOf } from '../../contracts/digest.ts';
import { FailureType } from '../../contracts/failures.ts';
import type { Account } from '../../platform/config.ts';
import { provenanceObjection } from '../../rules/provenance.ts';
import type { CapabilityCall } from '../activities.ts';
import { quoted, rangeOf } from './a1.ts';
import type { Alone } from './alone.ts';
import type { SheetsClient, Spreadsheet, TabFacts } from './client.ts';
import { inPieces, type Block, type Grid } from './plan.ts';

/** A tab that is being worked on. */
export interface OpenTab {
  readonly spreadsheet: Spreadsheet;
  /** It was made for this work. */
  readonly isNew: boolean;
  /** All that stands in it. */
  readonly grid: Grid;
  /** Writes in pieces that Google likes, and makes the grid larger first where it has to. */
  readonly write: (blocks: readonly Block[]) => Promise<void>;
}

interface TabWish {
  readonly spreadsheet: string;
  readonly tab: string;
  /** Not made where there is none. */
  readonly needsTab: boolean;
  /** What is written was made up by a stand-in. */
  readonly isStandIn?: boolean;
}

/** Tabs for writing. */
export interface Tabs {
  /**
   * Works on a tab while no other run of ours does: places are worked out from what is read, and
   * would be wrong once somebody else has written.
   *
   * @throws `NotReady` (tried again) while others do, `NotFound` for a tab that must not be made,
   * `FromStandIn` for made-up data on its way to a live spreadsheet.
   */
  open<T>(
    call: Pick<CapabilityCall, 'input' | 'provenance'>,
    account: Account,
    wish: TabWish,
    work: (tab: OpenTab) => Promise<T>,
  ): Promise<T>;
}

const rowsAQuestion = 10_000;
/** Google asks for at most 2 MB a request. */
const bytesAPiece = 1_900_000;
const growBy = 1_000;
/** More runs of a login at once than this would only lose their turns to each other: each needs several. */
const writersALogin = 3;

/** @param client Google. @param alone keeps writers of one spreadsheet apart. */
export const createTabs = (client: SheetsClient, alone: Alone): Tabs => ({
  async open(call, account, wish, work) {
    const madeUp = provenanceObjection({
      isLiveAccount: !account.isStandIn,
      provenance: call.provenance,
      isStandIn: wish.isStandIn ?? false,
      recipients: [],
    });
    if (madeUp !== null) throw ApplicationFailure.nonRetryable(madeUp, FailureType.FromStandIn);
    const places = [
      { name: `sheets-of:${account.name}`, places: writersALogin },
      { name: `google-sheet:${wish.spreadsheet}`.slice(0, 120), places: 1 },
    ];
    return alone(places, digestOf(call.input), async (stillAlone) => {
      const found = await tabIn(client, account, wish, stillAlone);
      const { spreadsheet, isNew } = found;
      let { tab } = found;
      const grid = isNew ? [] : await gridOf(client, account, spreadsheet.id, tab);

      async function makeRoom(blocks: readonly Block[]): Promise<void> {
        const most = (count: number, endOf: (block: Block) => number): number =>
          blocks.reduce((end, block) => Math.max(end, endOf(block)), count);
        const rows = most(tab.rows, ({ row, values }) => row + values.length);
        const columns = most(
          tab.columns,
          ({ column, values }) => column + (values[0]?.length ?? 0),
        );
        if (rows <= tab.rows && columns <= tab.columns) return;
        const grown = { ...tab, columns, rows: rows > tab.rows ? ceil(rows, growBy) : rows };
        await stillAlone();
        await client.resize(account, spreadsheet.id, grown);
        tab = grown;
      }

      return work({
        spreadsheet,
        isNew,
        grid,
        async write(blocks) {
          await makeRoom(blocks);
          for (const piece of inPieces(blocks, bytesAPiece)) {
            await stillAlone();
            const data = piece.map((block) => ({ range: rangeOfBlock(tab, block), ...block }));
            await client.write(account, spreadsheet.id, data);
          }
        },
      });
    });
  },
});

async function tabIn(
  client: SheetsClient,
  account: Account,
  wish: TabWish,
  stillAlone: () => Promise<void>,
): Promise<{ readonly spreadsheet: Spreadsheet; readonly tab: TabFacts; readonly isNew: boolean }> {
  const look = async () => {
    const spreadsheet = await client.spreadsheet(account, wish.spreadsheet);
    return { spreadsheet, tab: spreadsheet.tabs.find(({ title }) => title === wish.tab) };
  };
  const { spreadsheet, tab } = await look();
  if (tab && tab.rows > 0) return { spreadsheet, tab, isNew: false };
  if (tab || wish.needsTab) {
    const titles = spreadsheet.tabs.map(({ title }) => `“${title}”`).join(', ');
    throw ApplicationFailure.nonRetryable(
      `“${wish.tab}” is no tab with rows of “${spreadsheet.title}”; its tabs: ${titles}`,
      FailureType.NotFound,
    );
  }
  await stillAlone();
  await client.addTab(account, spreadsheet.id, wish.tab).catch((error: unknown) => {
    const isThere = error instanceof ApplicationFailure && error.message.includes('already exists');
    if (!isThere) throw error;
  });
  const made = await look();
  if (made.tab) return { spreadsheet: made.spreadsheet, tab: made.tab, isNew: true };
  throw ApplicationFailure.create({
    message: `The tab “${wish.tab}” was made, and is not there`,
    type: FailureType.NotReady,
  });
}

/** All values of a tab, many rows a question; blank rows at its end are left out. */
async function gridOf(
  client: SheetsClient,
  account: Account,
  id: string,
  { title, rows }: TabFacts,
): Promise<Grid> {
  const grid: (readonly (string | number | boolean | null)[])[] = [];
  for (let from = 0; from < rows; from += rowsAQuestion) {
    const range = `${quoted(title)}!${from + 1}:${Math.min(from + rowsAQuestion, rows)}`;
    const [values = []] = await client.values(account, id, [range], 'stored');
    if (values.length === 0) continue;
    while (grid.length < from) grid.push([]);
    grid.push(...values);
  }
  return grid;
}

const rangeOfBlock = ({ title }: TabFacts, { row, column, values }: Block): string =>
  rangeOf(
    title,
    { row, column },
    { row: row + values.length - 1, column: column + (values[0]?.length ?? 1) - 1 },
  );

const ceil = (count: number, step: number): number => Math.ceil(count / step) * step;
