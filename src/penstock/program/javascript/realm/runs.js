// One run: variables in, the script's function, variables out.
//
// Scope of a script, inner to outer: its own declarations; `S`, an object made for the run that holds the
// variables; `L`, the functions given to the program; the global object.
(function (realm, host) {
  'use strict';
  const { parse, stringify } = JSON;
  const { create, defineProperty, freeze, getPrototypeOf, isExtensible, setPrototypeOf } = Object;
  const { apply, deleteProperty, ownKeys } = Reflect;
  const { InternalError } = globalThis;
  const { slice } = String.prototype;
  const MOST_STACK = 4000;
  const toSource = Function.prototype.toString;
  const has = Object.prototype.hasOwnProperty;
  const owns = (object, name) => apply(has, object, [name]);
  const ORDINARY = Object.prototype;
  const inScope = new Set(['$', 'globalThis']);
  const baseline = create(null);
  let baselineLength = 0;

  const isObject = (value) => typeof value === 'object' && value !== null;

  function toText(value) {
    if (typeof value === 'string') return value;
    if (value === undefined || value === null) return '';
    if (typeof value === 'function') return apply(toSource, value, []);
    if (typeof value !== 'object' || value instanceof Date || value instanceof RegExp || value instanceof Error)
      return String(value);
    const text = stringify(value);
    return text === undefined ? '' : text;
  }

  function describe(error) {
    try {
      if (error === null) return ['InternalError', 'out of memory']; // no room was left for the error itself
      if (!isObject(error)) return ['Error', String(error)];
      const name = error.name === undefined ? 'Error' : String(error.name);
      const message = error.message === undefined ? toText(error) : String(error.message);
      if (name === 'ReferenceError') return [name, message.replace(/^'(.*)' is not defined$/, '$1 is not defined')];
      if (message === 'stack overflow' && (error instanceof InternalError || error instanceof SyntaxError))
        return ['RangeError', 'Maximum call stack size exceeded'];
      return [name, message];
    } catch (again) {
      return ['Error', 'the value that was thrown cannot be shown'];
    }
  }

  // The innermost calls of a stack, as text; where a script gave its error something else, none.
  function innermost(error) {
    try {
      return isObject(error) && typeof error.stack === 'string' ? apply(slice, error.stack, [0, MOST_STACK]) : '';
    } catch (again) {
      return '';
    }
  }

  // The names that a run added to the global object: variables that it assigned without declaring them.
  function addedGlobals() {
    const names = ownKeys(globalThis);
    return names.length === baselineLength ? [] : names.filter((name) => !(name in baseline));
  }

  // Tells which of the candidate names the script declares at its top level, without running it: the engine
  // itself resolves each one. `readers` are closures inside the script's scope, made before its first line,
  // two for a name: `() => name` and `() => typeof name`.
  realm.probe = (script, names) => {
    const readers = apply(script, create(null), []);
    return stringify(parse(names).filter((name, i) => {
      try {
        const value = readers[2 * i]();
        return !(name in globalThis && Object.is(value, globalThis[name]));
      } catch (error) {
        try {
          readers[2 * i + 1]();
          return false; // not defined
        } catch (again) {
          return true; // declared by let, const or class, and not yet initialised
        }
      }
    }));
  };

  function bindFunctions(names) {
    const layer = create(globalThis);
    const short = create(null);
    names.forEach((name, index) => {
      const call = (...args) => {
        const [ok, text] = parse(host(index, stringify(args.map(String))));
        if (!ok) throw new Error(text);
        return text;
      };
      freeze(defineProperty(call, 'name', { value: name }));
      defineProperty(layer, name, { value: call });
      defineProperty(short, name.replace(/^__/, ''), { value: call, enumerable: true });
    });
    if (names.length > 0) defineProperty(layer, '__', { value: freeze(short) });
    return freeze(layer);
  }

  // Returns `(values, body) => answer`: JSON texts in and out; `body` is null where there is none. The answer
  // is `[failure, lines, changes]`: `[name, message, stack]` or null, and names and texts by turns.
  realm.prepare = (script, description) => {
    const { declared, functions, reflective } = parse(description);
    const layer = bindFunctions(functions);
    freeze(script.prototype); // `arguments.callee` leads to it
    freeze(script);

    return (values, body) => {
      realm.lines = [];
      const changes = [];
      let failure = null;
      try {
        const scope = parse(values);
        const names = ownKeys(scope);
        const before = names.map((name) => scope[name]);
        setPrototypeOf(scope, null); // so that plain assignment defines, whatever the name
        let response;
        try {
          response = body === null ? {} : parse(body);
        } catch (error) {
          response = {};
        }
        scope.$ = response;
        if (reflective) scope.globalThis = scope;
        setPrototypeOf(scope, layer);

        const capture = apply(script, scope, []);

        const keep = (name, value) => changes.push(name, toText(value));
        names.forEach((name, i) => {
          const value = scope[name];
          if (!owns(scope, name)) keep(name, '');
          else if (value !== before[i]) keep(name, value);
        });
        // An undeclared name is made on the global object; assigned again, it is found there by way of the scope
        // and becomes the scope's own. So what the scope has is newer.
        for (const name of addedGlobals()) if (typeof name === 'string') keep(name, globalThis[name]);
        for (const name of ownKeys(scope))
          if (typeof name === 'string' && !inScope.has(name) && !names.includes(name)) keep(name, scope[name]);
        capture().forEach((value, i) => {
          const name = declared[i];
          const isGiven = names.includes(name) && owns(scope, name) && scope[name] === value; // by `var`
          if (value === undefined || isGiven) return;
          keep(name, value);
        });
      } catch (error) {
        failure = [...describe(error), innermost(error)];
        changes.length = 0;
      }
      return stringify([failure, realm.lines, changes]);
    };
  };

  // Takes a run's names off the global object again. False when something cannot be undone, and the realm
  // must not be used any more. Names that were there before cannot be deleted, so counting them is enough.
  realm.tidy = () => {
    if (getPrototypeOf(globalThis) !== ORDINARY || !isExtensible(globalThis)) return false;
    return addedGlobals().every((name) => deleteProperty(globalThis, name));
  };

  realm.seal = () => {
    for (const name of ownKeys(globalThis)) baseline[name] = true;
    baselineLength = ownKeys(globalThis).length;
  };
})
