// What scripts written for a newer engine use and this one lacks: methods of ECMAScript 2022 and 2023.
(function () {
  'use strict';
  const add = (target, methods) => {
    for (const [name, value] of Object.entries(methods))
      if (!(name in target)) Object.defineProperty(target, name, { value, writable: true, configurable: true });
  };
  const integer = (value) => Math.trunc(Number(value)) || 0;
  const at = {
    at(index) {
      const where = integer(index);
      return this[where < 0 ? this.length + where : where];
    },
  }.at;
  const TypedArray = Object.getPrototypeOf(Uint8Array);

  function findFrom(list, accepts, self) {
    if (typeof accepts !== 'function') throw new TypeError('not a function');
    let i = list.length - 1;
    while (i >= 0 && !accepts.call(self, list[i], i, list)) i -= 1;
    return i;
  }

  add(String.prototype, {
    at(index) {
      const text = String(this);
      const where = integer(index);
      const from = where < 0 ? text.length + where : where;
      return from >= 0 && from < text.length ? text[from] : undefined;
    },
  });
  add(TypedArray.prototype, { at });
  add(Array.prototype, {
    at,
    findLast(accepts, self) {
      return this[findFrom(this, accepts, self)];
    },
    findLastIndex(accepts, self) {
      return findFrom(this, accepts, self);
    },
    toReversed() {
      return Array.from(this).reverse();
    },
    toSorted(compare) {
      return Array.from(this).sort(compare);
    },
    toSpliced(...args) {
      const copy = Array.from(this);
      copy.splice(...args);
      return copy;
    },
    with(index, value) {
      const copy = Array.from(this);
      const where = integer(index) < 0 ? copy.length + integer(index) : integer(index);
      if (where < 0 || where >= copy.length) throw new RangeError('invalid index');
      copy[where] = value;
      return copy;
    },
  });
  const has = Object.prototype.hasOwnProperty;
  add(Object, {
    hasOwn(object, name) {
      return has.call(object, name);
    },
  });
})
