// `console`: every call is one line, every item followed by a blank, objects as JSON indented by two.
(function (realm) {
  'use strict';
  const { consoleLines, consoleLineChars } = realm.limits;
  const stringify = JSON.stringify;

  function show(item) {
    if (typeof item !== 'object' || item === null || item instanceof Error || item instanceof RegExp) return String(item);
    try {
      const text = stringify(item, null, 2);
      return text === undefined ? String(item) : text;
    } catch (error) {
      return String(item); // circular: a line for the log must not fail the script
    }
  }

  function log(...items) {
    if (realm.lines.length >= consoleLines) return;
    let line = '';
    for (const item of items) {
      if (line.length >= consoleLineChars) break;
      line += `${show(item)} `;
    }
    realm.lines.push(line.slice(0, consoleLineChars));
  }

  realm.console = { log, info: log, warn: log, error: log, debug: log };
})
