export const controlPage = `The simulated site.

GET  /healthz
GET  /state              what is where
GET  /faults             what is broken
POST /faults/<id>        {"active": true, "target": "..."}
GET  /ledger?after=n     what physically happened, in order

Faults and targets:
  e-stop          the hard-wired button; the line stops, robots do not see it
  light-curtain   somebody stands at the packing lanes
  jam             infeed, sorter (default) or lanes
  wrong-sku       amr-1 ...; without: whoever picks next; over after one pick
  robot-lost      amr-1 ...; without: one at work; clearing without: all
  battery-flat    as robot-lost; clearing swaps the battery
  dock-stuck      place of a dock; without: the first; its hook stays as it is
  plc-link-cut    opcua, modbus, ros or all; without: opcua and modbus
  plc-link-slow   as plc-link-cut
`;
