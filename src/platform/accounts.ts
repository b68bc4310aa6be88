import type { Account, Config } from './config.ts';

const practiceAccounts: readonly Account[] = ['default', 'tour'].map((name) => ({
  name,
  apiKey: '',
  baseUrl: '',
  isStandIn: true,
}));

/** The logins at a vendor, as the settings name them; none for a vendor without settings. */
export function accountsOf(
  config: Pick<Config, 'instantlyAccounts'>,
  vendor: string,
): readonly Account[] {
  switch (vendor) {
    case 'instantly':
      return config.instantlyAccounts;
    case 'practice':
      return practiceAccounts;
    default:
      return [];
  }
}
