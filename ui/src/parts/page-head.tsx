import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { href, type PageName } from '../router.ts';
import { Icon } from './icon.tsx';

/** Title of a page, also of the browser tab, with its way back and its actions. */
export function PageHead(props: {
  readonly title: string;
  readonly back?: { readonly page: PageName; readonly words: string };
  readonly note?: ComponentChildren;
  readonly children?: ComponentChildren;
}) {
  useEffect(() => {
    document.title = `${props.title} · Holdfast`;
  }, [props.title]);
  return (
    <header class="page-head">
      {props.back === undefined ? null : (
        <a
          class="button button-ghost button-square"
          href={href(props.back.page)}
          aria-label={props.back.words}
        >
          <Icon name="back" />
        </a>
      )}
      <div class="page-title">
        <h1>{props.title}</h1>
        {props.note === undefined ? null : <p class="soft">{props.note}</p>}
      </div>
      {props.children === undefined ? null : <div class="page-actions">{props.children}</div>}
    </header>
  );
}
