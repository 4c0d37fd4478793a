import { ApplianceError } from '#contracts/errors.ts';
import type { Api } from '../app.ts';
import { whoAsks } from '../auth.ts';
import type { ApiServices } from '../services.ts';

// RFC 6455 registry of close codes. A page comes again after any; refused then, it asks who is signed in.
const POLICY_VIOLATION = 1008;
const TRY_AGAIN_LATER = 1013;

/** The feed of the open pages; see `LiveState` in contracts/api.ts. */
export function liveRoutes(app: Api, { live, log, identity, localToken }: ApiServices): void {
  app.get(
    '/live',
    {
      config: { role: 'viewer' },
      websocket: true,
      schema: { hide: true },
    },
    async (socket, request) => {
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
        socket.close(
          POLICY_VIOLATION,
          new ApplianceError('API_NOT_FOUND', { what: 'command', id: 'here' }).message,
        ),
      );
      leave = await live.join({
        send: (frame) => socket.send(frame),
        bufferedBytes: () => socket.bufferedAmount,
        // Looking is use: it keeps a session from ending for idleness, not for age.
        mayHear: () => whoAsks(request, identity, localToken) !== undefined,
        close: (why) =>
          why === 'signed-out'
            ? socket.close(POLICY_VIOLATION, 'signed out')
            : socket.close(TRY_AGAIN_LATER, 'too slow or stopping'),
      });
      if (leave === undefined) socket.close(TRY_AGAIN_LATER, 'too many pages are open');
      else if (isGone) leave();
    },
  );
}
