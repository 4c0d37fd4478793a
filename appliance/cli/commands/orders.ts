import { Command, InvalidArgumentError } from 'commander';
import type { OrderDetail, OrderSummary } from '#contracts/api.ts';
import { systemClock } from '#contracts/clock.ts';
import { loadReplayMapping, readReplay } from '../../intake/index.ts';
import { openLocalApi } from '../local-api.ts';
import { count, dataOption, jsonOption, print, table } from '../options.ts';
import { playOrders } from '../play-orders.ts';

interface ListOptions {
  readonly data: string;
  readonly json?: boolean;
  readonly limit: number;
}

interface ReplayOptions {
  readonly data: string;
  readonly json?: boolean;
  readonly mapping: string;
  readonly speed: number;
  readonly limit?: number;
  readonly patience: number;
}

export function ordersCommand(): Command {
  const orders = new Command('orders')
    .description('list orders, look at one, or replay a file of them')
    .addHelpText(
      'after',
      '\nExample:\n  npx holdfast orders replay orders.csv --mapping mapping.yaml --speed 60',
    );
  orders
    .command('list')
    .description('newest orders first')
    .addOption(dataOption())
    .addOption(jsonOption())
    .option('--limit <n>', 'how many', count, 30)
    .addHelpText('after', '\nExample:\n  npx holdfast orders list --limit 10')
    .action(listOrders);
  orders
    .command('show <id>')
    .description('one order and what happened to it')
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  npx holdfast orders show 536365')
    .action(showOrder);
  orders
    .command('replay <file>')
    .description('play a file of orders into the running site, at a multiple of their own times')
    .requiredOption('--mapping <file>', 'YAML that names delimiter and columns')
    .option('--speed <n>', 'how many times faster than the times in the file', positive, 1)
    .option('--limit <n>', 'stop after so many orders', positive)
    .option('--patience <seconds>', 'go on trying while the site does not answer', positive, 300)
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nExample:\n  npx holdfast orders replay orders.csv --mapping mapping.yaml --speed 60\n\nAn order that was sent before is not made twice. Exit codes: 0 played, 3 the site does not run.',
    )
    .action(replayOrders);
  return orders;
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('It is a number above 0.');
  return value;
}

async function listOrders(options: ListOptions): Promise<void> {
  const api = openLocalApi(options.data);
  try {
    const { orders } = await api.call<{ orders: OrderSummary[] }>('GET', `/orders?limit=${options.limit}`);
    print(options.json, orders, () =>
      table([
        ['order', 'state', 'step', 'robot', 'lines', 'changed'],
        ...orders.map((o) => [
          o.orderId,
          o.state,
          o.step ?? '',
          o.robot ?? '',
          String(o.lineCount),
          o.changedAt,
        ]),
      ]),
    );
  } finally {
    await api.close();
  }
}

async function showOrder(id: string, options: { data: string; json?: boolean }): Promise<void> {
  const api = openLocalApi(options.data);
  try {
    const order = await api.call<OrderDetail>('GET', `/orders/${encodeURIComponent(id)}`);
    print(options.json, order, () =>
      [
        `${order.orderId}: ${order.state}, ${order.lineCount} lines to ${order.destination}`,
        table(order.timeline.map((e) => [e.at, e.kind, e.outcome, e.title, e.detail ?? ''])),
      ].join('\n'),
    );
  } finally {
    await api.close();
  }
}

async function replayOrders(file: string, options: ReplayOptions): Promise<void> {
  const mapping = loadReplayMapping(options.mapping);
  const items = await readReplay(file, mapping);
  const chosen = items.slice(0, options.limit ?? items.length);
  const api = openLocalApi(options.data);
  try {
    const result = await playOrders(chosen, {
      api,
      clock: systemClock,
      speed: options.speed,
      patienceMs: options.patience * 1_000,
      onProgress: (done, counts) => {
        if (!process.stderr.isTTY) return;
        process.stderr.write(
          `\r${done} of ${chosen.length}: ${counts.accepted} accepted, ${counts.refused} refused   `,
        );
      },
    });
    if (process.stderr.isTTY) process.stderr.write('\n');
    print(options.json, result, () =>
      [
        `${result.accepted} accepted, ${result.repeated} known before, ${result.cancelled} cancelled, ${result.refused} refused`,
        ...result.refusals.slice(0, 10).map((r) => `  ${r.orderId}: ${r.reason}`),
        ...(result.refused > 10 ? ['  … all of them: the page "Refusals", or GET /api/v1/refusals'] : []),
      ].join('\n'),
    );
  } finally {
    await api.close();
  }
}
