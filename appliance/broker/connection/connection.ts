import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import type { ErrorCode } from '#contracts/errors.ts';
import type { Refusal } from '../auditor.ts';
import type { Grants } from '../grants.ts';
import type { House } from '../house.ts';
import type { Session } from '../session/session.ts';
import { encodeConnack } from '../wire/encode.ts';
import { type Frame, Framer } from '../wire/framer.ts';
import { CONNACK, type Connect, type Packet } from '../wire/packets.ts';
import { parsePacket } from '../wire/parse.ts';
import { ControlPipe } from './control-pipe.ts';
import { Conversation } from './conversation.ts';
import { KeepAlive } from './keep-alive.ts';
import { judgeConnect, openSession, SERVER_UNAVAILABLE } from './open-session.ts';
import { SocketWire } from './socket-wire.ts';

type Phase =
  /** For CONNECT. */
  | { readonly name: 'waiting' }
  /** CONNECT is being judged, or is with aedes. */
  | { readonly name: 'opening' }
  | { readonly name: 'open'; readonly conversation: Conversation; readonly keepAlive: KeepAlive }
  /** DISCONNECT was read; aedes closes. */
  | { readonly name: 'leaving' }
  | { readonly name: 'closed' };

/** A CONNECT that was let in. */
interface Entry {
  readonly connect: Connect;
  readonly frame: Frame;
  readonly grants: Grants;
  readonly session: Session;
  readonly present: boolean;
}

/**
 * One socket. Everything a client sends is cut into packets and checked here, before anybody else sees it.
 * Control packets go on to aedes; messages go the way of `MessageFlow`.
 */
export class Connection {
  readonly #house: House;
  readonly #socket: Socket;
  readonly #wire: SocketWire;
  readonly #framer: Framer;
  readonly #address: string;
  readonly #cancelConnectTimer: () => void;
  #phase: Phase = { name: 'waiting' };
  #pipe: ControlPipe | null = null;
  #session: Session | null = null;
  #clientId = '';
  #user = '';

