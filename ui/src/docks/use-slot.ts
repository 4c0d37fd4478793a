import { useState } from 'preact/hooks';
import type { Dock } from '#contracts/docks.ts';
import { get } from '../data/http.ts';
import { type Offer, offersOf } from './dock-day.ts';
import { isTaken } from './dock-words.ts';
import { lengthMs, type SlotChoice, slotOf } from './slot-choice.ts';

/** How far ahead other slots are looked for. */
const LOOK_MS = 7 * 86_400_000;

/** A slot that is being chosen, and what can be had instead when somebody else has it. */
export function useSlot(first: SlotChoice) {
  const [choice, setChoice] = useState(first);
  const [offers, setOffers] = useState<readonly Offer[] | null>(null);
  return {
    choice,
    offers,
    change(next: SlotChoice) {
      setChoice(next);
      setOffers(null);
    },
    /** Sends what asks for the slot. When it is taken, others are looked for; the refusal is passed on. */
    async ask(send: () => Promise<unknown>) {
      try {
        await send();
      } catch (error) {
        if (isTaken(error)) setOffers(await look(choice).catch(() => null));
        throw error;
      }
    },
  };
}

async function look(choice: SlotChoice): Promise<readonly Offer[] | null> {
  const slot = slotOf(choice);
  if (slot === null) return null;
  const fromMs = Date.parse(slot.from);
  const to = new Date(fromMs + LOOK_MS).toISOString();
  const { docks } = await get<{ docks: Dock[] }>(`/docks?from=${slot.from}&to=${to}`);
  return offersOf(docks, fromMs, lengthMs(choice));
}
