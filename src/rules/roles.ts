import type { Allowed, Person, Role } from '../contracts/sign-in.ts';

const order: readonly Role[] = ['viewer', 'operator', 'admin'];

/** Whether a role may do what needs at least another. */
export const isEnough = (role: Role, least: Role): boolean =>
  order.indexOf(role) >= order.indexOf(least);

interface Asking {
  readonly email: string;
  /** The organisation that Google itself says the account belongs to; an address alone proves none. */
  readonly domain: string | null;
  /** What an admin has decided; null when none has. */
  readonly given: Role | 'none' | null;
}

/**
 * What somebody may do: by their address in the settings, which nobody changes from a page; else by
 * an admin's word; else by their organisation in the settings.
 */
export function roleOf(
  { email, domain, given }: Asking,
  allowed: readonly Allowed[],
): Pick<Person, 'role' | 'by'> {
  const named = (who: string | null) => allowed.find((entry) => entry.who === who);
  const fixed = named(email.toLowerCase());
  if (fixed) return { role: fixed.role, by: 'settings' };
  if (given !== null) return { role: given === 'none' ? null : given, by: 'list' };
  const whole = named(domain);
  return whole ? { role: whole.role, by: 'domain' } : { role: null, by: 'nobody' };
}
