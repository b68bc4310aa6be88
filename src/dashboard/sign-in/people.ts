import type { Request } from 'express';
import {
  PeopleList,
  PersonChange,
  PersonRemoval,
  PersonSignOut,
  type Allowed,
} from '../../contracts/sign-in.ts';
import type { People } from '../../platform/people.ts';
import type { Sessions } from '../../platform/sessions.ts';
import type { Health } from '../health.ts';
import { HttpError } from '../http-error.ts';
import type { Routes } from '../routes.ts';

/** Where nobody signs in, requests have no session, whatever their type says. */
const ownSession = (request: Partial<Request>): string | undefined =>
  request.session?.person?.family;

interface PeopleRouteDeps {
  readonly health: Health;
  readonly people: People;
  readonly sessions: Sessions;
  readonly allowed: readonly Allowed[];
}

/** Who may sign in, as what, and where they have; only for admins. */
export function peopleRoutes(routes: Routes, deps: PeopleRouteDeps): void {
  const { health, people, sessions, allowed } = deps;

  /** Nobody shuts themselves out. */
  const other = async (id: string, own: string) => {
    const person = await health.during(people.find(Number(id)));
    if (!person) throw new HttpError(404, 'unknown-person', 'Nobody on the list has this id');
    if (person.email === own) throw new HttpError(409, 'yourself', 'Another admin has to do this');
    return person;
  };

  routes.get(
    '/api/people',
    { does: 'List people and where they have signed in', role: 'admin', answer: PeopleList },
    async ({ request }) => {
      const [all, open] = await health.during(Promise.all([people.list(), sessions.list()]));
      const own = ownSession(request);
      return {
        people: all.map((person) => ({
          ...person,
          sessions: (open.get(person.id) ?? []).map((each) => ({
            ...each,
            isYours: each.id === own,
          })),
        })),
        allowed: [...allowed],
      };
    },
  );

  routes.post(
    '/api/people',
    {
      does: 'Let somebody in, change their role, or keep them out',
      role: 'admin',
      body: PersonChange,
    },
    async ({ body: { email, role, reason }, who, note }) => {
      if (email === who.name) throw new HttpError(409, 'yourself', 'Another admin has to do this');
      const known = (await health.during(people.list())).find((person) => person.email === email);
      await health.during(people.set(email, role, who.name));
      const detail = { before: { role: known?.role ?? 'none' }, after: { role } };
      await note({ action: 'person.set', target: email, reason, detail });
    },
  );

  routes.delete(
    '/api/people/:id',
    { does: 'Forget somebody and end their sessions', role: 'admin', body: PersonRemoval },
    async ({ params, body: { reason }, who, note }) => {
      const { id, email, role } = await other(params.id, who.name);
      await health.during(people.remove(id));
      const detail = { before: { role: role ?? 'none' }, after: {} };
      await note({ action: 'person.remove', target: email, reason, detail });
    },
  );

  routes.post(
    '/api/people/:id/sign-out',
    { does: 'End one session of somebody, or all', role: 'admin', body: PersonSignOut },
    async ({ params, body: { session, reason }, note }) => {
      const person = await health.during(people.find(Number(params.id)));
      const ended = person && (await health.during(sessions.revoke(person.id, session)));
      if (!ended) throw new HttpError(404, 'unknown-session', 'There is no such session any more');
      await note({ action: 'session.revoke', target: person.email, reason, detail: { ended } });
    },
  );
}
