/** `crypto.randomUUID` is missing on plain http, where kiosks on the site network may live. */
const newKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join(
    '',
  );

/**
 * Idempotency keys for one thing that a person does: the same body gets the same key however often it is
 * sent, so that a second try after a lost answer finds the first one; another body gets another key.
 */
export function repeatKeys(): (body: unknown) => string {
  let last: { text: string; key: string } | null = null;
  return (body) => {
    const text = JSON.stringify(body);
    if (last?.text !== text) last = { text, key: newKey() };
    return last.key;
  };
}
