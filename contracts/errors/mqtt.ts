import type { ErrorEntry } from './entry.ts';

export const mqttErrors = {
  MQTT_BAD_CREDENTIALS: {
    message: 'Client {clientId} did not present valid credentials',
    hint: 'Make credentials with "holdfast client add".',
    retryable: false,
  },
  MQTT_TOPIC_DENIED: {
    message: 'Client {clientId} may not {action} {topic}',
    hint: 'Grant the topic to the client in the site file.',
    retryable: false,
  },
  MQTT_CLIENT_ID_TAKEN: {
    message: 'Client id {clientId} belongs to another user',
    hint: 'Give each device its own client id; a session never passes from one user to another.',
    retryable: false,
  },
  MQTT_PROTOCOL_VIOLATION: {
    message: 'Client {clientId} broke MQTT 3.1.1: {problem}',
    hint: 'The connection was closed; correct the client library or its use.',
    retryable: false,
  },
  MQTT_LIMIT_REACHED: {
    message: 'Limit {limit} reached: {problem}',
    hint: 'Look for a client that connects in a loop or does not read; the limit protects all others.',
    retryable: true,
  },
  MQTT_TOPIC_INVALID: {
    message: '{topic} is not a valid {what}',
    hint: 'Topic names carry no wildcards; filters have + alone in a level and # alone at the end.',
    retryable: false,
  },
  MQTT_LISTEN_FAILED: {
    message: 'The broker cannot listen on {host}:{port}: {reason}',
    hint: 'End the program that holds the port, or choose another in the site file under mqtt.',
    retryable: true,
  },
  MQTT_TLS_MISSING: {
    message: 'mqtt.tlsPort is given, but there is no server certificate',
    hint: 'Start with a data directory that can be written, so that the site can make its certificate.',
    retryable: false,
  },
  MQTT_CLOSED: {
    message: 'The broker is closed',
    hint: 'The appliance is stopping; repeat after the restart.',
    retryable: true,
  },
} as const satisfies Record<string, ErrorEntry>;
