import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, systemClock } from '#contracts/clock.ts';
import type { PlaceConfig } from '#contracts/site-file.ts';
import {
  type FaultAnswer,
  type FaultState,
  faultStates,
  type LinkName,
  links,
  PLC_LINKS,
  type SimFaultId,
  setFault,
  simFaults,
} from './faults.ts';
import { placesFor } from './floor/layout.ts';
import type { FloorMap } from './floor/map.ts';
import { createLedger, type LedgerEntry } from './ledger.ts';
import { CATCH_UP_CYCLES_MAX, PLC_CYCLE_MS, SLOW_LINK_MS } from './limits.ts';
import { hearBus } from './line/drive-motion.ts';
import { startControl } from './serve/control.ts';
import { startModbus } from './serve/modbus.ts';
import { createLights, createRegisterMap } from './serve/modbus-map.ts';
import { startOpcua } from './serve/opcua.ts';
import { plcNodes } from './serve/plc-nodes.ts';
import { type LinkProxy, startLinkProxy } from './serve/proxy.ts';
import { startRosbridge } from './serve/rosbridge.ts';
import { describeWorld, type SimState } from './state.ts';
import { step } from './step.ts';
import { createWorld, type World } from './world.ts';
import { openWorldFile, type WorldFileOptions } from './world-file.ts';

export interface SimOptions {
  readonly map: FloorMap;
  /** Without it they are derived from the map: see floor/layout.ts. */
  readonly places?: readonly PlaceConfig[];
  readonly robots?: number;
  /** Physics runs so many times as fast as the wall clock. Watchdogs do not. */
  readonly speed?: number;
  readonly seed?: number;
  /** 0 picks a free port. All listen on loopback only. */
  readonly ports?: Partial<SimPorts>;
  /** Keeps the PLC's certificate between starts; without it, in a folder that goes with the sim. */
  readonly pkiDir?: string;
  /** Keeps the floor between starts; without it each start is a fresh one. */
  readonly state?: WorldFileOptions;
  readonly clock?: Clock;
}

export interface SimPorts {
  readonly opcua: number;
  readonly modbus: number;
  readonly ros: number;
  readonly control: number;
}

export interface Sim {
  readonly ports: SimPorts;
  /** Address of the control port. */
  readonly control: string;
  readonly places: readonly PlaceConfig[];
  state(): SimState;
  ledger(after?: number): readonly LedgerEntry[];
  /** Hands over each fact as it is written down; the returned function ends it. */
  onFact(listener: (entry: LedgerEntry) => void): () => void;
  faults(): readonly FaultState[];
  /** Throws when there is no such target. */
  fault(id: SimFaultId, active: boolean, target?: string): void;
  close(): Promise<void>;
}

