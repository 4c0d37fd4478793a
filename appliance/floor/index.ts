export { type Alarms, alarmStoreModule, openAlarms } from './alarms.ts';
export { createDeviceRegistry, type DeviceRegistry } from './device-registry.ts';
export { linkEvent, robotEvent, tagEvent } from './floor-events.ts';
export { readFloorPlan } from './floor-plan.ts';
export { showEvents, showTags } from './mqtt-face.ts';
export { createRecorder, type Recorder } from './recorder.ts';
export { createTagTable, type TagTable } from './tag-table.ts';
export { watchFloor } from './watch-floor.ts';
export { wireFloor } from './wire-floor.ts';
