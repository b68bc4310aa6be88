import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Finding } from '../contracts/doctor.ts';
import { strayNames } from '../rules/setting-names.ts';
import { ConfigError, keyNames, readConfig, readEnvFile, settingNames } from './config.ts';

const about = 'settings';
/** The scripts before this system read Google's credentials from a file of this name. */
const oldCredentials = 'service_account.json';

/** What is wrong with the settings, and which names among them have no effect. */
export function lookAtSettings(
  env: NodeJS.ProcessEnv = process.env,
  folder = process.cwd(),
): readonly Finding[] {
  const file = readEnvFile(folder);
  const isSet = (name: string) => Boolean({ ...file, ...env }[name]);
  const found = [...wrongOnes(env, folder), ...straysIn(file, '.env', isSet)];
  // an environment is full of names that are not meant for us
  const strays = straysIn(env, 'the environment', isSet).filter(({ isGuess }) => !isGuess);
  if (existsSync(resolve(folder, oldCredentials)) && !isSet('GOOGLE_SHEETS_CREDENTIALS')) {
    const how = `GOOGLE_SHEETS_CREDENTIALS=${oldCredentials} makes it so`;
    found.push({ state: 'hint', about, message: `${oldCredentials} is not read: ${how}` });
  }
  const all = [...found, ...strays].map(({ state, message }) => ({ state, about, message }));
  if (all.some(({ state }) => state === 'wrong')) return all;
  const used = settingNames.filter(isSet).length;
  return [{ state: 'ok', about, message: `${used} given, all as expected` }, ...all];
}

function wrongOnes(env: NodeJS.ProcessEnv, folder: string): Finding[] {
  try {
    readConfig(env, folder);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map((message) => ({ state: 'wrong', about, message }));
  }
}

interface Stray extends Finding {
  /** Nothing but its being there says that it is meant for us. */
  readonly isGuess: boolean;
}

function straysIn(
  values: NodeJS.ProcessEnv,
  where: string,
  isSet: (name: string) => boolean,
): readonly Stray[] {
  const names = Object.keys(values).filter((name) => values[name]);
  return strayNames(names, settingNames, keyNames).map((stray) => {
    const has = `${stray.name} (in ${where}) has no effect`;
    const stateFor = (name: string) => (isSet(name) ? 'hint' : 'wrong');
    switch (stray.kind) {
      case 'misspelt':
        return {
          ...{ state: stateFor(stray.meant), about, isGuess: false },
          message: `${has}: the setting is called ${stray.meant}`,
        };
      case 'renamed':
        return {
          ...{ state: 'hint', about, isGuess: false },
          message: `${stray.name} (in ${where}) is called ${stray.now} now, and is read as that: rename it`,
        };
      case 'old':
        return {
          ...{ state: stray.now === null ? 'hint' : stateFor(stray.now), about, isGuess: false },
          message:
            stray.now === null ? `${has}: ${stray.why}` : `${has}: set ${stray.now}, ${stray.why}`,
        };
      case 'unknown':
        return {
          ...{ state: 'hint', about, isGuess: true },
          message: `${has}: no setting has this name; .env.example lists them`,
        };
    }
  });
}
