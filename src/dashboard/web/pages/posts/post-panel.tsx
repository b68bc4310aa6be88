import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { PostState, PostView } from '../../../../contracts/posts.ts';
import { decidePost, postResource } from '../../api-posts.ts';
import { useResource } from '../../live.ts';
import { count } from '../../numbers.ts';
import { Ago } from '../../parts/ago.tsx';
import { StandInTag } from '../../parts/card.tsx';
import { Copy } from '../../parts/copy.tsx';
import { Icon } from '../../parts/icon.tsx';
import { ReasonDialog, type Act } from '../../parts/reason-dialog.tsx';
import { RunLink } from '../../parts/run-link.tsx';
import { say } from '../../parts/toast.tsx';
import { View } from '../../parts/view.tsx';
import { PostBadge } from './post-state.tsx';
import { ActButton } from '../../parts/act-button.tsx';

/** One post: its text, what it rests on, what it cost, and a person's word about it. */
export const PostPanel = ({
  id,
  close,
}: {
  id: number;
  /** Of a post that somebody picked: on a phone it fills the screen until they close it. */
  close: (() => void) | undefined;
}) => (
  <View query={useResource(postResource(id))} what="The post">
    {(post) => <Panel post={post} close={close} />}
  </View>
);

const meaning: Readonly<Record<PostState, string>> = {
  writing: 'The first answer was no post. It is asked for once more.',
  draft: 'A model wrote this. It leaves only if you approve it.',
  approved: 'It may leave. Pipelines and runs get its text.',
  refused: 'It does not leave. Nobody gets its text.',
  blocked: 'The model gave no text, by its own rules or its vendor’s.',
  unusable: 'Two answers were no post. Another edition asks anew.',
};

const Panel = ({ post, close }: { post: PostView; close: (() => void) | undefined }) => {
  const [act, setAct] = useState<Act>();
  const client = useQueryClient();
  const { id, state, text, doubts, decision, asks } = post;
  const settle = (how: 'approve' | 'refuse'): Act => ({
    title: how === 'approve' ? `Approve post ${id}?` : `Refuse post ${id}?`,
    consequence:
      how === 'approve'
        ? `Its text may leave from now on, and this can’t be taken back.${asks ? ' The pipeline that waits goes on and hands it to its channel.' : ' Nothing is sent by this alone.'}`
        : `It stays here and never leaves.${asks ? ' The pipeline that waits ends without it.' : ''}`,
    verb: how === 'approve' ? 'Approve the post' : 'Refuse the post',
    isDangerous: how === 'refuse',
    isReasonNeeded: true,
    run: async (reason) => {
      await decidePost(id, how, reason);
      say(how === 'approve' ? `Post ${id} is approved.` : `Post ${id} is refused.`);
      await client.invalidateQueries();
    },
  });
  return (
    <aside className={close ? 'card side-sheet' : 'card'} aria-label="Selected post">
      <header className="b">
        <h2>Post {id}</h2>
        {post.isStandIn && <StandInTag />}
        <span className="grow" />
        {text !== null && <Copy text={text} name="Copy text" isIcon className="btn q xs" />}
        {close && (
          <button type="button" className="btn q xs" aria-label="Close" onClick={close}>
            <Icon name="close" size="m" />
          </button>
        )}
      </header>
      <div className="pad stackv">
        <div className="row w">
          <PostBadge state={state} />
          <span className="tag">{post.platform}</span>
          <span className="tag">{post.language}</span>
        </div>
        <p className="t2 wrap">
          {meaning[state]}
          {asks && (
            <>
              {' '}
              <RunLink workflowId={asks.workflowId} className="link">
                A pipeline
              </RunLink>{' '}
              waits for the same word.
            </>
          )}
        </p>
        {decision && (
          <p className="s12 t2 wrap">
            By {decision.by}, <Ago at={decision.at} />: {decision.reason}
          </p>
        )}
        {state === 'draft' && (
          <div className="row w">
            <ActButton className="btn p" onClick={() => setAct(settle('approve'))}>
              Approve…
            </ActButton>
            <ActButton className="btn" onClick={() => setAct(settle('refuse'))}>
              Refuse…
            </ActButton>
          </div>
        )}
        {doubts.length > 0 && (
          <ul className="post-list retrying" aria-label="Figures without a source">
            {doubts.map((doubt) => (
              <li key={doubt} className="row wrap">
                <Icon name="warning" size="m" /> <span>{doubt}</span>
              </li>
            ))}
          </ul>
        )}
        {text !== null && (
          <div className="post-text" aria-label="Text of the post" role="region" tabIndex={0}>
            {text}
          </div>
        )}
        <Sources post={post} />
        <Facts post={post} />
      </div>
      <ReasonDialog act={act} onClose={() => setAct(undefined)} />
    </aside>
  );
};

const Sources = ({ post: { claims } }: { post: PostView }) =>
  claims.length > 0 && (
    <div>
      <h3 className="gap-below">What it rests on, as the model quotes the video</h3>
      <ul className="post-list stackv">
        {claims.map(({ text, sourceQuote }, index) => (
          <li key={index} className="s12 wrap">
            {text}
            <span className="block t3">“{sourceQuote}”</span>
          </li>
        ))}
      </ul>
    </div>
  );

const Facts = ({ post }: { post: PostView }) => {
  const { videoUrl, price, answers, costUsd } = post;
  return (
    <>
      <dl className="kv">
        <dt>Video</dt>
        <dd className="wrap">
          <a href={videoUrl} target="_blank" rel="noopener noreferrer" className="link">
            {videoUrl.replace(/^https:\/\/(www\.)?/, '')}
          </a>
        </dd>
        <dt>Prompt</dt>
        <dd className="wrap">
          {post.prompt} <span className="mono t3">{post.promptHash}</span>
        </dd>
        <dt>Tokens</dt>
        <dd>
          {count(post.promptTokens)} in, {count(post.outputTokens)} out
        </dd>
        <dt>Cost</dt>
        <dd className="wrap">
          {costUsd === null || price === null ? (
            'unknown: the settings have no price'
          ) : (
            <>
              ${costUsd.toFixed(4)}
              <span className="block s11 t3">
                ${price.inputUsdPerMillion} and ${price.outputUsdPerMillion} a million, by{' '}
                {price.source}
              </span>
            </>
          )}
        </dd>
        <dt>Run</dt>
        <dd>
          <RunLink workflowId={post.run} className="link mono wrap">
            {post.run}
          </RunLink>
        </dd>
        <dt>Written</dt>
        <dd>
          <Ago at={post.createdAt} />
        </dd>
      </dl>
      <div>
        <h3 className="gap-below">Answers of the model, each paid for</h3>
        <ol className="steps">
          {answers.map(({ key, problem, finishReason, promptTokens, outputTokens, model }) => (
            <li key={key}>
              <span className={`${problem === null ? 'completed' : 'failed'} row`}>
                <Icon name={problem === null ? 'completed' : 'failed'} size="m" />
              </span>
              <span className="grow">
                <b>{problem ?? 'A draft'}</b>
                <span className="block s12 t3 wrap">
                  {model}, {finishReason}, {count(promptTokens)} in, {count(outputTokens)} out
                </span>
              </span>
            </li>
          ))}
        </ol>
      </div>
    </>
  );
};
