import { Value } from 'typebox/value';
import { type ActionSpec, actionSpec } from '#contracts/capabilities.ts';
import { Command } from '#contracts/commands.ts';
import type { GateTarget } from './targets.ts';

export type CallCheck =
  | { readonly valid: true; readonly movement: ActionSpec['movement'] }
  | { readonly valid: false; readonly problem: string };

/** Compares a command with the capability table: shape, kind of the target, action and arguments. */
export function checkCall(command: Command, target: GateTarget): CallCheck {
  const shape = Value.Errors(Command, command)[0];
  if (shape !== undefined) return { valid: false, problem: `command${shape.instancePath} ${shape.message}` };
  const { call } = command;
  if (call.capability !== target.kind) {
    return { valid: false, problem: `it is a ${target.kind}, not a ${call.capability}` };
  }
  const spec = actionSpec(call);
  if (spec === undefined) {
    return { valid: false, problem: `a ${call.capability} has no action ${call.action}` };
  }
  const argument = Value.Errors(spec.args, call.args)[0];
  if (argument !== undefined) {
    return { valid: false, problem: `${call.action}: args${argument.instancePath} ${argument.message}` };
  }
  return { valid: true, movement: spec.movement };
}
