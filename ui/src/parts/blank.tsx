import type { ComponentChildren } from 'preact';
import { Icon, type IconName } from './icon.tsx';

/** Nothing to show, and what that means. */
export function Blank(props: { icon: IconName; title: string; children?: ComponentChildren }) {
  return (
    <div class="blank">
      <Icon name={props.icon} size={44} />
      <p class="blank-title">{props.title}</p>
      {props.children === undefined ? null : <p class="soft">{props.children}</p>}
    </div>
  );
}

/** Grey bars in the shape of what is coming: calmer than a spinner, and nothing jumps when it arrives. */
export function Loading({ rows = 3, what }: { rows?: number; what: string }) {
  return (
    <div class="loading" role="status">
      <span class="visually-hidden">Loading {what}</span>
      {Array.from({ length: rows }, (_, row) => (
        <div class="loading-row" key={row} />
      ))}
    </div>
  );
}
