/** What Klap answers, as far as we read it. */
import { z } from 'zod';
import { VendorId } from '../../contracts/shorts.ts';

const moment = z.coerce.date();
const text = z.string().nullish();
const trouble = { error_message: text, error: z.unknown().optional() };

/** A video that is being cut. */
export const Task = z.object({
  id: VendorId,
  status: z.string(),
  created_at: moment,
  output_id: VendorId.nullish(),
  folder_id: VendorId.nullish(),
  ...trouble,
});
export type Task = z.infer<typeof Task>;

/** One short of a folder. */
export const Project = z.object({
  id: VendorId,
  name: text,
  virality_score: z.number().nullish(),
  virality_score_explanation: text,
  publication_captions: z.record(z.string(), z.unknown()).nullish().catch(null),
  transcript_text: text,
});
export type Project = z.infer<typeof Project>;

/** A clip that is made into a file. */
export const Export = z.object({
  id: VendorId,
  status: z.string(),
  src_url: text,
  created_at: moment,
  finished_at: moment.nullish(),
  ...trouble,
});
export type Export = z.infer<typeof Export>;

/** The vendor's words for what went wrong; documents and others name two fields. */
export function troubleOf({
  error_message: message,
  error,
}: Pick<Task, 'error' | 'error_message'>) {
  const words = message ?? (typeof error === 'string' ? error : undefined);
  return words === undefined ? 'it says no reason' : `“${words.slice(0, 500)}”`;
}
