import { Value } from 'typebox/value';
import { describe, expect, test } from 'vitest';
import { HttpModel } from '#contracts/models.ts';
import { startTestSite } from '../../appliance/test-kit/index.ts';
import { defineSaga, goOn, text } from '../../local-orchestrator/index.ts';

const inspect = defineSaga<{ dents: number }>('inspect')
  .model('judge', {
    title: 'Is it damaged?',
    model: 'damage',
    input: ({ input }) => ({ dents: input.dents }),
    actAt: 0.9,
    approveAt: 0.6,
    timeoutMs: 2_000,
    text: ({ input }) => text`It has ${input.dents} dents.`,
    options: {
      good: { label: 'Good', tone: 'primary', needsNote: false, leads: goOn },
      damaged: { label: 'Damaged', tone: 'danger', needsNote: false, leads: goOn },
    },
  })
  .end({ title: 'Inspect a tote', version: 1, output: ({ steps }) => steps.judge });

/** A site whose model says what `answers` says, or does not answer when that is null. */
async function siteWithModel(answers: () => { answer: string; score: number } | null) {
  const config = Value.Default(HttpModel, { name: 'damage', kind: 'http', url: 'http://model/', guard: {} });
  let asked = 0;
  const site = await startTestSite({
    sagas: [inspect],
    parts: {
      models: {
        configs: [config as HttpModel],
        tokens: new Map(),
        fetch: async () => {
          asked += 1;
          const said = answers();
          if (said === null) throw new TypeError('no route to host');
          return new Response(JSON.stringify({ ...said, version: '3' }));
        },
      },
    },
  });
  return { site, asked: () => asked };
}

describe('a model step', () => {
  test('follows a sure answer without a person', async () => {
    const { site } = await siteWithModel(() => ({ answer: 'damaged', score: 0.95 }));
    using _ = site;
    const view = await site.run('inspect', { dents: 9 });
    expect(view.output).toMatchObject({ decision: 'damaged', by: 'model', score: 0.95, version: '3' });
    const { orchestrator } = await site.running();
    expect(orchestrator.models.list().find(({ name }) => name === 'damage')).toMatchObject({
      asked: 1,
      followed: 1,
    });
  });

  test('shows a less sure one to a person, whose word is what counts and is measured', async () => {
    const { site } = await siteWithModel(() => ({ answer: 'damaged', score: 0.7 }));
    using _ = site;
    await site.start('inspect', 'one', { dents: 3 });
    await site.pass('1 s');
    const [task] = site.tasks();
    expect(task?.suggestion).toMatchObject({ decision: 'damaged', score: 0.7 });
    await site.decide(task?.taskId ?? '', 'tina', 'good');
    await site.pass('1 s');
    expect((await site.saga('one')).output).toMatchObject({ decision: 'good', by: 'tina', score: 0.7 });
    const { orchestrator } = await site.running();
    expect(orchestrator.models.list().find(({ name }) => name === 'damage')).toMatchObject({
      judged: 1,
      accuracy: 0,
    });
  });

  test('asks a person with full context when it is unsure, and names no answer', async () => {
    const { site } = await siteWithModel(() => ({ answer: 'damaged', score: 0.5 }));
    using _ = site;
    await site.start('inspect', 'one', { dents: 3 });
    await site.pass('1 s');
    expect(site.tasks()[0]).toMatchObject({ suggestion: null, text: 'It has 3 dents.' });
  });

  test('asks a person when no answer comes', async () => {
    const { site, asked } = await siteWithModel(() => null);
    using _ = site;
    await site.start('inspect', 'one', { dents: 3 });
    await site.pass('1 min');
    expect(asked()).toBeGreaterThan(0);
    expect(site.tasks()[0]).toMatchObject({ suggestion: null, title: 'Is it damaged?' });
  });

  test('is not asked again after a crash', async () => {
    const { site, asked } = await siteWithModel(() => ({ answer: 'good', score: 0.7 }));
    using _ = site;
    await site.start('inspect', 'one', { dents: 3 });
    await site.pass('1 s');
    await site.crash();
    await site.pass('1 min');
    expect([asked(), site.tasks().length]).toEqual([1, 1]);
  });
});
