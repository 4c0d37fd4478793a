import { Type } from 'typebox';
import { roles } from '../site-file.ts';
import { defineEvent } from './envelope.ts';

/** Who may do what, and who changed it. Never carries a secret. The user or client name is the subject. */
const audit = { lane: 'audit', classification: 'personal' } as const;
const by = Type.String({ description: 'User who did it, or "cli" or "system".' });
const address = Type.String({ description: 'Network address it came from, or "local".' });

export const claimIssued = defineEvent({
  type: 'holdfast.identity.claim-issued.v1',
  title: 'A one-time code for a new administrator was made',
  ...audit,
  data: Type.Object({ by, expiresAt: Type.String({ format: 'date-time' }) }),
});
export const claimRedeemed = defineEvent({
  type: 'holdfast.identity.claim-redeemed.v1',
  title: 'Somebody became administrator with the one-time code',
  ...audit,
  data: Type.Object({ user: Type.String(), address }),
});
export const userSignedIn = defineEvent({
  type: 'holdfast.identity.user-signed-in.v1',
  title: 'A user signed in',
  ...audit,
  data: Type.Object({ user: Type.String(), role: Type.Enum([...roles]), address }),
});
export const userSignedOut = defineEvent({
  type: 'holdfast.identity.user-signed-out.v1',
  title: 'A user signed out',
  ...audit,
  data: Type.Object({ user: Type.String() }),
});
export const signInRefused = defineEvent({
  type: 'holdfast.identity.sign-in-refused.v1',
  title: 'Somebody was not let in, and why',
  ...audit,
  data: Type.Object({
    what: Type.Enum(['password', 'claim']),
    name: Type.String({ maxLength: 64, description: 'Name that was given, cut to length.' }),
    address,
    reason: Type.String(),
    suppressedCount: Type.Integer({
      minimum: 0,
      description: 'Refusals since the last such record that were counted but not recorded.',
    }),
  }),
});
export const userChanged = defineEvent({
  type: 'holdfast.identity.user-changed.v1',
  title: 'A user was made, changed or removed',
  ...audit,
  data: Type.Object({
    user: Type.String(),
    change: Type.Enum(['added', 'removed', 'role-set', 'password-set']),
    role: Type.Optional(Type.Enum([...roles])),
    by,
  }),
});
export const credentialChanged = defineEvent({
  type: 'holdfast.identity.credential-changed.v1',
  title: 'An access token or an MQTT credential was made or removed',
  ...audit,
  data: Type.Object({
    kind: Type.Enum(['token', 'mqtt-client']),
    name: Type.String(),
    change: Type.Enum(['made', 'removed']),
    role: Type.Optional(Type.Enum([...roles])),
    by,
  }),
});
export const certificateIssued = defineEvent({
  type: 'holdfast.identity.certificate-issued.v1',
  title: 'The site made a certificate',
  ...audit,
  classification: 'internal',
  data: Type.Object({
    kind: Type.Enum(['authority', 'server']),
    hosts: Type.Array(Type.String()),
    expiresAt: Type.String({ format: 'date-time' }),
    sha256: Type.String({ description: 'Fingerprint of the certificate, hex.' }),
  }),
});

export const identityEvents = [
  claimIssued,
  claimRedeemed,
  userSignedIn,
  userSignedOut,
  signInRefused,
  userChanged,
  credentialChanged,
  certificateIssued,
] as const;
