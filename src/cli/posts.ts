import { Command } from 'commander';
import { z } from 'zod';
import { DecisionReason, PostsQuery, type Post, type PostView } from '../contracts/posts.ts';
import { ExitCode, Stop } from './exit.ts';
import { faint, moment, number, print, printJson, say, strong, table } from './output.ts';
import { withSession, type Session } from './session.ts';

/** The verbs of `posts` that work on the table: what was drafted, and what people say about it. */
export const postCommands = (): readonly Command[] => [
  listCommand(),
  showCommand(),
  decisionCommand('approve', 'let a post leave; a pipeline that asks about it goes on'),
  decisionCommand('refuse', 'keep a post from leaving, for good'),
];

const deskOf = async ({ client, database }: Session) => {
  const { createPostDesk } = await import('../platform/post-desk.ts');
  return createPostDesk({ client, database });
};

/** @throws {Stop} naming the flag. */
function given<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const flag = issue?.path.length ? `--${issue.path.join('.')}` : '<id>';
  throw new Stop(ExitCode.wrongInput, `${flag}: ${issue?.message ?? ''}`);
}

const Id = z.coerce
  .number('expected a number as `agentic posts list` shows it')
  .int('expected a whole number')
  .positive('expected a number above 0');

function listCommand(): Command {
  const command = new Command('list')
    .description('posts that were drafted, newest first')
    .option('--state <state>', 'only these: writing, draft, approved, refused, blocked, unusable')
    .option('--account <name>', 'only those of this login')
    .option('--limit <number>', 'at most so many, up to 500 (default: 50)')
    .option('--json', 'print JSON only')
    .addHelpText('after', '\nExample:\n  agentic posts list --state draft');
  return command.action(() =>
    withSession(async ({ database }) => {
      const { json, ...options } = command.opts();
      const query = given(PostsQuery, options);
      const { createPostStore } = await import('../platform/posts.ts');
      const list = await createPostStore(database).list(query);
      if (json === true) {
        printJson(list);
        return;
      }
      if (list.posts.length === 0) {
        say('No post matches. `agentic posts write <video>` has one drafted.');
        return;
      }
      const heads = ['id', 'state', 'hook', 'for', 'without source', 'cost', 'written'];
      print(table(heads, list.posts.map(rowOf)));
      print(faint(`\n${number(list.posts.length)} of ${number(list.total)}`));
    }),
  );
}

const rowOf = (post: Post) => [
  String(post.id),
  post.state,
  post.hook.slice(0, 60),
  `${post.platform} ${post.language}`,
  post.doubts.length,
  post.costUsd === null ? null : `$${post.costUsd.toFixed(4)}`,
  moment(post.createdAt),
];

function showCommand(): Command {
  const command = new Command('show')
    .description('one post: its text, what it rests on, what it cost')
    .argument('<id>', 'the post, as lists show it')
    .option('--json', 'print JSON only')
    .addHelpText('after', '\nExample:\n  agentic posts show 17');
  return command.action((text: string) =>
    withSession(async (session) => {
      const id = given(Id, text);
      const post = await (await deskOf(session)).show(id);
      if (!post) throw new Stop(ExitCode.wrongInput, `There is no post ${id}`);
      if (command.opts().json === true) printJson(post);
      else describe(post);
    }),
  );
}

function describe(post: PostView): void {
  const { text, decision, doubts, claims, answers, asks } = post;
  const paid = post.costUsd === null ? 'no price is set' : `$${post.costUsd.toFixed(4)}`;
  print(`${strong(`Post ${post.id}`)}  ${post.state}, for ${post.platform} in ${post.language}`);
  if (decision) print(`${decision.by}: ${decision.reason} ${faint(moment(decision.at))}`);
  print(faint(`${post.videoUrl}  ${post.run}`));
  print(faint(`${number(post.promptTokens)} tokens in, ${number(post.outputTokens)} out: ${paid}`));
  for (const { problem } of answers) if (problem !== null) print(`no post: ${problem}`);
  if (text !== null) print(`\n${text}\n`);
  for (const doubt of doubts) print(`${strong('no source')}  ${doubt}`);
  for (const claim of claims) print(`${strong('source')}  ${claim.text}: “${claim.sourceQuote}”`);
  if (asks) print(`${asks.workflowId} waits for the same word (step ${asks.step}).`);
}

function decisionCommand(how: 'approve' | 'refuse', description: string): Command {
  const command = new Command(how)
    .description(description)
    .argument('<id>', 'the post, as lists show it')
    .requiredOption('--reason <text>', 'why, for those who look later')
    .option('--json', 'print JSON only')
    .addHelpText('after', `\nExample:\n  agentic posts ${how} 17 --reason "read and checked"`);
  return command.action((text: string) =>
    withSession(async (session) => {
      const id = given(Id, text);
      const { reason } = given(z.object({ reason: DecisionReason }), command.opts());
      const desk = await deskOf(session);
      const word = { approve: how === 'approve', reason, by: session.by };
      const post = await desk.decide(id, word);
      await session.note({ action: `post.${how}`, target: String(id), reason });
      if (command.opts().json === true) printJson(post);
      else print(`Post ${id} is ${post.state}.`);
    }),
  );
}
