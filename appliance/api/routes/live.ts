import { ApplianceError } from '#contracts/errors.ts';
import type { Api } from '../app.ts';
import type { ApiServices } from '../services.ts';

// RFC 6455 registry of close codes.
const TRY_AGAIN_LATER = 1013;

/** The feed of the open pages; see `LiveState` in contracts/api.ts. */
export function liveRoutes(app: Api, { live, log }: ApiServices): void {
  app.get(
    '/live',
    {
      config: { role: 'viewer' },
      websocket: true,
      schema: { hide: true },
    },
    async (socket) => {
      // Before the first await: a page may be gone before its snapshot is read.
      let leave: (() => void) | undefined;
      let isGone = false;
      socket.on('close', () => {
        isGone = true;
        leave?.();
      });
      socket.on('error', (error) => log.debug({ err: error }, 'live page lost'));
      // Pages only listen; whoever talks is no page of ours.
      socket.on('message', () =>
        socket.close(1008, new ApplianceError('API_NOT_FOUND', { what: 'command', id: 'here' }).message),
      );
      leave = await live.join({
        send: (frame) => socket.send(frame),
        bufferedBytes: () => socket.bufferedAmount,
        close: () => socket.close(TRY_AGAIN_LATER, 'too slow or stopping'),
      });
      if (leave === undefined) socket.close(TRY_AGAIN_LATER, 'too many pages are open');
      else if (isGone) leave();
    },
  );
}
