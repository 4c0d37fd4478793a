import { expect, test } from 'vitest';
import { ApplianceError } from '#contracts/errors.ts';
import {
  answerCall,
  CALLS_OPEN_MAX,
  type CallMessage,
  createCaller,
} from '../../appliance/threads/port-calls.ts';

type Methods = { add(a: number, b: number): number; fail(): never; crash(): never };
const methods: Methods = {
  add: (a, b) => a + b,
  fail() {
    throw new ApplianceError('DRV_UNKNOWN_TAG', { device: 'plc', tag: 'x' });
  },
  crash() {
    throw new TypeError('undefined is not a function');
  },
};

function connected() {
  const caller = createCaller<Methods>((message) => {
    if (message.type === 'call')
      void answerCall(methods, structuredClone(message), (answer) => caller.take(structuredClone(answer)));
  });
  return caller;
}

test('answers find their questions', async () => {
  const caller = connected();
  expect(await Promise.all([caller.call('add', 1, 2), caller.call('add', 3, 4)])).toEqual([3, 7]);
});

test('a fault keeps its code, a crash its words', async () => {
  const caller = connected();
  await expect(caller.call('fail')).rejects.toMatchObject({
    code: 'DRV_UNKNOWN_TAG',
    message: 'Device plc has no tag x',
  });
  await expect(caller.call('crash')).rejects.toThrow('undefined is not a function');
});

test('only what is offered can be called', async () => {
  const answers: CallMessage[] = [];
  await answerCall(methods, { type: 'call', id: 1, method: 'toString', args: [] }, (answer) =>
    answers.push(answer),
  );
  expect(answers).toMatchObject([{ type: 'fault', fault: { code: null } }]);
});

test('when the other side is gone, everything open ends and nothing new waits', async () => {
  const caller = createCaller<Methods>(() => {});
  const open = caller.call('add', 1, 2);
  caller.end('the thread ended');
  await expect(open).rejects.toThrow('the thread ended');
  await expect(caller.call('add', 1, 2)).rejects.toThrow('the thread ended');
});

test('questions that nobody answers are bounded', async () => {
  const caller = createCaller<Methods>(() => {});
  const open = Array.from({ length: CALLS_OPEN_MAX }, () => caller.call('add', 1, 2).catch(() => 'ended'));
  await expect(caller.call('add', 1, 2)).rejects.toThrow('are open');
  caller.end('over');
  expect(new Set(await Promise.all(open))).toEqual(new Set(['ended']));
});
