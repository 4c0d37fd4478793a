import type { ComponentChildren } from 'preact';
import { Icon, type IconName } from './icon.tsx';
import type { Level } from './words.ts';

/** A state in a word with its icon: never by colour alone. */
export function Mark({
  level,
  icon,
  children,
}: {
  level: Level;
  icon: IconName;
  children: ComponentChildren;
}) {
  return (
    <span class={`mark mark-${level}`}>
      <Icon name={icon} size={18} />
      <span>{children}</span>
    </span>
  );
}

const severities = {
  critical: { shape: 'M4 4h16v16H4z', digit: '1', word: 'Critical' },
  high: { shape: 'M12 2.500 22.500 21H1.500z', digit: '2', word: 'High' },
  medium: { shape: 'M12 1.500 22.500 12 12 22.500 1.500 12z', digit: '3', word: 'Medium' },
  low: { shape: 'M12 22a10 10 0 1 0 0-20 10 10 0 0 0 0 20z', digit: '4', word: 'Low' },
} as const;
export type Severity = keyof typeof severities;
export const severityRank: readonly Severity[] = ['critical', 'high', 'medium', 'low'];

/** Shape and number tell the severity as well as the colour does (ISA-18.2 asks for redundant coding). */
export function SeverityMark({ severity }: { severity: Severity }) {
  const { shape, digit, word } = severities[severity];
  return (
    <span class={`severity severity-${severity}`}>
      <svg width="40" height="40" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
        <path d={shape} />
        <text x="12" y={severity === 'high' ? 18.2 : 16.4} text-anchor="middle">
          {digit}
        </text>
      </svg>
      <span class="severity-word">{word}</span>
    </span>
  );
}
