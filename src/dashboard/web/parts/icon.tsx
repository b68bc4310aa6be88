/** Drawn on a grid of 16, stroked in the colour of the text. Outlines differ, so they work in grey. */
const paths = {
  mark: 'M3 12.5L8 3l5 9.5M5.2 9h5.6',
  overview: 'M2.5 2.5h4.5v6H2.5zM9 2.5h4.5v3.5H9zM9 8h4.5v5.5H9zM2.5 10.5H7v3H2.5z',
  struggling: 'M1.8 8h2.7l2-4.8 3 9.6 2-4.8h2.7',
  runs: 'M2.5 4h8M2.5 8h5M2.5 12h5M10 8.2l4 2.3-4 2.3z',
  swarm:
    'M2.8 2.8h2v2h-2zM7 2.8h2v2H7zM11.2 2.8h2v2h-2zM2.8 7h2v2h-2zM7 7h2v2H7zM11.2 7h2v2h-2zM2.8 11.2h2v2h-2zM7 11.2h2v2H7zM11.2 11.2h2v2h-2z',
  clock: 'M2.25 8a5.75 5.75 0 1 0 11.5 0a5.75 5.75 0 1 0-11.5 0zM8 4.8V8l2.2 1.6',
  analytics: 'M2.5 13.5h11M4.5 11V8M8 11V3M11.5 11V5.5',
  agents:
    'M4 4h8v8H4zM6.5 1.8V4M9.5 1.8V4M6.5 12v2.2M9.5 12v2.2M1.8 6.5H4M1.8 9.5H4M12 6.5h2.2M12 9.5h2.2',
  memory:
    'M3 2.5h8.5a1 1 0 0 1 1 1v10H4.5A1.5 1.5 0 0 1 3 12zM3 12a1.5 1.5 0 0 1 1.5-1.5h8M6 5.5h4',
  leads: 'M3 13.5v-11h6v11M9 6.5h4v7M2 13.5h12M5 5h2M5 7.5h2M5 10h2M11 9h.01M11 11.2h.01',
  post: 'M2.5 3h11v8H8l-3 2.5V11H2.5zM5 5.8h6M5 8.2h4',
  star: 'M8 2.3l1.7 3.7 4 .5-3 2.7.8 4L8 11.2 4.5 13.2l.8-4-3-2.7 4-.5z',
  bound:
    'M2.5 5h6M11.5 5h2M2.5 11h2M7.5 11h6M8.5 5a1.5 1.5 0 1 0 3 0a1.5 1.5 0 1 0-3 0zM4.5 11a1.5 1.5 0 1 0 3 0a1.5 1.5 0 1 0-3 0z',
  file: 'M4 2h5.5L12.5 5v9H4zM9.5 2v3h3',
  pin: 'M6 2.5h4M6.5 2.5v4L4.5 9h7l-2-2.5v-4M8 9v4.5',
  check: 'M3.5 8.5l3 3 6-7',
  settings:
    'M2.5 4.5h5M11 4.5h2.5M7.5 4.5a1.75 1.75 0 1 0 3.5 0a1.75 1.75 0 1 0-3.5 0zM2.5 11.5H5M8.5 11.5h5M5 11.5a1.75 1.75 0 1 0 3.5 0a1.75 1.75 0 1 0-3.5 0z',
  menu: 'M2.5 4.5h11M2.5 8h11M2.5 11.5h11',
  search: 'M2.5 7a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0-9 0zM10.3 10.3L13.5 13.5',
  plus: 'M8 3v10M3 8h10',
  sun: 'M5.5 8a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0zM8 1.8v1.4M8 12.8v1.4M1.8 8h1.4M12.8 8h1.4M3.6 3.6l1 1M11.4 11.4l1 1M12.4 3.6l-1 1M4.6 11.4l-1 1',
  moon: 'M13.2 9.6A5.6 5.6 0 0 1 6.4 2.8a5.6 5.6 0 1 0 6.8 6.8z',
  queued:
    'M8 2.25a5.75 5.75 0 0 1 2.9.8M12.9 5a5.75 5.75 0 0 1 .8 3M13.1 10.7a5.75 5.75 0 0 1-2.2 2.2M8 13.75a5.75 5.75 0 0 1-2.9-.8M3.1 11a5.75 5.75 0 0 1-.8-3M2.9 5.3a5.75 5.75 0 0 1 2.2-2.2',
  running: 'M8 2.25A5.75 5.75 0 1 1 2.25 8M8 5.5A2.5 2.5 0 1 1 5.5 8',
  retrying: 'M13 8a5 5 0 1 1-1.6-3.7M13.2 2v3h-3',
  completed: 'M2.25 8a5.75 5.75 0 1 0 11.5 0a5.75 5.75 0 1 0-11.5 0zM5.4 8.3l1.8 1.8 3.5-4',
  'completed-with-failures': 'M8 2.25A5.75 5.75 0 1 0 13.75 8M5.4 8.3l1.8 1.8 3.5-4M12.8 3.2h.01',
  failed: 'M2.25 8a5.75 5.75 0 1 0 11.5 0a5.75 5.75 0 1 0-11.5 0zM6 6l4 4M10 6l-4 4',
  'timed-out': 'M11.2 12.8A5.75 5.75 0 1 1 13.6 7M8 4.8V8l1.6 1.2M11 9.5l3 3M14 9.5l-3 3',
  cancelled: 'M2.25 8a5.75 5.75 0 1 0 11.5 0a5.75 5.75 0 1 0-11.5 0zM4.2 11.8l7.6-7.6',
  terminated: 'M2.25 8a5.75 5.75 0 1 0 11.5 0a5.75 5.75 0 1 0-11.5 0zM6 6h4v4H6z',
  'needs-you': 'M8 1.8L14.2 8 8 14.2 1.8 8zM8 5.3v3.2M8 10.7h.01',
  'outcome-unknown':
    'M8 1.8L14.2 8 8 14.2 1.8 8zM6.7 6.7a1.3 1.3 0 1 1 1.9 1.2c-.4.2-.6.4-.6.9M8 10.7h.01',
  waiting:
    'M4.5 2.5h7M4.5 13.5h7M5 2.5c0 3 3 3.5 3 5.5s-3 2.5-3 5.5M11 2.5c0 3-3 3.5-3 5.5s3 2.5 3 5.5',
  'flow-keys':
    'M2 8h3.2M10.8 8H14M5.2 8a2.8 2.8 0 1 0 5.6 0a2.8 2.8 0 1 0-5.6 0zM8 5.2V2.5M6 2.5h4',
  ledger: 'M3.5 2.5h9v11h-9zM5.8 5.5h4.4M5.8 8h4.4M5.8 10.5h2.4',
  audit:
    'M4 2h8v4M4 2v12h3.5M6 5h4M6 8h2M9 10.5a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0zM13.3 12.3l1.4 1.9',
  suppressions: 'M2.5 4h11v8h-11zM2.5 4.5L8 8.8l5.5-4.3M3 13.5L13 2.5',
  skipped: 'M2.5 9.5a4.5 4.5 0 0 1 8.6-1.8M11.4 4.4v3.4H8M13.5 12.5h-11',
  inbox: 'M2.5 9.5l2-6.5h7l2 6.5v3.5h-11zM2.5 9.5H6c0 1.2.8 2 2 2s2-.8 2-2h3.5',
  pipeline:
    'M2 5.5a2 2 0 1 0 4 0a2 2 0 1 0-4 0zM10 3.5a2 2 0 1 0 4 0a2 2 0 1 0-4 0zM10 12a2 2 0 1 0 4 0a2 2 0 1 0-4 0zM6 5.2l4-1.2M5.4 7l5 3.7',
  coordination: 'M5 8a3 3 0 1 0 6 0a3 3 0 1 0-6 0zM8 2v3M8 11v3M2 8h3M11 8h3',
  person: 'M5.5 5.2a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0zM3 13.5c0-2.6 2-4 5-4s5 1.4 5 4',
  list: 'M5.5 4h8M5.5 8h8M5.5 12h8M2.5 4h.01M2.5 8h.01M2.5 12h.01',
  paused: 'M2.25 8a5.75 5.75 0 1 0 11.5 0a5.75 5.75 0 1 0-11.5 0zM6.5 6v4M9.5 6v4',
  missed: 'M2.5 2.5h11v11h-11zM6 6l4 4M10 6l-4 4',
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  play: 'M5 3l8 5-8 5z',
  shorts: 'M4.5 1.8h7v12.4h-7zM7 6l3 2-3 2z',
  more: 'M3.5 8h.01M8 8h.01M12.5 8h.01',
  copy: 'M5.5 5.5h8v8h-8zM3.5 10.5h-1v-8h8v1',
  down: 'M4 6l4 4 4-4',
  close: 'M4 4l8 8M12 4l-8 8',
  warning: 'M8 2.5l6 11H2zM8 6.5v3M8 11.5h.01',
  open: 'M9 3h4v4M13 3L7.5 8.5M11 9.5V13H3V5h3.5',
  download: 'M8 2.5v7M5 7l3 3 3-3M3 13h10',
} as const;

/** The names an icon can have. */
export type IconName = keyof typeof paths;

/** An icon beside a word that says the same, so it is hidden from screen readers. */
export const Icon = ({ name, size = '' }: { name: IconName; size?: '' | 's' | 'm' }) => (
  <svg className={`i ${size}`} viewBox="0 0 16 16" aria-hidden="true">
    <path d={paths[name]} />
  </svg>
);