/** Starts the site: its physics, its controllers and their sockets. Resolves when all of them answer. */
export async function startSim(options: SimOptions): Promise<Sim> {
  const { map, robots = 4, speed = 1, seed = 1, ports = {}, clock = systemClock } = options;
  const places = options.places ?? placesFor(map, robots);
  const world = createWorld({ map, places, robots, speed, seed });
  const ledger = createLedger(clock);
  const ownPki = options.pkiDir === undefined ? await mkdtemp(join(tmpdir(), 'holdfast-sim-')) : null;
  await using started = new AsyncDisposableStack();
  if (ownPki !== null) started.defer(() => rm(ownPki, { recursive: true, force: true }));
  const kept = options.state && openWorldFile(world, clock, options.state);
  // Last of all: as long as a socket is open, somebody may change something.
  started.defer(() => kept?.save());
  const keep = <T extends { close(): Promise<void> }>(part: T): T => {
    started.defer(() => part.close());
    return part;
  };

  const proxies: Record<LinkName, LinkProxy> = {
    opcua: keep(await startLinkProxy(ports.opcua ?? 0)),
    modbus: keep(await startLinkProxy(ports.modbus ?? 0)),
    ros: keep(await startLinkProxy(ports.ros ?? 0)),
  };
  const modbus = keep(
    await startModbus({ map: createRegisterMap(world, createLights()), onRequest: () => hearBus(world) }),
  );
  const rosbridge = keep(await startRosbridge(world, clock));
  const opcua = keep(
    await startOpcua({
      nodes: plcNodes(world),
      advertisedPort: proxies.opcua.port,
      pkiDir: options.pkiDir ?? ownPki ?? '',
    }),
  );
  proxies.opcua.target(opcua.port);
  proxies.modbus.target(modbus.port);
  proxies.ros.target(rosbridge.port);

  const breaker = createBreaker(world, createCables(proxies));
  const control = keep(
    await startControl({
      port: ports.control ?? 0,
      state: () => describeWorld(world),
      faults: breaker.faults,
      setFault: breaker.set,
      ledger: (after) => ledger.after(after),
    }),
  );
  const listeners = new Set<(entry: LedgerEntry) => void>();
  const stop = runCycles(clock, () => {
    step(world, PLC_CYCLE_MS);
    const fresh = ledger.collect(world);
    kept?.keep(fresh);
    rosbridge.publish(fresh);
    opcua.publish();
    for (const entry of fresh) for (const listener of listeners) listener(entry);
  });
  started.defer(async () => stop());

  const closing = started.move();
  return {
    ports: {
      opcua: proxies.opcua.port,
      modbus: proxies.modbus.port,
      ros: proxies.ros.port,
      control: control.port,
    },
    control: `http://127.0.0.1:${control.port}`,
    places,
    state: () => describeWorld(world),
    ledger: (after = 0) => ledger.after(after, Number.POSITIVE_INFINITY).entries,
    onFact(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    faults: breaker.faults,
    fault(id, active, target) {
      const answer = breaker.set(id, active, target ?? null);
      if (!answer.ok) throw new RangeError(answer.reason);
    },
    close: () => closing.disposeAsync(),
  };
}

/** Everything that can be broken, physics and cables alike. */
function createBreaker(world: World, cables: ReturnType<typeof createCables>) {
  return {
    faults: () => [...faultStates(world), ...cables.faults()],
    set(id: string, active: boolean, target: string | null): FaultAnswer {
      const known = simFaults.find((fault) => fault === id);
      if (known === undefined) return { ok: false, reason: `there is no fault ${id}` };
      if (known === 'plc-link-cut' || known === 'plc-link-slow') return cables.set(known, active, target);
      return setFault(world, known, active, target);
    },
  };
}

/** Runs cycles at their pace. After a stall some are made up for; the rest is time the site did not live through. */
function runCycles(clock: Clock, cycle: () => void): () => void {
  let dueMs = clock.monotonicMs() + PLC_CYCLE_MS;
  let cancel = () => {};
  const tick = () => {
    const nowMs = clock.monotonicMs();
    if (nowMs - dueMs > CATCH_UP_CYCLES_MAX * PLC_CYCLE_MS)
      dueMs = nowMs - CATCH_UP_CYCLES_MAX * PLC_CYCLE_MS;
    for (; dueMs <= nowMs; dueMs += PLC_CYCLE_MS) cycle();
    cancel = clock.after(dueMs - nowMs, tick);
  };
  cancel = clock.after(PLC_CYCLE_MS, tick);
  return () => cancel();
}

/** The three cables and the faults that are theirs. */
function createCables(proxies: Readonly<Record<LinkName, LinkProxy>>) {
  const stateOf = { 'plc-link-cut': 'cut', 'plc-link-slow': 'slow' } as const;
  const hit = (id: keyof typeof stateOf) =>
    links.filter((link) => proxies[link].mode().state === stateOf[id]);
  return {
    faults(): FaultState[] {
      return (['plc-link-cut', 'plc-link-slow'] as const).map((id) => {
        const names = hit(id);
        const isUsual = names.length === PLC_LINKS.length && PLC_LINKS.every((link) => names.includes(link));
        return {
          id,
          active: names.length > 0,
          target: names.length === 0 || isUsual ? null : names.join(','),
        };
      });
    },
    set(id: keyof typeof stateOf, active: boolean, target: string | null): FaultAnswer {
      const named = target === 'all' ? links : links.filter((link) => link === target);
      if (target !== null && named.length === 0) {
        return { ok: false, reason: `links are ${links.join(', ')}, or all` };
      }
      const broken = id === 'plc-link-cut' ? ({ state: 'cut' } as const) : slow;
      const chosen = target !== null ? named : active ? PLC_LINKS : hit(id);
      for (const link of chosen) {
        if (active) proxies[link].set(broken);
        else if (hit(id).includes(link)) proxies[link].set({ state: 'whole' });
      }
      return { ok: true };
    },
  };
}
const slow = { state: 'slow', delayMs: SLOW_LINK_MS } as const;
