import { ApplianceError } from '#contracts/errors.ts';
import type { TagAccess } from '../capabilities/index.ts';
import type { Supervisor } from './supervisor.ts';
import type { Reading, TagTable } from './tag-table.ts';
import { failed, type TagSession, writeTag } from './write-tag.ts';

export interface LiveTags<S extends TagSession> extends TagAccess {
  /** The live session. Errors: DRV_LINK_DOWN while there is none. */
  live(): S;
}

/** Reads and writes tags over whatever session is live, and takes what they say into the table. */
export function createTagAccess<S extends TagSession>(
  device: string,
  table: TagTable,
  supervisor: Supervisor<S>,
): LiveTags<S> {
  const linkReason = () => {
    const link = supervisor.link();
    return link.state === 'down' ? link.reason : 'it is connecting';
  };
  const linkDown = () => new ApplianceError('DRV_LINK_DOWN', { device, reason: linkReason() });
  const live = (): S => {
    const session = supervisor.session();
    if (session === null) throw linkDown();
    return session;
  };

  return {
    live,
    latest: table.latest,
    watch: table.watch,
    async readNow(names) {
      const session = live();
      const readings = await session.read(names.map(table.config));
      // What a session says that was given up meanwhile is no present value.
      if (session !== supervisor.session()) throw linkDown();
      return table.take(readings);
    },
    async write(name, value) {
      const session = supervisor.session();
      const take = (readings: readonly Reading[]) => {
        if (session !== null && session === supervisor.session()) table.take(readings);
      };
      try {
        const tag = table.config(name);
        return await writeTag({ device, tag, value, session, linkReason: linkReason(), take });
      } catch (error) {
        // Only an unknown tag: writeTag answers for everything else.
        if (error instanceof ApplianceError && error.code === 'DRV_UNKNOWN_TAG') return failed(error);
        throw error;
      }
    },
  };
}
