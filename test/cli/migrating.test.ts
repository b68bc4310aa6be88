import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import type { Command } from 'commander';
import { createProgram } from '../../src/cli/program.ts';
import { root } from '../support/servers.ts';

const guide = readFileSync(join(root, 'docs/migrating.md'), 'utf8');
/** Everything the older system had: its scripts, the parts of its core, and its settings. */
const all = [
  ...'instantly_analytics instantly_campaign_analytics get_full_campaign_analytics'.split(' '),
  ...'debug_instantly_response test_instantly_api test_campaign_analytics_api'.split(' '),
  ...'test_correct_campaign_endpoint explore_db check_instantly_table'.split(' '),
  ...'migrate_campaign_analytics_table cleanup_campaign_analytics_tables'.split(' '),
  ...'apify_leads_sheet enrich_leads process_dataset instantly_push'.split(' '),
  ...'instantly_create_campaign verify_sheet_access create_sheet_test agentic_os'.split(' '),
  ...'klap_generate_shorts klap_generate_shorts_enhanced run_klap_export'.split(' '),
  'gemini_viral_shorts_post',
].map((script) => `\`${script}.py`);
const others = [
  ...'setup_daily_analytics_cron.sh launchd Modal klap_export.log klap_process.log'.split(' '),
  ...'agent_base swarm_orchestrator communication api_integration'.split(' '),
  ...'parallel_engine monitoring video_to_shorts_agent REDIS_URL SPREADSHEET_ID'.split(' '),
  ...'GOOGLE_SERVICE_ACCOUNT_FILE GOOGLE_REDIRECT_URI GOOGLE_PROJECT_ID'.split(' '),
  ...'INSTANTLY_API_KEY APIFY_API_KEY KLAP_API_KEY GEMINI_API_KEY DATABASE_URL'.split(' '),
  ...'KLAP_WEBHOOK_URL NOTIFICATION_WEBHOOK_URL SLACK_WEBHOOK_URL MODAL_TOKEN_ID'.split(' '),
  ...'MAX_AGENTS MAX_THREADS DASHBOARD_PORT LOG_LEVEL GOOGLE_CLIENT_SECRET'.split(' '),
];

test('the guide names everything the older system had', () => {
  expect([...all, ...others].filter((name) => !guide.includes(name))).toEqual([]);
});

test('each command of the guide is one, with the flags it names', () => {
  const named = [...guide.matchAll(/`agentic ([^`]+)`/g)].map(([, words = '']) => words.split(' '));
  expect(named.length).toBeGreaterThan(30);
  const program = createProgram();
  const wrong = named.filter(([group = '', verb = '', ...rest]) => {
    const command = find(program, group);
    if (!command) return true;
    const isVerb = command.commands.length > 0 && /^[a-z-]+$/.test(verb);
    const last = isVerb ? find(command, verb) : command;
    const flags = [verb, ...rest].filter((word) => word.startsWith('--'));
    return !last || flags.some((flag) => !last.options.some(({ long }) => long === flag));
  });
  expect(wrong.map((words) => words.join(' '))).toEqual([]);
});

const find = (command: Command, name: string): Command | undefined =>
  command.commands.find((each) => each.name() === name || each.aliases().includes(name));
