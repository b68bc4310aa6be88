import type { TokenPrice } from '../contracts/posts.ts';
import type { Account, Config } from './config.ts';

/** The logins at a vendor, as the settings name them; none for a vendor without settings. */
export const accountsOf = (config: Pick<Config, 'accounts'>, vendor: string): readonly Account[] =>
  config.accounts[vendor] ?? [];

/** What tokens cost by the settings; null when they do not say it whole. */
export function tokenPriceOf(config: Config): TokenPrice | null {
  const {
    GEMINI_INPUT_USD_PER_MILLION: inputUsdPerMillion,
    GEMINI_OUTPUT_USD_PER_MILLION: outputUsdPerMillion,
    GEMINI_PRICE_SOURCE: source = 'the settings',
  } = config;
  if (inputUsdPerMillion === undefined || outputUsdPerMillion === undefined) return null;
  return { inputUsdPerMillion, outputUsdPerMillion, source };
}
