import type { ComponentChild } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Blank, Loading } from './blank.tsx';

type Page<Props> = (props: Props) => ComponentChild;

/**
 * A page whose code is fetched when it is first looked at: seldom-used pages cost a kiosk nothing at its start.
 * It is known at once ever after.
 */
export function lazyPage<Props extends object>(what: string, load: () => Promise<Page<Props>>): Page<Props> {
  let known: Page<Props> | null = null;
  return function LazyPage(props: Props) {
    // In an object, because a function given to a setter would be called.
    const [state, setState] = useState<{ page: Page<Props> | null; failed: boolean }>({
      page: known,
      failed: false,
    });
    useEffect(() => {
      if (state.page !== null) return;
      load().then(
        (page) => {
          known = page;
          setState({ page, failed: false });
        },
        () => setState({ page: null, failed: true }),
      );
    }, []);
    if (state.page !== null) return <state.page {...props} />;
    if (!state.failed) return <Loading rows={6} what={what} />;
    return (
      <Blank icon="unplug" title="This page could not be fetched">
        The appliance did not answer, or it was updated meanwhile. Reload the page.
      </Blank>
    );
  };
}
