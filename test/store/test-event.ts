import type { AnyEvent, Classification, Lane } from '#contracts/events/envelope.ts';
import { uuidv7 } from '#contracts/ids.ts';

export interface EventTraits {
  readonly type?: string;
  readonly lane?: Lane;
  readonly classification?: Classification;
  readonly data?: unknown;
}

export function testEvent(subject: string, traits: EventTraits = {}): AnyEvent {
  return {
    specversion: '1.0',
    id: uuidv7(Date.now()),
    source: '/sites/test/store',
    type: traits.type ?? 'holdfast.test.happened.v1',
    subject,
    time: new Date().toISOString(),
    datacontenttype: 'application/json',
    partitionkey: subject,
    correlationid: `about-${subject}`,
    lane: traits.lane ?? 'business',
    classification: traits.classification ?? 'internal',
    data: traits.data ?? { subject },
  };
}
