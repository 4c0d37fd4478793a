import { Type } from 'typebox';
import { DeviceSummary, Floor, Robot } from '#contracts/api.ts';
import { ApplianceError } from '#contracts/errors.ts';
import type { Api } from '../app.ts';
import type { ApiServices } from '../services.ts';

const Id = Type.Object({ id: Type.String({ maxLength: 64 }) });

/** Devices with their tags, robots, and the floor they stand on. */
export function deviceRoutes(app: Api, { devices, floorPlan }: ApiServices): void {
  app.get(
    '/devices',
    {
      config: { role: 'viewer' },
      schema: {
        tags: ['devices'],
        summary: 'Devices with their links and tags',
        response: { 200: Type.Object({ devices: Type.Array(DeviceSummary) }) },
      },
    },
    () => ({ devices: [...devices.list()] }),
  );
  app.get(
    '/devices/:id',
    {
      config: { role: 'viewer' },
      schema: {
        tags: ['devices'],
        summary: 'One device with its link and tags',
        params: Id,
        response: { 200: DeviceSummary },
      },
    },
    (request) => {
      const device = devices.list().find(({ id }) => id === request.params.id);
      if (device === undefined)
        throw new ApplianceError('API_NOT_FOUND', { what: 'device', id: request.params.id });
      return device;
    },
  );
  app.get(
    '/devices/:id/browse',
    {
      config: { role: 'technician' },
      schema: {
        tags: ['devices'],
        summary: 'Look into the address space of a device',
        params: Id,
        querystring: Type.Object({ address: Type.Optional(Type.String({ maxLength: 512 })) }),
      },
    },
    async (request) => ({ entries: await devices.browse(request.params.id, request.query.address) }),
  );
  app.get(
    '/robots',
    {
      config: { role: 'viewer' },
      schema: {
        tags: ['devices'],
        summary: 'Robots with their places and charge',
        response: { 200: Type.Object({ robots: Type.Array(Robot) }) },
      },
    },
    () => ({ robots: [...devices.robots()] }),
  );
  app.get(
    '/floor',
    {
      config: { role: 'viewer' },
      schema: { tags: ['devices'], summary: 'The map of the floor and its places', response: { 200: Floor } },
    },
    () => floorPlan(),
  );
}
