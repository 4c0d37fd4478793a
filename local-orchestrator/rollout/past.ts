import type { LookBack } from '../history/look-back.ts';
import { Recorder, type Recording } from './recording.ts';

/** What a saga really did and heard; undefined when there is none, it is too long, or is decided otherwise now. */
export const recordingFrom =
  (lookBack: LookBack) =>
  async (sagaId: string): Promise<Recording | undefined> => {
    const recorder = new Recorder();
    const walked = await lookBack.walk(sagaId, Number.MAX_SAFE_INTEGER, (passed) => recorder.pass(passed));
    if (walked === undefined || walked.state.seq !== walked.newest || recorder.isTooLong) return undefined;
    return recorder.finish(walked.begin, walked.state);
  };
