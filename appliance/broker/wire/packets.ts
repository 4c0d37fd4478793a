/** Control packet types, MQTT 3.1.1 table 2.1. */
export const CONNECT = 1;
export const CONNACK = 2;
export const PUBLISH = 3;
export const PUBACK = 4;
export const PUBREC = 5;
export const PUBREL = 6;
export const PUBCOMP = 7;
export const SUBSCRIBE = 8;
export const SUBACK = 9;
export const UNSUBSCRIBE = 10;
export const UNSUBACK = 11;
export const PINGREQ = 12;
export const DISCONNECT = 14;

export type Qos = 0 | 1 | 2;

export interface Will {
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos: Qos;
  readonly retain: boolean;
}
export interface Connect {
  readonly kind: 'connect';
  readonly clientId: string;
  readonly clean: boolean;
  readonly keepAliveSeconds: number;
  readonly user: string | undefined;
  readonly password: Buffer | undefined;
  readonly will: Will | undefined;
}
export interface Publish {
  readonly kind: 'publish';
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos: Qos;
  readonly retain: boolean;
  /** 0 at QoS 0. */
  readonly messageId: number;
}
export interface Acknowledgement {
  readonly kind: 'puback' | 'pubrec' | 'pubrel' | 'pubcomp';
  readonly messageId: number;
}
export interface Subscribe {
  readonly kind: 'subscribe';
  readonly messageId: number;
  readonly filters: readonly { readonly filter: string; readonly qos: Qos }[];
}
export interface Unsubscribe {
  readonly kind: 'unsubscribe';
  readonly messageId: number;
  readonly filters: readonly string[];
}
export type Packet =
  | Connect
  | Publish
  | Acknowledgement
  | Subscribe
  | Unsubscribe
  | { readonly kind: 'pingreq' }
  | { readonly kind: 'disconnect' };

/** Why a packet is refused: by a CONNACK return code, or by closing the connection [MQTT-4.8.0-1]. */
export type Violation =
  | { readonly kind: 'violation'; readonly problem: string }
  | { readonly kind: 'refused'; readonly returnCode: 1 | 2; readonly problem: string };

export const violation = (problem: string): Violation => ({ kind: 'violation', problem });
