const SLASH = 47;

/** Levels of a topic or filter; `a//b` has three. */
export function levelCount(topic: string): number {
  let levels = 1;
  for (let i = 0; i < topic.length; i++) if (topic.charCodeAt(i) === SLASH) levels += 1;
  return levels;
}

/** [MQTT-4.7.3-1] One character at least; [MQTT-3.3.2-2] no wildcards. U+0000 was refused with the string. */
export function isTopicName(topic: string): boolean {
  return topic.length > 0 && !topic.includes('#') && !topic.includes('+') && !topic.includes('\0');
}

/** [MQTT-4.7.1-2] `#` only as the last level; [MQTT-4.7.1-3] `+` only as a whole level. */
export function isTopicFilter(filter: string): boolean {
  if (filter.length === 0 || filter.includes('\0')) return false;
  const levels = filter.split('/');
  return levels.every((level, index) => {
    if (level.includes('#')) return level === '#' && index === levels.length - 1;
    return !level.includes('+') || level === '+';
  });
}

/**
 * Whether `filter` covers all that `asked` (a topic or a filter) can match. A topic matches a filter when the
 * filter covers it.
 */
export function covers(filter: string, asked: string): boolean {
  // [MQTT-4.7.2-1] A leading wildcard must not match $-topics, so it cannot cover a filter that does.
  if (asked.startsWith('$') && !filter.startsWith('$')) return false;
  const granted = filter.split('/');
  const wanted = asked.split('/');
  for (let i = 0; i < granted.length; i++) {
    const level = granted[i];
    if (level === '#') return true;
    const other = wanted[i];
    if (other === undefined || other === '#') return false;
    if (level !== '+' && level !== other) return false;
    // [MQTT-4.7.1-2] The multi-level wildcard represents the parent too: sport/# matches sport.
    if (i === wanted.length - 1 && i === granted.length - 2 && granted[i + 1] === '#') return true;
  }
  return wanted.length === granted.length;
}
