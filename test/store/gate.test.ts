import { describe, expect, test } from 'vitest';
import { createGate } from '../../appliance/store/client/gate.ts';

const limits = { what: 'commits', inFlightMax: 2, bytesInFlightMax: 100, waitingMax: 2, bytesWaitingMax: 50 };

/** A gate whose sent requests are told. */
function gate() {
  const sent: number[] = [];
  const made = createGate<string>(limits);
  return { ...made, sent, pass: (id: number, bytes = 1) => made.pass(id, bytes, () => sent.push(id)) };
}

describe('a gate', () => {
  test('lets so many through, and the next when one is answered, in order', async () => {
    const { pass, answer, sent } = gate();
    const all = [1, 2, 3, 4].map((id) => pass(id));
    expect(sent).toEqual([1, 2]);
    answer(2, 'b');
    expect(sent).toEqual([1, 2, 3]);
    answer(1, 'a');
    answer(3, 'c');
    answer(4, 'd');
    expect(await Promise.all(all)).toEqual(['a', 'b', 'c', 'd']);
  });

  test('refuses what would wait behind too many', async () => {
    const { pass, sent } = gate();
    for (const id of [1, 2, 3, 4]) void pass(id);
    await expect(pass(5)).rejects.toMatchObject({
      code: 'STORE_BUSY',
      retryable: true,
      details: { waiting: 2 },
    });
    expect(sent).toEqual([1, 2]);
  });

  test('counts bytes under way and bytes that wait', async () => {
    const { pass, answer, sent } = gate();
    void pass(1, 80);
    void pass(2, 30);
    expect(sent).toEqual([1]);
    await expect(pass(3, 30)).rejects.toMatchObject({ code: 'STORE_BUSY' });
    answer(1, 'a');
    expect(sent).toEqual([1, 2]);
  });

  test('lets a large one through when nothing else is under way', () => {
    const { pass, sent } = gate();
    void pass(1, 1_000);
    expect(sent).toEqual([1]);
  });

  test('hands a refusal to the one it is meant for', async () => {
    const { pass, refuse, answer } = gate();
    const [one, two] = [pass(1), pass(2)];
    refuse(1, new Error('no'));
    answer(2, 'yes');
    await expect(one).rejects.toThrow('no');
    expect(await two).toBe('yes');
  });

  test('once closed rejects all there is and all that comes', async () => {
    const { pass, close, idle, answer } = gate();
    const all = [1, 2, 3].map((id) => pass(id));
    close(new Error('closed'));
    answer(1, 'too late');
    for (const one of all) await expect(one).rejects.toThrow('closed');
    await expect(pass(4)).rejects.toThrow('closed');
    await idle();
  });
});
