import { createHash } from 'node:crypto';
import type { ListClipsInput, ListClipsOutput } from '../../contracts/klap.ts';
import type { Account } from '../../platform/config.ts';
import type { FoundClip } from '../../platform/shorts.ts';
import { byScore, scoresOf } from '../../rules/shorts.ts';
import type { CapabilityActivity } from '../activities.ts';
import type { Project } from './answers.ts';
import type { KlapDeps } from './deps.ts';

const longestName = 200;

/** The id of a video in our tables: made of what makes it one. */
export const jobIdOf = (text: string): string =>
  createHash('sha256').update(text).digest('hex').slice(0, 16);

/** Takes in a folder that was cut elsewhere, or again one that is known; a repeat changes nothing. */
export const listClips =
  (deps: KlapDeps): CapabilityActivity<ListClipsInput, ListClipsOutput> =>
  async ({ account: name, input: { folder, which } }) => {
    const account = deps.account(name);
    const clips = await deps.client.clips(account, folder);
    const known = await deps.shorts.jobOf(name, folder);
    const job = known ?? jobIdOf(`folder:${name}:${folder}`);
    if (known === undefined) {
      await deps.shorts.open({
        ...{ account: name, id: job, videoUrl: null, effect: null },
        name: `Folder ${folder}`,
        run: deps.here().workflowId,
        isStandIn: account.isStandIn,
      });
    }
    return storeClips(deps, account, { job, folder, which }, clips);
  };

/** Stores the clips of a folder. @returns those that are to be exported, best first. */
export async function storeClips(
  { shorts }: Pick<KlapDeps, 'shorts'>,
  account: Account,
  { job, folder, which }: { job: string; folder: string; which: ListClipsInput['which'] },
  projects: readonly Project[],
): Promise<ListClipsOutput> {
  const found = clipsOf(projects);
  await shorts.save(account.name, job, folder, found);
  const state = { state: 'generated', folder, why: null } as const;
  await shorts.change(account.name, job, state, `${found.length} clips in the folder ${folder}`);
  const ranked = byScore(found);
  const chosen = (which === 'best' ? ranked.slice(0, 1) : ranked).map(({ id, name, score }) => ({
    ...{ folder, clip: id, name, score },
  }));
  return { job, folder, clips: found.length, chosen };
}

function clipsOf(projects: readonly Project[]): readonly FoundClip[] {
  const scores = scoresOf(projects.map((each) => each.virality_score ?? null));
  return projects.map((each, index) => ({
    id: each.id,
    position: index + 1,
    name: nameOf(each) ?? `Clip ${index + 1}`,
    score: scores[index] ?? null,
    rawScore: each.virality_score ?? null,
    scoreWhy: each.virality_score_explanation ?? null,
    captions: captionsOf(each),
    transcript: each.transcript_text ?? null,
  }));
}

/** What the vendor calls a clip; undefined where it says nothing. */
function nameOf({ name }: Project): string | undefined {
  const said = name?.trim().slice(0, longestName);
  return said === '' ? undefined : said;
}

/** Captions that are texts, by platform. */
const captionsOf = ({ publication_captions: given }: Project): Record<string, string> =>
  Object.fromEntries(
    Object.entries(given ?? {}).flatMap(([platform, text]) =>
      typeof text === 'string' ? [[platform, text]] : [],
    ),
  );
