import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import type { Client } from '@temporalio/client';

/** Attributes by which Temporal's own UI and CLI find our runs. */
export const searchAttributes = {
  agent: defineSearchAttributeKey('Agent', SearchAttributeType.KEYWORD),
  capability: defineSearchAttributeKey('Capability', SearchAttributeType.KEYWORD),
  account: defineSearchAttributeKey('Account', SearchAttributeType.KEYWORD),
};

const keyword = 2; // temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD

/** Registers the attributes where the namespace lacks them, as a cluster of one's own does at first. */
export async function registerSearchAttributes(client: Client): Promise<void> {
  const namespace = client.options.namespace;
  const { operatorService } = client.connection;
  const { customAttributes } = await operatorService.listSearchAttributes({ namespace });
  const missing = Object.values(searchAttributes)
    .map((attribute) => attribute.name)
    .filter((name) => customAttributes[name] === undefined);
  if (missing.length === 0) return;
  await operatorService.addSearchAttributes({
    namespace,
    searchAttributes: Object.fromEntries(missing.map((name) => [name, keyword])),
  });
}
