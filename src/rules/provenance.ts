/** Domains that belong to nobody (RFC 2606 and 6761), with everything below them. */
const reserved = [
  'example.com',
  'example.net',
  'example.org',
  'example',
  'test',
  'invalid',
  'localhost',
];

/** Whether mail to this address can only ever reach nobody, or somebody it was not meant for. */
function isReservedAddress(address: string): boolean {
  const domain = address
    .slice(address.lastIndexOf('@') + 1)
    .trim()
    .toLowerCase()
    .replace(/\.$/, '');
  return reserved.some((each) => domain === each || domain.endsWith(`.${each}`));
}

/** What a write to a vendor is made of, as far as it matters whether that is real. */
interface Origin {
  readonly isLiveAccount: boolean;
  /** What the caller says of the data it hands over. */
  readonly provenance: 'live' | 'stand-in' | undefined;
  /** Rows of our own that it is made of came from a stand-in. */
  readonly isStandIn: boolean;
  readonly recipients: readonly string[];
}

/** Why data may not leave for a live vendor, as a sentence; `null` when it may. */
export function provenanceObjection(origin: Origin): string | null {
  if (!origin.isLiveAccount) return null;
  if (origin.provenance === 'stand-in' || origin.isStandIn)
    return 'This data came from a stand-in: made-up data never goes to a live vendor';
  const [first, ...more] = origin.recipients.filter(isReservedAddress);
  if (first === undefined) return null;
  const others = more.length === 0 ? '' : ` and ${more.length} more`;
  return `${first}${others}: an address of a reserved domain belongs to nobody, so it came from an example or a stand-in`;
}
