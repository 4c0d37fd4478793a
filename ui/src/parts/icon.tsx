/**
 * Icons of this product, drawn on a 24 × 24 grid with a 2 px line. They take the colour of the text and are
 * hidden from readers: the word beside them says the same.
 */
const paths = {
  floor: 'M3 5h18v14H3zM3 10h7M14 10h7M10 19v-4M14 5v5',
  orders: 'M5 4h14v16H5zM9 9h6M9 13h6M9 17h3',
  tasks: 'M12 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM5 20c.6-3.8 3.2-6 7-6s6.400 2.200 7 6',
  alarms: 'M6 16V11a6 6 0 0 1 12 0v5l2 2H4zM10 21h4',
  devices: 'M4 4h16v7H4zM4 13h16v7H4zM8 7.500h.01M8 16.500h.01M12 7.500h4M12 16.500h4',
  uplink:
    'M7 18a4.500 4.500 0 0 1-.4-9A6 6 0 0 1 18 8.500 4.800 4.800 0 0 1 17.500 18M12 21v-9M9 14.500l3-3 3 3',
  refusals: 'M4 12h9M9 8l4 4-4 4M17 5v14M20 5v14',
  demo: 'M13 3 5 14h6l-1 7 9-12h-6z',
  more: 'M6 12a1 1 0 1 1-2 0 1 1 0 0 1 2 0zM13 12a1 1 0 1 1-2 0 1 1 0 0 1 2 0zM20 12a1 1 0 1 1-2 0 1 1 0 0 1 2 0z',
  procedure: 'M9 3h6v5H9zM3 16h6v5H3zM15 16h6v5h-6zM12 8v4M6 16v-4h12v4',
  branch: 'M6 3v18M18 8v1a6 6 0 0 1-6 6H6M18 8a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5z',
  check: 'm5 12.500 4.500 4.500L19 7',
  cross: 'M6 6l12 12M18 6 6 18',
  clock: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3.500 2',
  play: 'M8 5v14l11-7z',
  pause: 'M9 5v14M15 5v14',
  undo: 'M9 7 4 12l5 5M4 12h10a6 6 0 0 1 0 8h-2',
  retry:
    'M20 5v5h-5M4 19v-5h5M5.500 9a7.500 7.500 0 0 1 13-1.500L20 10M4 14l1.500 2.500a7.500 7.500 0 0 0 13-1.500',
  question:
    'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM9.500 9.500a2.500 2.500 0 1 1 3.700 2.200c-.8.5-1.200 1-1.200 2M12 16.800h.01',
  exclaim: 'M12 3.500 2.500 20.500h19zM12 10v4.500M12 17.600h.01',
  skip: 'M5 6v12l8-6zM17 6v12',
  shield: 'M12 3 5 6v5.500c0 4.500 3 7.800 7 9.500 4-1.700 7-5 7-9.500V6z',
  robot: 'M5 9h14v10H5zM12 9V5M9 5h6M9 13.500h.01M15 13.500h.01M2 13v3M22 13v3',
  tote: 'M4 8h16l-1.500 11h-13zM4 8l2-3h12l2 3M9 12h6',
  battery: 'M3 8h15v8H3zM21 11v2',
  plug: 'M9 3v5M15 3v5M6 8h12v3a6 6 0 0 1-12 0zM12 17v4',
  unplug: 'M9 3v4M15 3v4M6 8h12v3a6 6 0 0 1-12 0zM12 17v4M3 3l18 18',
  plus: 'M12 5v14M5 12h14',
  search: 'M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM20 20l-4-4',
  back: 'M15 5l-7 7 7 7',
  forward: 'M9 5l7 7-7 7',
  pin: 'M12 21c4-4.500 6-8 6-11a6 6 0 0 0-12 0c0 3 2 6.500 6 11zM12 12a2 2 0 1 0 0-4 2 2 0 0 0 0 4z',
  note: 'M5 4h14v11l-5 5H5zM14 20v-5h5',
  user: 'M12 11a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7zM5 20c.6-3.800 3.200-6 7-6s6.400 2.200 7 6',
  exit: 'M14 4H5v16h9M11 12h10M17 8l4 4-4 4',
  key: 'M8 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 12h9M18 12v4',
  gear: 'M4 7h9M17 7h3M4 12h3M11 12h9M4 17h9M17 17h3M15 5v4M9 10v4M15 15v4',
  turtle: 'M4 15a7 5 0 0 1 13 0zM17 14l3-2.500 1.500 1.500L19 15.500M7 15v3M14 15v3',
  hand: 'M8 13V6a1.500 1.500 0 0 1 3 0v5V4.500a1.500 1.500 0 0 1 3 0V11V6a1.500 1.500 0 0 1 3 0v8c0 4-2 7-5.500 7-3 0-4.300-1.500-6-5l-1.500-3c-.6-1.500 1-2.300 2-1z',
  barcode: 'M4 5v14M8 5v14M11 5v14M15 5v14M17.500 5v14M20 5v14',
  wifi: 'M4 10a11.500 11.500 0 0 1 16 0M7 13.500a7 7 0 0 1 10 0M12 18h.01',
} as const;

export type IconName = keyof typeof paths;

/** For pictures that are drawn as a whole. */
export const iconPath = (name: IconName): string => paths[name];

export function Icon({ name, size = 24 }: { name: IconName; size?: number }) {
  return (
    <svg class="icon" width={size} height={size} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}
