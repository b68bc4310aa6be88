import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { HumanAct, MemoryEntry } from '../../src/contracts/memory.ts';
import { eventually } from './scratch.ts';

/** A person at a memory file of Instantly, who edits it now and then. */
export interface Editor {
  /** One edit drawn by lot. One that can't be read is mended before this ends. */
  readonly edit: () => Promise<void>;
  /** What the log says of this person's edits that it must not: nothing, when all is well. */
  complaints(log: readonly MemoryEntry[]): readonly string[];
  /** What was done so often. */
  readonly done: Readonly<Record<string, number>>;
  /** Lines that stand in the procedure now. */
  readonly notes: readonly string[];
}

interface EditorDeps {
  readonly file: string;
  readonly dice: () => number;
  /** Asks for the file to be written anew, as `agentic memory restore` does. */
  readonly restore: () => Promise<void>;
}

type Status = 'active' | 'pinned' | 'DEPRECATED';
const actOf = { active: 'unpinned', pinned: 'pinned', DEPRECATED: 'deprecated' } as const;
const title = '## Lessons\n';

/** @param deps the file, and what decides which edit comes next and how long it stays broken. */
export function createEditor({ file, dice, restore }: EditorDeps): Editor {
  let count = 0;
  const done: Record<string, number> = {};
  const notes: string[] = [];
  /** Texts that must be in the log once. */
  let expected: string[] = [];
  /** Texts that this person took out again, perhaps before anybody had read them. */
  const withdrawn: string[] = [];
  const said = new Map<string, number>();
  const oneOf = <T>(things: readonly T[]): T | undefined =>
    things[Math.floor(dice() * things.length)];

  const read = (): string => (existsSync(file) ? readFileSync(file, 'utf8') : '');
  /** Saves the file; what the person takes out by it need not have come in. */
  const save = (before: string, after: string): void => {
    const isGone = (name: string): boolean => before.includes(name) && !after.includes(name);
    withdrawn.push(...expected.filter(isGone));
    expected = expected.filter((name) => !isGone(name));
    writeFileSync(file, after);
  };
  const say = (kind: HumanAct['kind'], lesson: string): void => {
    const key = `${kind} ${lesson}`;
    said.set(key, (said.get(key) ?? 0) + 1);
  };

  /** A lesson of the file whose status a person may change without stopping all work. */
  const anyBlock = (text: string): { readonly id: string; readonly block: string } | undefined => {
    const blocks = text.split(/(?=^### )/m).filter((each) => /^### L-\d+ /.test(each));
    const harmless = blocks.filter((each) => !each.includes('avoid method in-chunks'));
    const block = oneOf(harmless);
    return block === undefined ? undefined : { block, id: /^### (L-\d+)/.exec(block)?.[1] ?? '' };
  };

  const added = (rule: string, account: string, capability = 'instantly.daily-analytics') =>
    `\n### ${rule}\n\n- capability: ${capability}\n- account: ${account}\n- why: ${account}\n`;

  /** Edits that can be read; each gives the text to save, or nothing when there is nothing to edit. */
  const valid = {
    adds(text: string, name: string) {
      expected.push(name);
      return text + added('avoid method in-chunks', name);
    },
    rewords(text: string, name: string) {
      const found = anyBlock(text);
      if (!found) return undefined;
      expected.push(name);
      return text.replace(found.block, found.block.replace(/^- why: .*$/m, `- why: ${name}`));
    },
    'sets a status'(text: string) {
      const found = anyBlock(text);
      const status = oneOf<Status>(['pinned', 'pinned', 'active', 'DEPRECATED']);
      if (!found || !status || found.block.includes(`- status: ${status}`)) return undefined;
      say(actOf[status], found.id);
      return text.replace(
        found.block,
        found.block.replace(/^- status: .*$/m, `- status: ${status}`),
      );
    },
    deletes(text: string) {
      const found = anyBlock(text);
      if (!found) return undefined;
      say('deleted', found.id);
      return text.replace(found.block, '');
    },
    'notes in the procedure'(text: string, name: string) {
      notes.push(name);
      return text.replace(title, `${name}\n\n${title}`);
    },
  };

  /** Edits that can't. */
  const broken = {
    'a number in words'(text: string, name: string) {
      const found = anyBlock(text);
      if (!found) return undefined;
      const block = found.block.replace(/^- runs: .*$/m, `- runs: ${name}`);
      return text.replace(found.block, block);
    },
    'an unknown capability': (text: string, name: string) =>
      text + added('avoid method in-chunks', name, `instantly.${name}`),
    'a contradiction': (text: string, name: string) =>
      text + added('prefer method in-chunks', name) + added('avoid method in-chunks', name),
    'no section': (text: string, name: string) => text.replace(title, `${name}\n`),
    'no text': (text: string, name: string) =>
      Buffer.concat([Buffer.from(`${text}\n${name}`), Buffer.from([0xff])]),
  };

  async function breakIt(before: string, name: string): Promise<void> {
    const [kind, make] = oneOf(Object.entries(broken)) ?? [];
    const text = make?.(before, name);
    if (kind === undefined || text === undefined) return;
    done[kind] = (done[kind] ?? 0) + 1;
    writeFileSync(file, text);
    await delay(200 + dice() * 1_500);
    if (dice() < 0.3) {
      done.restores = (done.restores ?? 0) + 1;
      // what was saved just before and not read yet is thrown away with it
      expected = expected.filter((each) => !before.includes(each));
      const asBroken = read();
      await restore();
      await eventually('the file to be restored', () => read() !== asBroken, 600_000);
    } else {
      writeFileSync(file, before);
    }
  }

  return {
    done,
    notes,
    async edit() {
      const text = read();
      if (!text.includes(title)) return; // no worker has written it yet
      count += 1;
      if (dice() < 0.3) {
        await breakIt(text, `broken-${count}`);
        return;
      }
      const [kind, make] = oneOf(Object.entries(valid)) ?? [];
      const next = make?.(text, `edit-${String(count).padStart(4, '0')}`);
      if (kind === undefined || next === undefined) return;
      done[kind] = (done[kind] ?? 0) + 1;
      save(text, next);
    },
    complaints(log) {
      const acts = log.flatMap((entry) => (entry.kind === 'human' ? [entry.act] : []));
      const times = new Map<string, number>();
      for (const act of acts) {
        const key =
          act.kind === 'written'
            ? act.lesson.why
            : act.kind === 'rolled-back'
              ? act.kind
              : `${act.kind} ${act.lesson}`;
        times.set(key, (times.get(key) ?? 0) + 1);
      }
      return [
        ...(JSON.stringify(log).includes('broken-') ? ['a broken edit came in'] : []),
        ...expected
          .filter((each) => times.get(each) !== 1)
          .map((each) => `${each} is there ${times.get(each) ?? 0} times`),
        ...withdrawn
          .filter((each) => (times.get(each) ?? 0) > 1)
          .map((each) => `${each} is there ${times.get(each)} times`),
        ...[...times]
          .filter(([key, often]) => key.includes(' L-') && often > (said.get(key) ?? 0))
          .map(([key, often]) => `${key} is there ${often} times, said ${said.get(key) ?? 0}`),
      ];
    },
  };
}
