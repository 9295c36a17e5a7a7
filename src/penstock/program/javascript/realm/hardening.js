// Takes away what a script may not have, and makes everything that runs share immutable.
//
// A realm is used by many runs, one after the other. Whatever one of them could change, the next would see;
// so every object that a script can reach without creating it is frozen. Freezing alone would break a common
// habit: an assignment to a property that is read-only further up (`error.name = …` in a class of errors,
// `object.toString = …`) is refused. Properties of prototypes that are assigned like that become accessors
// whose setter defines the property on the object itself, which is what the assignment meant.
(function (realm) {
  'use strict';
  const { getPrototypeOf, getOwnPropertyDescriptor, defineProperty, freeze } = Object;
  const ownKeys = Reflect.ownKeys;
  const OVERRIDDEN = new Set(['constructor', 'toString', 'valueOf', 'toLocaleString', 'name', 'message']);

  // Prototypes and functions that only syntax leads to.
  const hidden = () => [
    getPrototypeOf(function* () {}),
    getPrototypeOf(async function () {}),
    getPrototypeOf(async function* () {}),
    getPrototypeOf([][Symbol.iterator]()),
    getPrototypeOf(''[Symbol.iterator]()),
    getPrototypeOf(new Map()[Symbol.iterator]()),
    getPrototypeOf(new Set()[Symbol.iterator]()),
    getPrototypeOf(/./g[Symbol.matchAll]('')),
    getPrototypeOf((async function* () {})()),
    Promise.prototype,
    getOwnPropertyDescriptor((function () { return arguments; })(), 'callee').get,
  ];

  const refusal = (name, make = Error) =>
    defineProperty(function () { throw new make(`${name} is not available in scripts`); }, 'name', { value: name });

  realm.arrangeGlobals = () => {
    for (const name of ['assert', 'console'])
      defineProperty(globalThis, name, { value: realm[name], writable: true, configurable: true });
    // The constructors of functions compile text, as eval does; their prototypes stay, for instanceof.
    for (const sample of [function () {}, function* () {}, async function () {}, async function* () {}]) {
      const prototype = getPrototypeOf(sample);
      const stub = refusal('Function', EvalError);
      defineProperty(stub, 'prototype', { value: prototype, writable: false });
      defineProperty(prototype, 'constructor', { value: stub });
      if (prototype === Function.prototype) globalThis.Function = stub;
    }
    globalThis.eval = refusal('eval', EvalError);
    // A rejection that nobody handles would pass unseen, and there is nothing to wait for.
    const refuse = () => { throw new Error('Promise is not available in scripts: they run synchronously'); };
    realm.hidden = hidden();
    globalThis.Promise = new Proxy(function Promise() {}, { get: refuse, apply: refuse, construct: refuse });
    for (const name of ['Atomics', 'SharedArrayBuffer', '__date_clock']) delete globalThis[name];
  };

  function allowOverrides(object) {
    const all = object === Object.prototype;
    if (!all && getOwnPropertyDescriptor(object, 'constructor') === undefined) return;
    for (const name of ownKeys(object)) {
      const own = getOwnPropertyDescriptor(object, name);
      if (!('value' in own) || !own.configurable || !(all || OVERRIDDEN.has(name))) continue;
      const value = own.value;
      defineProperty(object, name, {
        get() { return value; },
        set(other) {
          if (this === object) throw new TypeError(`'${String(name)}' is read-only`);
          if ((typeof this === 'object' && this !== null) || typeof this === 'function')
            defineProperty(this, name, { value: other, writable: true, enumerable: true, configurable: true });
        },
        enumerable: own.enumerable,
      });
    }
  }

  realm.freezeAll = () => {
    const seen = new Set([globalThis]);
    const waiting = [...realm.hidden];
    const visit = (value) => {
      if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value)) return;
      seen.add(value);
      waiting.push(value);
    };
    waiting.forEach((each) => seen.add(each));
    // Names of the global object stay as they are, but it takes new ones: undeclared variables live there,
    // for the length of a run.
    for (const name of ownKeys(globalThis)) {
      visit(globalThis[name]);
      defineProperty(globalThis, name, { writable: false, configurable: false });
    }
    while (waiting.length > 0) {
      const object = waiting.pop();
      if (object !== globalThis.Promise) {
        allowOverrides(object);
        for (const name of ownKeys(object)) {
          const own = getOwnPropertyDescriptor(object, name);
          visit(own.value);
          visit(own.get);
          visit(own.set);
        }
        visit(getPrototypeOf(object));
      }
      freeze(object);
    }
  };
})
