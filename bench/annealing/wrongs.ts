import type { Lesson } from '../../src/contracts/memory.ts';
import { instruction, outageAt, truthsAt, type World } from './world.ts';

/** Constraints that forbade what works. */
export interface Wrongs {
  /** Rounds that constraints stood, added up. */
  readonly standing: number;
  /** Of these, rounds in which one had been wrong for more than two of its own canary windows. */
  readonly outstayed: number;
  /** Rounds in which one was wrong at all. */
  readonly wrong: number;
  /** Lessons in which a vendor's text could be read. */
  readonly repeated: number;
}

/** Looks at memory now and then, and knows what is true. */
export function createWatch(world: World) {
  const known = new Map<
    string,
    { expires: string | null; windowMs: number; wrongSince: number | null }
  >();
  const wrongs = { standing: 0, outstayed: 0, wrong: 0, repeated: 0 };
  const isWrong = ({ capability, rule }: Lesson, at: number): boolean => {
    if (rule.kind !== 'avoid') return false;
    const [place, number] = [Number(rule.method.slice(1)), Number(capability.slice(-1))];
    const truth = truthsAt(world, number, at)[place];
    // one that works for some inputs only may be forbidden or not: both are right now and then
    return (
      truth?.refusal === null &&
      truth.takes[0] &&
      truth.takes[1] &&
      outageAt(world, number, place, at) === undefined
    );
  };
  return {
    /** Counts what stands at the end of a round. */
    look(lessons: readonly Lesson[], at: number): void {
      for (const lesson of lessons) {
        wrongs.repeated += Number(JSON.stringify(lesson).includes(instruction));
        if (lesson.rule.kind !== 'avoid') continue;
        const before = known.get(lesson.id);
        const windowMs =
          before?.expires === lesson.expires
            ? before.windowMs
            : Date.parse(lesson.expires ?? '') - Date.parse(lesson.lastSeen);
        const wrongSince = isWrong(lesson, at) ? (before?.wrongSince ?? at) : null;
        known.set(lesson.id, { expires: lesson.expires, windowMs, wrongSince });
        wrongs.standing += 1;
        wrongs.wrong += Number(wrongSince !== null);
        wrongs.outstayed += Number(wrongSince !== null && at - wrongSince > 2 * windowMs);
      }
    },
    wrongs: (): Wrongs => ({ ...wrongs }),
  };
}
