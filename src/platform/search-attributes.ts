import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import type { Client } from '@temporalio/client';

/** Attributes by which Temporal's own UI and CLI find our runs. */
export const searchAttributes = {
  agent: defineSearchAttributeKey('Agent', SearchAttributeType.KEYWORD),
  capability: defineSearchAttributeKey('Capability', SearchAttributeType.KEYWORD),
  account: defineSearchAttributeKey('Account', SearchAttributeType.KEYWORD),
};

const keyword = 2; // temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD

/** Which of our attributes the namespace lacks, and which it has under another type. */
export async function searchAttributesIn(
  client: Client,
): Promise<{ readonly missing: readonly string[]; readonly ofAnotherType: readonly string[] }> {
  const namespace = client.options.namespace;
  const { customAttributes } = await client.connection.operatorService.listSearchAttributes({
    namespace,
  });
  const names = Object.values(searchAttributes).map((attribute) => attribute.name);
  return {
    missing: names.filter((name) => customAttributes[name] === undefined),
    ofAnotherType: names.filter((name) => ![undefined, keyword].includes(customAttributes[name])),
  };
}

/** Registers the attributes where the namespace lacks them, as a cluster of one's own does at first. */
export async function registerSearchAttributes(client: Client): Promise<void> {
  const { missing } = await searchAttributesIn(client);
  if (missing.length === 0) return;
  await client.connection.operatorService.addSearchAttributes({
    namespace: client.options.namespace,
    searchAttributes: Object.fromEntries(missing.map((name) => [name, keyword])),
  });
}
