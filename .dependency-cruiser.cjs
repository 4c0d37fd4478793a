// The house rules of imports: they point to the ground. test/house/imports.test.ts runs them.
const siblings = ['drivers', 'local-orchestrator', 'safety', 'sync'];

module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      comment: 'A cycle has no ground to stand on.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'contracts-import-nothing-of-ours',
      severity: 'error',
      from: { path: '^contracts/' },
      to: { path: '^(appliance|ui|bench|test|scripts|drivers|local-orchestrator|safety|sync)/' },
    },
    ...siblings.map((room) => ({
      name: `${room}-knows-no-neighbour`,
      comment: 'Siblings get abilities handed in by appliance/compose.ts.',
      severity: 'error',
      from: { path: `^${room}/` },
      to: {
        path: `^(appliance|ui|bench|test|scripts|${siblings.filter((other) => other !== room).join('|')})/`,
      },
    })),
    {
      name: 'ui-borrows-types-only',
      severity: 'error',
      from: { path: '^ui/src/' },
      to: {
        path: '^(appliance|contracts|drivers|local-orchestrator|safety|sync)/',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'product-does-not-import-tests',
      severity: 'error',
      from: { path: '^(contracts|drivers|local-orchestrator|safety|sync|appliance|ui)/' },
      to: { path: '^(test|bench|scripts)/' },
    },
    {
      name: 'rooms-have-one-door',
      comment:
        'Others import index.ts of a room, nothing behind it. Programs of their own (main.ts) are doors too.',
      severity: 'error',
      from: { path: '^appliance/' },
      to: {
        path: `^(${siblings.join('|')})/`,
        pathNot: `^(${siblings.join('|')})/(index\\.ts|sim/index\\.ts|regional/index\\.ts|test-kit/index\\.ts)$`,
      },
    },
    {
      name: 'appliance-rooms-have-one-door',
      severity: 'error',
      from: { path: '^appliance/([^/]+)/' },
      to: { path: '^appliance/([^/]+)/', pathNot: ['^appliance/$1/', '^appliance/[^/]+/index\\.ts$'] },
    },
    {
      name: 'not-to-dev-dependency',
      comment: 'What runs on a site is a dependency.',
      severity: 'error',
      from: { path: '^(contracts|drivers|local-orchestrator|safety|sync|appliance)/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|\\.holdfast)/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
