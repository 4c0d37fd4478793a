export { identityStoreModule } from './module.ts';
export type { MqttClient } from './mqtt-clients.ts';
export {
  type Identity,
  type IdentityOptions,
  type NewSession,
  openIdentity,
  type SignedIn,
} from './open-identity.ts';
export type { User } from './people.ts';
export type { ServerCertificate } from './pki/site-pki.ts';
export type { AccessToken } from './tokens.ts';
