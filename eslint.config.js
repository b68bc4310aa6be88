import { existsSync } from 'node:fs';
import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

const node = { process: 'readonly', console: 'readonly', setTimeout: 'readonly', URL: 'readonly' };

/** The rivals of the bench have dependencies of their own, `npm ci --prefix bench`; without them nothing there has a type. */
const rivals = existsSync(new URL('bench/node_modules', import.meta.url)) ? [] : ['bench/swarm'];

export default defineConfig(
  {
    ignores: ['**/node_modules', 'dist', '.agentic', '.cache', 'migrations', 'coverage', ...rivals],
  },
  js.configs.recommended,
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: {
        project: ['./tsconfig.json', './src/dashboard/web/tsconfig.json', './bench/tsconfig.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      '@typescript-eslint/consistent-type-assertions': ['error', { assertionStyle: 'never' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/consistent-type-definitions': 'off',
    },
  },
  {
    files: ['src/workflows/**/*.ts', 'src/rules/**/*.ts'],
    rules: { 'no-restricted-globals': ['error', 'process', 'console', 'fetch', 'Buffer'] },
  },
  {
    files: ['**/*.mjs', '**/*.cjs', '*.js'],
    languageOptions: { globals: { ...node, module: 'writable' } },
  },
);