  constructor(house: House, socket: Socket) {
    const { limits, clock } = house;
    this.#house = house;
    this.#socket = socket;
    this.#address = socket.remoteAddress ?? 'unknown';
    this.#wire = new SocketWire(socket, clock, limits, (reason) => this.close(reason));
    this.#framer = new Framer(Math.min(house.packetBytesMax, limits.connectBytesMax));
    this.#cancelConnectTimer = clock.after(limits.connectTimeoutMs, () =>
      this.close('it was not let in in time'),
    );
    house.sockets.add(this);
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      this.#framer.push(chunk);
      this.#readFrames();
    });
    socket.on('drain', () => this.#onDrain());
    socket.on('error', (error) => this.close(error.message));
    // A half-closed client cannot send DISCONNECT any more, so for it this is the end.
    socket.on('end', () => this.close('the client closed the connection'));
    socket.on('close', () => this.close('the connection was lost'));
  }

  /** As CONNECT says; empty before it. */
  get user(): string {
    return this.#user;
  }

  /**
   * Ends the connection: MQTT 3.1.1 knows no DISCONNECT from the server. The will goes out. `flush` lets what
   * has been written leave first.
   */
  close(reason: string, how: 'now' | 'flush' = 'now'): void {
    const phase = this.#phase;
    if (phase.name === 'closed') return;
    const house = this.#house;
    house.log.debug({ clientId: this.#clientId, address: this.#address, reason }, 'connection closed');
    this.#phase = { name: 'closed' };
    this.#cancelConnectTimer();
    this.#wire.close();
    house.sockets.delete(this);
    if (house.connections.get(this.#clientId) === this) house.connections.delete(this.#clientId);
    if (this.#session !== null) house.sessions.release(this.#session, this.#wire);
    if (phase.name === 'open') phase.keepAlive.close();
    // While leaving, aedes still has to read DISCONNECT, or it would publish the will [MQTT-3.14.4-3].
    if (phase.name !== 'leaving') this.#pipe?.destroy();
    if (how === 'now') this.#socket.destroy();
    else this.#linger();
  }

  #linger(): void {
    const cancel = this.#house.clock.after(this.#house.limits.lingerMs, () => this.#socket.destroy());
    this.#socket.once('close', cancel);
    this.#socket.resume();
    this.#socket.end();
  }

  #readFrames(): void {
    while (!this.#isHeldUp()) {
      const frame = this.#framer.next();
      if (frame === undefined) break;
      if ('problem' in frame) this.#violate(frame.problem);
      else this.#onFrame(frame);
    }
    if (this.#phase.name === 'closed') return;
    if (this.#isHeldUp()) this.#socket.pause();
    else if (this.#socket.isPaused()) this.#socket.resume();
  }

  #isHeldUp(): boolean {
    if (this.#phase.name === 'open') return this.#phase.conversation.isHeldUp;
    return this.#phase.name !== 'waiting';
  }

  #onDrain(): void {
    if (this.#phase.name !== 'open') return;
    this.#session?.pump();
    this.#readFrames();
  }

  #onFrame(frame: Frame): void {
    const packet = parsePacket(frame, this.#house.limits);
    const phase = this.#phase;
    if (packet.kind === 'violation') this.#violate(packet.problem);
    else if (phase.name === 'open') this.#onPacket(packet, frame, phase);
    else if (packet.kind === 'refused') {
      this.#refuseConnect(packet.returnCode, 'MQTT_PROTOCOL_VIOLATION', packet.problem);
    } else if (packet.kind === 'connect') this.#onConnect(packet, frame);
    // [MQTT-3.1.0-1] The first packet is CONNECT.
    else this.#violate(`${packet.kind} before CONNECT`);
  }

  #onPacket(
    packet: Packet | { readonly kind: 'refused' },
    frame: Frame,
    { conversation, keepAlive }: Extract<Phase, { name: 'open' }>,
  ): void {
    this.#house.counts.received += 1;
    keepAlive.heard();
    if (packet.kind === 'disconnect') {
      keepAlive.close();
      this.#phase = { name: 'leaving' };
      this.#pipe?.pass(frame.raw);
    } else if (packet.kind === 'connect' || packet.kind === 'refused') {
      this.#violate('a second CONNECT'); // [MQTT-3.1.0-2]
    } else {
      conversation.onPacket(packet, frame);
    }
  }

  #onConnect(connect: Connect, frame: Frame): void {
    this.#phase = { name: 'opening' };
    this.#open(connect, frame).catch((error: unknown) => {
      this.#house.log.warn({ err: error, clientId: this.#clientId }, 'a client could not be let in');
      this.#refuseConnect(SERVER_UNAVAILABLE, 'MQTT_LIMIT_REACHED', 'the session could not be stored');
    });
  }

  async #open(connect: Connect, frame: Frame): Promise<void> {
    const house = this.#house;
    const clientId = connect.clientId === '' ? `auto-${randomUUID()}` : connect.clientId; // [MQTT-3.1.3-6]
    this.#clientId = clientId;
    this.#user = connect.user ?? '';
    const verdict = await judgeConnect(house, connect, clientId, this.#address);
    if (this.#phase.name !== 'opening') return;
    if (!verdict.allowed) {
      this.#refuseConnect(verdict.returnCode, verdict.code, verdict.reason, verdict.topic);
      return;
    }
    // [MQTT-3.1.4-2] From here on the id is ours; an earlier connection of it ends, with its will.
    house.connections.get(clientId)?.close('another connection took the client id over');
    house.connections.set(clientId, this);
    const { grants } = verdict;
    const opened = await openSession(house, clientId, grants, connect.clean);
    if (!opened.allowed) {
      this.#refuseConnect(opened.returnCode, opened.code, opened.reason);
      return;
    }
    const { session, present } = opened;
    this.#session = session;
    if (this.#phase.name === 'opening') this.#startAedes({ connect, frame, grants, session, present });
    else house.sessions.release(session, this.#wire);
  }

  #startAedes(entry: Entry): void {
    const pipe: ControlPipe = new ControlPipe(this.#clientId, {
      answer: (frame) => this.#onAnswer(frame, entry.present),
      ready: () => this.#onReady(entry, pipe),
    });
    this.#pipe = pipe;
    pipe.on('error', (error) => this.#house.log.debug({ err: error }, 'aedes gave a connection up'));
    // After DISCONNECT, or because the store failed aedes.
    pipe.on('close', () => this.close('aedes closed the connection', 'flush'));
    this.#house.aedes.handle(pipe);
    pipe.pass(entry.frame.raw);
  }

  #onReady({ connect, grants, session }: Entry, pipe: ControlPipe): void {
    if (this.#phase.name !== 'opening') return;
    const house = this.#house;
    const conversation = new Conversation({
      house,
      wire: this.#wire,
      session,
      grants,
      pipe,
      refused: (...refusal) => this.#refused(...refusal),
      close: (reason) => this.close(reason),
      resume: () => {
        if (this.#phase.name === 'open' && this.#socket.isPaused()) this.#readFrames();
      },
    });
    const keepAlive = new KeepAlive(house.clock, connect.keepAliveSeconds, {
      onSilence: () => this.close('keep-alive timeout'),
      isExcused: () => this.#isHeldUp(),
    });
    this.#cancelConnectTimer();
    this.#phase = { name: 'open', conversation, keepAlive };
    this.#framer.bytesMax = house.packetBytesMax;
    house.counts.connects += 1;
    session.attach(this.#wire);
    this.#readFrames();
  }

  #onAnswer(frame: Frame, present: boolean): void {
    // aedes does not know of stored sessions without subscriptions [MQTT-3.2.2-2].
    if (frame.type === CONNACK) this.#wire.send(encodeConnack(frame.body[1] ?? 0, present));
    else if (this.#phase.name === 'open') this.#phase.conversation.onAnswer(frame);
  }

  #violate(problem: string): void {
    this.#refused('packet', 'MQTT_PROTOCOL_VIOLATION', problem);
    this.close(problem);
  }

  #refuseConnect(returnCode: number, code: ErrorCode, reason: string, topic?: string): void {
    if (this.#phase.name === 'closed') return;
    this.#refused('connect', code, reason, topic);
    // [MQTT-3.2.2-4], [MQTT-3.2.2-5] No session present, and the connection ends after CONNACK.
    this.#wire.send(encodeConnack(returnCode, false));
    this.close(reason, 'flush');
  }

  #refused(action: Refusal['action'], code: ErrorCode, reason: string, topic?: string): void {
    this.#house.auditor.refused({
      clientId: this.#clientId,
      user: this.#user,
      address: this.#address,
      action,
      code,
      reason,
      ...(topic === undefined ? {} : { topic }),
    });
  }
}
