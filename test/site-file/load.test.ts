import { describe, expect, test } from 'vitest';
import { isTopicFilter } from '../../appliance/broker/wire/topics.ts';
import { parseSiteFile, SiteFileError } from '../../appliance/site-file/index.ts';

const mistakesOf = (text: string) => {
  try {
    parseSiteFile(text, 'site.yaml');
  } catch (error) {
    if (error instanceof SiteFileError) return error.mistakes;
    throw error;
  }
  return [];
};

const smallest = `site:
  id: hall-1
  name: Hall 1
`;

const withDevice = `${smallest}devices:
  - id: drives
    driver: modbus
    connection: { host: 127.0.0.1 }
    tags:
      - { name: run, address: coil:0, type: boolean, access: read-write }
      - { name: e-stop, address: discrete:0, type: boolean }
    capabilities:
      - { id: belt, kind: Conveyor, bind: { run: run } }
`;

describe('a site file', () => {
  test('needs little, and opens no MQTT listener by itself', () => {
    const file = parseSiteFile(smallest, 'site.yaml');
    expect(file.http).toMatchObject({ host: '127.0.0.1', port: 8080 });
    expect(file.mqtt.port).toBeUndefined();
    expect(file.mqtt.tlsPort).toBeUndefined();
    expect(file.devices).toEqual([]);
  });

  test('fills in the defaults of nested entries', () => {
    const [device] = parseSiteFile(withDevice, 'site.yaml').devices;
    expect(device).toMatchObject({
      silenceMsMax: 3000,
      reconnect: { firstMs: 250 },
      connection: { port: 502 },
    });
  });

  test.each([
    [
      'an unknown entry gets the word that was meant',
      `${smallest}htpp:\n  port: 1\n`,
      { line: 4, column: 1, path: 'htpp', cure: 'Did you mean "http"?' },
    ],
    [
      'a wrong type is named with its place',
      `${smallest}http:\n  port: eighty\n`,
      { line: 5, column: 9, path: 'http.port', problem: '"eighty" is not an integer' },
    ],
    [
      'a typo deep in a device',
      withDevice.replace('access: read-write', 'acess: read-write'),
      { line: 9, path: 'devices[0].tags[0].acess', cure: 'Did you mean "access"?' },
    ],
    [
      'an unknown driver',
      withDevice.replace('driver: modbus', 'driver: modbuss'),
      { line: 6, column: 13, path: 'devices[0].driver', cure: 'Write modbus.' },
    ],
    [
      'a value that is not in its list',
      withDevice.replace('type: boolean, access', 'type: bool, access'),
      { line: 9, path: 'devices[0].tags[0].type', cure: expect.stringContaining('boolean, int16') },
    ],
    ['something missing', 'site:\n  id: hall-1\n', { line: 2, path: 'site', problem: '"name" is missing' }],
    [
      'a role bound to a tag that is not there',
      withDevice.replace('{ run: run }', '{ run: runn }'),
      { line: 12, path: 'devices[0].capabilities[0].bind', problem: expect.stringContaining('"runn"') },
    ],
    [
      'an interlock on a tag that is not there',
      `${withDevice}safety:\n  interlocks:\n    - { id: stop, text: e-stop is pressed, tag: drives/estop, is: true, protects: [belt] }\n`,
      { line: 15, path: 'safety.interlocks[0].tag', cure: 'Did you mean "drives/e-stop"?' },
    ],
    [
      'a safe state that the device does not know',
      `${withDevice}safety:\n  safeStates:\n    - { target: belt, action: pause }\n`,
      { line: 15, path: 'safety.safeStates[0].action', problem: expect.stringContaining('no "pause"') },
    ],
    [
      'an interlock whose tag can never have its value',
      `${withDevice}safety:\n  interlocks:\n    - { id: stop, text: e-stop is pressed, tag: drives/e-stop, is: "true", protects: [belt] }\n`,
      {
        line: 15,
        path: 'safety.interlocks[0].is',
        problem: 'drives/e-stop is boolean and never "true"',
        cure: 'Write true or false, without quotes.',
      },
    ],
    [
      'an address of Modbus',
      withDevice.replace('discrete:0', 'inptu:2'),
      {
        line: 10,
        column: 34,
        path: 'devices[0].tags[1].address',
        problem: expect.stringContaining('inptu:2'),
      },
    ],
    [
      'an input that is to be written',
      withDevice.replace('coil:0', 'discrete:0'),
      { line: 9, path: 'devices[0].tags[0].address', problem: expect.stringContaining('cannot be written') },
    ],
    [
      'an address of OPC UA',
      `${smallest}devices:\n  - { id: plc, driver: opcua, connection: { endpointUrl: "opc.tcp://a" }, tags: [{ name: t, address: Line1/run, type: boolean }] }\n`,
      { line: 5, path: 'devices[0].tags[0].address', cure: expect.stringContaining('ns=1;s=Line.Run') },
    ],
    [
      'an address of ROS',
      `${smallest}devices:\n  - { id: amr, driver: rosbridge, connection: { url: "ws://a" }, tags: [{ name: t, address: nonsense, type: boolean }] }\n`,
      { line: 5, path: 'devices[0].tags[0].address', cure: expect.stringContaining('a topic, a space') },
    ],
    [
      'two robots behind one connection',
      `${smallest}devices:\n  - { id: amr, driver: rosbridge, connection: { url: "ws://a" }, capabilities: [{ id: a, kind: MobileRobot }, { id: b, kind: MobileRobot }] }\n`,
      { line: 5, path: 'devices[0].capabilities[1]', problem: 'one device is one robot' },
    ],
    [
      'a robot made of tags',
      withDevice.replace('kind: Conveyor, bind: { run: run }', 'kind: MobileRobot'),
      { line: 12, path: 'devices[0].capabilities[0].kind', cure: 'Use driver: rosbridge.' },
    ],
    [
      'an open listener without TLS',
      `${smallest}http:\n  host: 0.0.0.0\n`,
      { line: 5, path: 'http.host', cure: expect.stringContaining('tls: true') },
    ],
    [
      'a secret written into the file',
      `${smallest}uplinks:\n  - { id: region, url: https://region.example, token: hunter2 }\n`,
      { line: 5, path: 'uplinks[0].token', problem: expect.stringContaining('wrong form') },
    ],
    [
      'a channel that tasks name and nobody declares',
      `${smallest}notify:\n  - { name: pages, kind: ui }\ntasks:\n  notify: [page]\n`,
      { line: 7, path: 'tasks.notify[0]', cure: 'Did you mean "pages"?' },
    ],
    [
      'a stack light that is not there',
      `${withDevice}notify:\n  - { name: light, kind: stack-light, target: belt }\n`,
      { path: 'notify[0].target', problem: 'there is no StackLight "belt"' },
    ],
    [
      'a password that would cross the network in clear',
      `${smallest}notify:\n  - { name: mail, kind: smtp, host: mail.example, security: none, user: me, password: "env:PASS", from: site@example }\n`,
      { line: 5, path: 'notify[0]', cure: expect.stringContaining('starttls') },
    ],
    [
      'a typo deep in a channel',
      `${smallest}notify:\n  - { name: hook, kind: webhook, url: "https://a.example", secrt: "env:S" }\n`,
      { line: 5, path: 'notify[0].secrt', cure: 'Did you mean "secret"?' },
    ],
    [
      'a shift that is no time of day',
      `${smallest}people:\n  - { user: ann, shifts: [{ from: "25:00", to: "14:00" }] }\n`,
      { line: 5, path: 'people[0].shifts[0].from' },
    ],
    [
      'a key that is there twice',
      `${smallest}site:\n  id: other\n`,
      { line: 4, cure: 'Keep one of the two entries.' },
    ],
    [
      'a time zone nobody knows',
      smallest.replace('name: Hall 1', 'name: Hall 1\n  timeZone: Europe/Berlinn'),
      { line: 4, path: 'site.timeZone' },
    ],
    [
      'a time that never comes',
      `${smallest}sagas:\n  schedules:\n    - { name: n, saga: cycle-count, cron: "61 2 * * *" }\n`,
      { line: 6, path: 'sagas.schedules[0].cron', cure: expect.stringContaining('Five fields') },
    ],
  ])('%s', (_, text, expected) => {
    expect(mistakesOf(text)[0]).toMatchObject(expected);
  });

  test('lists all mistakes in the order of the file', () => {
    const found = mistakesOf(`${smallest}http:\n  port: -1\nmqtt:\n  prt: 3\n`);
    expect(found.map(({ path }) => path)).toEqual(['http.port', 'mqtt.prt']);
  });

  test('broken YAML and other documents are refused with a place', () => {
    expect(mistakesOf('site:\n\tid: x\n')[0]).toMatchObject({ line: 2, cure: 'Indent with spaces.' });
    expect(mistakesOf('just words')[0]).toMatchObject({ line: 1 });
    expect(mistakesOf('')[0]?.problem).toContain('missing');
    expect(mistakesOf('- 1\n- 2\n')[0]).toMatchObject({ line: 1 });
  });

  test.each([
    [
      'a mountain grown from a few lines',
      'a: &a [x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c]\n',
      { line: 4, column: 17, problem: expect.stringContaining('Excessive alias count') },
    ],
    [
      'one name used too often',
      `a: &a x\nb: [${'*a, '.repeat(101)}*a]\n`,
      { line: 2, problem: expect.stringContaining('Excessive alias count') },
    ],
    ['a name that is nowhere', `${smallest}http: *web\n`, { line: 4, column: 7 }],
    ['a name within itself', 'a: &a [*a]\n', { line: 1, column: 8 }],
  ])('an alias that cannot be followed is a mistake with a place: %s', (_, text, expected) => {
    expect(mistakesOf(text)[0]).toMatchObject({ cure: expect.stringContaining('Write out'), ...expected });
  });

  test('a mistake of shape hides only what cannot be compared because of it', () => {
    const text = withDevice
      .replace('access: read-write', 'acess: read-write')
      .concat(
        '  - id: lamps\n    driver: modbus\n    connection: { host: 127.0.0.1 }\n',
        '    tags: [{ name: on, address: "inptu:2", type: boolean }]\n',
        'safety:\n  interlocks:\n    - { id: s, text: t, tag: drives/estop, is: true, protects: [belt] }\n',
        'inventory: [{ sku: A, place: rack, quantity: 1 }]\nhtpp: {}\n',
      );
    expect(mistakesOf(text).map(({ path }) => path)).toEqual([
      'devices[0].tags[0].acess',
      'devices[1].tags[0].address',
      'inventory[0].place',
      'htpp',
    ]);
  });

  test.each([
    ['the API and MQTT', 'http: { port: 1883 }\nmqtt: { port: 1883 }\n', 'mqtt.port'],
    ['MQTT and MQTT over TLS', 'mqtt: { port: 1883, tlsPort: 1883 }\n', 'mqtt.tlsPort'],
    ['what is not written and what is', 'mqtt: { tlsPort: 8080 }\n', 'mqtt.tlsPort'],
  ])('one port for two listeners is a mistake: %s', (_, text, path) => {
    const [found] = mistakesOf(smallest + text);
    expect(found).toMatchObject({ path, cure: 'Give each listener a port of its own.' });
  });

  test('any free port may be asked for twice', () => {
    expect(mistakesOf(`${smallest}http: { port: 0 }\nmqtt: { port: 0 }\n`)).toEqual([]);
  });

  test.each([
    '#',
    '+',
    'a',
    'a/#',
    '/',
    '/a',
    'a//b',
    '+/b/#',
    '$SYS/#',
    'a/+/c',
    '/#',
    'a/',
    'Ö b',
  ])('"%s" is a topic filter', (filter) => {
    expect(mistakesOf(withClient(filter))).toEqual([]);
    expect(isTopicFilter(filter)).toBe(true);
  });
  test.each([
    '',
    'a/#/b',
    'x+',
    '#/a',
    'a#',
    '+a/b',
    'a/b#',
    '##',
    '++',
    'a/+#',
  ])('"%s" is no topic filter', (filter) => {
    expect(mistakesOf(withClient(filter))[0]).toMatchObject({
      line: 5,
      path: 'mqtt.clients[0].subscribe[0]',
      cure: expect.stringContaining('# alone at the end'),
    });
    expect(isTopicFilter(filter)).toBe(false);
  });
});

const withClient = (filter: string) =>
  `${smallest}mqtt:\n  clients: [{ id: scada, subscribe: [${JSON.stringify(filter)}] }]\n`;
