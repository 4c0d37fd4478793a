import { type IconName, iconPath } from './icon-paths.ts';

export type { IconName };

/**
 * Icons of this product, drawn on a 24 × 24 grid with a 2 px line. They take the colour of the text and are
 * hidden from readers: the word beside them says the same.
 */
export function Icon({ name, size = 24 }: { name: IconName; size?: number }) {
  return (
    <svg class="icon" width={size} height={size} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={iconPath(name)} />
    </svg>
  );
}
