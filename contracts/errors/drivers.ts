import type { ErrorEntry } from './entry.ts';

export const driverErrors = {
  DRV_LINK_DOWN: {
    message: 'Device {device} is not connected: {reason}',
    hint: 'Check power, cable and address of the device; the driver keeps trying by itself.',
    retryable: true,
  },
  DRV_TIMEOUT: {
    message: 'Device {device} did not answer {what} within {timeoutMs} ms',
    hint: 'Check the load of the device and of the cell network.',
    retryable: true,
  },
  DRV_UNKNOWN_TAG: {
    message: 'Device {device} has no tag {tag}',
    hint: 'Compare the tags of the device in the site file.',
    retryable: false,
  },
  DRV_WRONG_TYPE: {
    message: 'Tag {tag} takes {wanted}, not {got}',
    hint: 'Correct the type of the tag in the site file or the value that is written.',
    retryable: false,
  },
  DRV_READ_ONLY: {
    message: 'Tag {tag} is read-only',
    hint: 'Set access: read-write on the tag in the site file if the device allows it.',
    retryable: false,
  },
  DRV_BAD_REPLY: {
    message: 'Device {device} answered something that cannot be read: {problem}',
    hint: 'Compare the addresses and types in the site file with the program of the device.',
    retryable: true,
  },
  DRV_MODBUS_SHORT_REPLY: {
    message: 'PLC answered {got} of {wanted} registers',
    hint: 'Compare the register map in the site file with the PLC program.',
    retryable: false,
  },
  DRV_UNSUPPORTED: {
    message: '{target} cannot {action}',
    hint: 'Look at the capabilities of the device in the site file.',
    retryable: false,
  },
  DRV_BAD_CALL: {
    message: '{target}.{action}: {problem}',
    hint: 'Compare the arguments with the capability table.',
    retryable: false,
  },
  DRV_UNKNOWN_PLACE: {
    message: 'There is no place {place}',
    hint: 'Add the place to the site file or correct the name.',
    retryable: false,
  },
  DRV_BUSY: {
    message: '{target} is busy with command {commandId}',
    hint: 'Wait until the running command has ended; stop commands go through at any time.',
    retryable: true,
  },
  DRV_OVERLOADED: {
    message: 'Device {device} has {count} requests waiting',
    hint: 'The device answers slower than it is asked: raise pollIntervalMs or read fewer tags.',
    retryable: true,
  },
  DRV_OUT_OF_RANGE: {
    message: '{value} does not fit tag {tag} of type {type}',
    hint: 'Write a value within the range of the type, after scale and offset.',
    retryable: false,
  },
  DRV_REFUSED: {
    message: 'Device {device} refused {what}: {reason}',
    hint: 'Look at the device: its program or its operating mode forbids it.',
    retryable: false,
  },
  DRV_SUPERSEDED: {
    message: '{target} was stopped before {action} had ended',
    hint: 'See which stop command ended it; ask again when motion is allowed.',
    retryable: true,
  },
  DRV_JAM: {
    message: '{target} reports a jam while it moved {what}',
    hint: 'Clear the line, then ask again.',
    retryable: false,
  },
  DRV_CANCELLED: {
    message: '{target} ended command {commandId} before it was done: {reason}',
    hint: 'A cancel command or a person at the device ended it.',
    retryable: false,
  },
  DRV_ABORTED: {
    message: '{target} gave up {what}: {reason}',
    hint: 'Look at the robot and its surroundings; what it had done by then stands in the reason.',
    retryable: false,
  },
  DRV_BAD_ADDRESS: {
    message: 'Tag {tag}: address {address} is not one: {problem}',
    hint: 'Modbus: coil:12, discrete:3, holding:20, input:7, strings holding:100:18. OPC UA: ns=1;s=Name. ROS: a topic, a space, a field path.',
    retryable: false,
  },
  DRV_BAD_BINDING: {
    message: 'Capability {capability}: {problem}',
    hint: 'Correct bind in the site file.',
    retryable: false,
  },
  DRV_MODBUS_EXCEPTION: {
    message: 'PLC answered exception {code}: {meaning}',
    hint: 'Compare the addresses and the unit id in the site file with the PLC program.',
    retryable: false,
  },
  DRV_UNKNOWN_DEVICE: {
    message: 'There is no device {device}',
    hint: 'Compare the devices of the site file.',
    retryable: false,
  },
  DRV_SECRET_MISSING: {
    message: 'The secret {reference} cannot be read',
    hint: 'Set the environment variable or make the file readable for the service.',
    retryable: true,
  },
  DRV_CERTIFICATE_UNTRUSTED: {
    message: 'The certificate of device {device} is not trusted',
    hint: 'Compare its thumbprint {thumbprint} at the device, then move {file} to the folder "trusted" beside it.',
    retryable: true,
  },
  DRV_NO_ENDPOINT: {
    message: 'Device {device} offers no endpoint with {wanted}',
    hint: 'It offers {offered}. Correct securityPolicy and securityMode, or enable them on the device.',
    retryable: true,
  },
} as const satisfies Record<string, ErrorEntry>;
