/** Topics, leases and barriers, as the browser reads and changes them. */
import { z } from 'zod';
import { LeaseList } from '../../contracts/coordination.ts';
import {
  Published,
  SubscriberInfo,
  TopicList,
  TopicMessages,
  type NewMessage,
} from '../../contracts/topics.ts';
import { pathOf, post, resource, type Resource } from './api.ts';

/** Leases that are held or waited for, and barriers of the last day. */
export const leasesResource = resource('/api/leases', LeaseList, 'leases');

/** Every topic with its subscribers. */
export const topicsResource = resource('/api/topics', TopicList, 'topics');

/** The messages of a topic behind a place, oldest first. */
export const messagesResource = (topic: string, after: number): Resource<TopicMessages> =>
  resource(pathOf(`${topicPath(topic)}/messages`, { after }), TopicMessages);

/** Takes a lease, or a place in line, away from somebody. */
export const releaseLease = (name: string, holder: string, reason: string): Promise<unknown> =>
  post(`/api/leases/${encodeURIComponent(name)}/release`, { holder, reason }, z.unknown());

/** Stores a message for all subscribers. */
export const publish = (topic: string, message: NewMessage): Promise<Published> =>
  post(`${topicPath(topic)}/messages`, message, Published);

/** Starts the run of a capability for each message from now on, or from the first that is kept. */
export const subscribeCapability = (
  topic: string,
  { capability, from, reason }: { capability: string; from: 'now' | 'beginning'; reason: string },
): Promise<SubscriberInfo> =>
  post(
    `${topicPath(topic)}/subscribers`,
    { target: { kind: 'task', capability }, from, reason },
    SubscriberInfo,
  );

/** Delivers nothing more to a subscriber. */
export const unsubscribe = (topic: string, subscriber: string, reason: string): Promise<unknown> =>
  post(`${topicPath(topic)}/unsubscribe`, { subscriber, reason }, z.unknown());

const topicPath = (topic: string): string => `/api/topics/${encodeURIComponent(topic)}`;
