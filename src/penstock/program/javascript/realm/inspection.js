// Values as text for assertion messages, in the layout of Node's util.inspect with the options its assert
// uses: every element on a line of its own, keys sorted.
(function (realm) {
  'use strict';
  const { getPrototypeOf, getOwnPropertyDescriptor, keys: keysOf, getOwnPropertySymbols } = Object;
  const enumerable = Object.prototype.propertyIsEnumerable;
  const IDENTIFIER = /^[a-zA-Z_$][a-zA-Z_$0-9]*$/;
  const ESCAPES = { '\b': '\\b', '\t': '\\t', '\n': '\\n', '\f': '\\f', '\r': '\\r', '\\': '\\\\' };
  const tag = (value) => Object.prototype.toString.call(value).slice(8, -1);

  function quote(text) {
    const mark = !text.includes("'") ? "'" : !text.includes('"') ? '"' : !text.includes('`') ? '`' : "'";
    const escaped = text.replace(/[\x00-\x1f\x7f-\x9f\\]/g, (c) =>
      ESCAPES[c] || '\\x' + c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0'));
    return mark + (mark === "'" ? escaped.replace(/'/g, "\\'") : escaped) + mark;
  }

  function primitive(value) {
    if (typeof value === 'string') return quote(value);
    if (typeof value === 'bigint') return `${value}n`;
    if (Object.is(value, -0)) return '-0';
    return String(value);
  }

  function nameOf(object) {
    for (let proto = object; proto !== null; proto = getPrototypeOf(proto)) {
      const own = getOwnPropertyDescriptor(proto, 'constructor');
      if (own === undefined) continue;
      const maker = own.get ? own.get.call(object) : own.value;
      if (typeof maker === 'function' && maker.name !== '') return maker.name;
    }
    return null;
  }

  const key = (name) =>
    typeof name === 'symbol' ? `[${String(name)}]` : IDENTIFIER.test(name) ? name : quote(name);

  function property(object, name, seen, label = key(name)) {
    const own = getOwnPropertyDescriptor(object, name);
    const text = own.get ? (own.set ? '[Getter/Setter]' : '[Getter]') : own.set ? '[Setter]' : show(own.value, seen);
    return label === '' ? text : `${label}: ${text}`;
  }

  function elements(array, seen) {
    const parts = [];
    for (let i = 0; i < array.length; i += 1) {
      if (i in array) {
        parts.push(show(array[i], seen));
        continue;
      }
      const from = i;
      while (i + 1 < array.length && !(i + 1 in array)) i += 1;
      parts.push(`<${i - from + 1} empty item${i > from ? 's' : ''}>`);
    }
    return parts;
  }

  function headOfFunction(value, name) {
    const source = Function.prototype.toString.call(value);
    if (/^class\b/.test(source)) {
      const base = getPrototypeOf(value);
      const heir = typeof base === 'function' && base.name ? ` extends ${base.name}` : '';
      return `[class ${value.name || '(anonymous)'}${heir}]`;
    }
    const kind = name === null ? 'Function (null prototype)' : name;
    return `[${kind}${value.name ? `: ${value.name}` : ' (anonymous)'}]`;
  }

  function show(value, seen) {
    if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return primitive(value);
    if (seen.includes(value)) return '[Circular *1]';
    const inner = seen.concat([value]);
    const name = nameOf(value);
    const kind = tag(value);
    const prefix = (usual, size) =>
      name === usual && size === undefined ? '' : `${name === null ? `[${usual}: null prototype]` : name}${size === undefined ? '' : `(${size})`} `;

    let head = prefix('Object');
    let braces = ['{', '}'];
    let parts = [];
    let keys = keysOf(value);
    if (Array.isArray(value)) {
      head = name === 'Array' ? '' : prefix('Array', value.length);
      braces = ['[', ']'];
      parts = elements(value, inner);
      keys = keys.filter((each) => !/^(0|[1-9]\d*)$/.test(each));
    } else if (ArrayBuffer.isView(value) && kind !== 'DataView') {
      head = prefix(kind, value.length);
      braces = ['[', ']'];
      parts = elements(value, inner);
      keys = [];
    } else if (value instanceof Map) {
      head = prefix('Map', value.size);
      value.forEach((each, at) => parts.push(`${show(at, inner)} => ${show(each, inner)}`));
    } else if (value instanceof Set) {
      head = prefix('Set', value.size);
      value.forEach((each) => parts.push(show(each, inner)));
    } else {
      let whole = null;
      if (typeof value === 'function') whole = headOfFunction(value, name);
      else if (value instanceof Error) {
        whole = `[${String(value)}]`;
        keys = keys.filter((each) => each !== 'message' && each !== 'stack' && each !== 'name');
      } else if (kind === 'Date' && value instanceof Date) whole = isNaN(value) ? 'Invalid Date' : value.toISOString();
      else if (kind === 'RegExp' && value instanceof RegExp) whole = RegExp.prototype.toString.call(value);
      else if (kind === 'String' || kind === 'Number' || kind === 'Boolean') {
        whole = `[${kind}: ${primitive(value.valueOf())}]`;
        if (kind === 'String') keys = keys.filter((each) => !/^\d+$/.test(each));
      }
      if (whole !== null) {
        if (keys.length === 0) return whole;
        head = `${whole} `;
      }
    }
    const symbols = getOwnPropertySymbols(value).filter((each) => enumerable.call(value, each));
    for (const each of keys.sort()) parts.push(property(value, each, inner));
    for (const each of symbols) parts.push(property(value, each, inner));
    if (parts.length === 0) return `${head}${braces[0]}${braces[1]}`;
    const indented = parts.map((part) => `  ${part.replace(/\n/g, '\n  ')}`).join(',\n');
    return `${head}${braces[0]}\n${indented}\n${braces[1]}`;
  }

  realm.inspect = (value) => show(value, []);
})
