// Deep equality as Node's strict assert means it: values by Object.is, prototypes, own enumerable keys,
// the contents of maps, sets, dates, regular expressions, errors and boxed values; circular ones too.
(function (realm) {
  'use strict';
  const { getPrototypeOf, keys: keysOf, getOwnPropertySymbols } = Object;
  const has = Object.prototype.hasOwnProperty;
  const enumerable = Object.prototype.propertyIsEnumerable;
  const tag = (value) => Object.prototype.toString.call(value);
  const isObject = (value) => value !== null && typeof value === 'object';

  const ownKeys = (value) =>
    keysOf(value).concat(getOwnPropertySymbols(value).filter((each) => enumerable.call(value, each)));

  function equalSets(a, b, memo) {
    if (a.size !== b.size) return false;
    const rest = [];
    for (const each of a) {
      if (b.has(each)) continue;
      if (!isObject(each)) return false;
      rest.push(each);
    }
    const others = [...b].filter((each) => isObject(each) && !a.has(each));
    return rest.every((each) => {
      const at = others.findIndex((other) => equal(each, other, memo));
      if (at >= 0) others.splice(at, 1);
      return at >= 0;
    });
  }

  function equalMaps(a, b, memo) {
    if (a.size !== b.size) return false;
    const rest = [];
    for (const [at, value] of a) {
      if (b.has(at)) {
        if (!equal(value, b.get(at), memo)) return false;
      } else if (isObject(at)) rest.push([at, value]);
      else return false;
    }
    const others = [...b].filter(([at]) => isObject(at) && !a.has(at));
    return rest.every(([at, value]) => {
      const found = others.findIndex(([other, held]) => equal(at, other, memo) && equal(value, held, memo));
      if (found >= 0) others.splice(found, 1);
      return found >= 0;
    });
  }

  function equalInside(a, b, kind) {
    if (kind === '[object Date]') return Object.is(a.getTime(), b.getTime());
    if (kind === '[object RegExp]') return String(a) === String(b) && a.lastIndex === b.lastIndex;
    if (kind === '[object Number]' || kind === '[object String]' || kind === '[object Boolean]')
      return Object.is(a.valueOf(), b.valueOf());
    if (a instanceof Error || b instanceof Error)
      return a instanceof Error && b instanceof Error && a.message === b.message && a.name === b.name;
    if (Array.isArray(a) || ArrayBuffer.isView(a)) return a.length === b.length;
    return true;
  }

  function equal(a, b, memo) {
    if (Object.is(a, b)) return true;
    if (!isObject(a) || !isObject(b)) return false;
    const kind = tag(a);
    if (kind !== tag(b) || Array.isArray(a) !== Array.isArray(b) || getPrototypeOf(a) !== getPrototypeOf(b)) return false;
    if (!equalInside(a, b, kind)) return false;
    const keys = ownKeys(a);
    if (keys.length !== ownKeys(b).length) return false;
    for (const each of keys) if (!has.call(b, each) || !enumerable.call(b, each)) return false;
    // A pair that is being compared further out counts as equal: only then are circular values finite.
    for (const [left, right] of memo) if (left === a && right === b) return true;
    const deeper = memo.concat([[a, b]]);
    if (a instanceof Set && !equalSets(a, b, deeper)) return false;
    if (a instanceof Map && !equalMaps(a, b, deeper)) return false;
    for (const each of keys) if (!equal(a[each], b[each], deeper)) return false;
    return true;
  }

  realm.deepEqual = (a, b) => equal(a, b, []);
})
