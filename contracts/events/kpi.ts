import { Type } from 'typebox';
import { burnSpeeds, KpiWindow } from '../kpis.ts';
import { defineEvent } from './envelope.ts';

const { closed: _closed, ...figures } = KpiWindow.properties;

export const kpiWindowClosed = defineEvent({
  type: 'holdfast.kpi.window-closed.v1',
  title: 'Figures of a kind of saga over an hour or a day that has ended',
  lane: 'business',
  classification: 'internal',
  data: Type.Object(figures),
});
export const kpiSloBurn = defineEvent({
  type: 'holdfast.kpi.slo-burn.v1',
  title: 'A kind of saga uses up its error budget too fast, or no longer does',
  lane: 'audit',
  classification: 'internal',
  data: Type.Object({
    saga: Type.String(),
    speed: Type.Enum([...burnSpeeds], { description: 'fast: over an hour. slow: over six hours.' }),
    state: Type.Enum(['burning', 'over']),
    burn: Type.Number(),
    burnMax: Type.Number({ description: 'Above it, it is told.' }),
    budgetRemaining: Type.Number(),
    objective: Type.Number(),
  }),
});

export const kpiEvents = [kpiWindowClosed, kpiSloBurn] as const;
