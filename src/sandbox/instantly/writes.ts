import express, { type Request, type Router } from 'express';
import { requireScope, type Access } from './access.ts';
import { addVariables, changeCampaign, createCampaign } from './campaigns.ts';
import { campaignForm } from './forms.ts';
import type { Note } from '../taken.ts';
import type { Leads } from './leads.ts';
import { pageOf, Refusal } from './query.ts';
import { campaignIn, type Workspace } from './workspace.ts';

/** What a key opens. */
export interface Entered {
  readonly workspace: Workspace;
  readonly leads: Leads;
  /** Told of each write that is done. */
  readonly take: Note;
}

/** What changes a workspace: leads that come and go, campaigns that are made, start and stop. */
export function addWrites(
  router: Router,
  admit: (request: Request) => Entered & { readonly access: Access },
): void {
  const at = '/api/v2';
  const json = express.json({ type: () => true, strict: false, limit: '5mb' });
  const open = (request: Request, scope: `${string}:${string}`) => {
    const entered = admit(request);
    requireScope(entered.access, scope);
    return entered;
  };

  router.post(`${at}/leads`, json, (request, response) => {
    const { workspace, leads } = open(request, 'leads:create');
    const campaigns = workspace.campaigns.map(({ id }) => id);
    const { lead, isSkipped } = leads.add(request.body, { organization: workspace.id, campaigns });
    if (!isSkipped) campaignIn(workspace, lead.campaign).leads += 1;
    const { id, ...rest } = lead;
    response.json(isSkipped && workspace.options.skippedHasNoId ? rest : { id, ...rest });
  });

  router.post(`${at}/leads/list`, json, (request, response) => {
    const { workspace, leads } = open(request, 'leads:read');
    const found = leads.list(request.body);
    const page = pageOf(found.leads, {
      query: found.paging,
      options: workspace.options,
      cursorOf: ({ id }) => id,
      indexAfter: (cursor) => {
        const index = found.leads.findIndex(({ id }) => id > cursor);
        return index < 0 ? found.leads.length : index;
      },
    });
    response.json(page);
  });

  router.get(`${at}/leads/:id`, (request, response) => {
    response.json(open(request, 'leads:read').leads.find(request.params.id));
  });

  router.delete(`${at}/leads/:id`, (request, response) => {
    const { workspace, leads } = open(request, 'leads:delete');
    mustBeBare(request);
    const lead = leads.remove(request.params.id);
    campaignIn(workspace, lead.campaign).leads -= 1;
    response.json(lead);
  });

  router.post(`${at}/leads/add`, json, (request, response) => {
    const { workspace, leads } = open(request, 'leads:create');
    const { added, answer } = leads.addMany(request.body, workspace);
    for (const { campaign } of added) campaignIn(workspace, campaign).leads += 1;
    response.json(answer);
  });

  router.post(`${at}/campaigns`, json, (request, response) => {
    const { workspace, take } = open(request, 'campaigns:create');
    const campaign = createCampaign(workspace, request.body);
    take('campaign', campaign.name);
    response.json(campaignForm(campaign, workspace));
  });

  router.patch(`${at}/campaigns/:id`, json, (request, response) => {
    const { workspace } = open(request, 'campaigns:update');
    const campaign = campaignIn(workspace, request.params.id);
    changeCampaign(workspace, campaign, request.body);
    response.json(campaignForm(campaign, workspace));
  });

  router.delete(`${at}/campaigns/:id`, (request, response) => {
    const { workspace } = open(request, 'campaigns:delete');
    mustBeBare(request);
    const campaign = campaignIn(workspace, request.params.id);
    workspace.campaigns.splice(workspace.campaigns.indexOf(campaign), 1);
    response.json(campaignForm(campaign, workspace));
  });

  router.post(`${at}/campaigns/:id/variables`, json, (request, response) => {
    const { workspace } = open(request, 'campaigns:update');
    const campaign = campaignIn(workspace, request.params.id);
    addVariables(campaign, request.body);
    response.json(campaignForm(campaign, workspace));
  });

  const statuses = { activate: 1, pause: 2 } as const;
  for (const how of ['activate', 'pause'] as const) {
    router.post(`${at}/campaigns/:id/${how}`, (request, response) => {
      const { workspace } = open(request, 'campaigns:update');
      const campaign = campaignIn(workspace, request.params.id);
      campaign.status = statuses[how];
      response.json(campaignForm(campaign, workspace));
    });
  }
}

/** A deletion carries neither body nor content type. @throws {Refusal} */
function mustBeBare(request: Request): void {
  if (request.get('content-type') !== undefined || Number(request.get('content-length')) > 0) {
    throw new Refusal(400, 'body must be null, without a content type');
  }
}
