// `assert`: the synchronous part of Node's strict assert, with its AssertionError and its messages.
(function (realm) {
  'use strict';
  const { inspect, deepEqual } = realm;
  const MOST_LINES = 50;
  const SHORT = 12; // values this short together are shown as `a !== b`, longer ones as a diff
  const COLUMNS = 80;
  const HEADS = {
    deepStrictEqual: 'Expected values to be strictly deep-equal:',
    strictEqual: 'Expected values to be strictly equal:',
    strictEqualObject: 'Expected "actual" to be reference-equal to "expected":',
    notDeepStrictEqual: 'Expected "actual" not to be strictly deep-equal to:',
    notStrictEqual: 'Expected "actual" to be strictly unequal to:',
    notStrictEqualObject: 'Expected "actual" not to be reference-equal to "expected":',
    notIdentical: 'Values have same structure but are not reference-equal:',
  };
  const isReference = (value) => (typeof value === 'object' && value !== null) || typeof value === 'function';

  // The longest common subsequence is quadratic; over this many cells both values are shown whole instead.
  const MOST_CELLS = 250000;

  function diffLines(a, b) {
    const out = [];
    if (a.length * b.length > MOST_CELLS)
      return a.map((line) => `+ ${line}`).concat(b.map((line) => `- ${line}`));
    const common = Array.from({ length: a.length + 1 }, () => new Array(b.length + 1).fill(0));
    const same = (i, j) => a[i] === b[j] || a[i] + ',' === b[j] || a[i] === b[j] + ',';
    for (let i = a.length - 1; i >= 0; i -= 1)
      for (let j = b.length - 1; j >= 0; j -= 1)
        common[i][j] = same(i, j) ? common[i + 1][j + 1] + 1 : Math.max(common[i + 1][j], common[i][j + 1]);
    let i = 0;
    let j = 0;
    while (i < a.length || j < b.length) {
      if (i < a.length && j < b.length && same(i, j)) {
        out.push(`  ${a[i].length > b[j].length ? a[i] : b[j]}`);
        i += 1;
        j += 1;
      } else if (i < a.length && (j === b.length || common[i + 1][j] >= common[i][j + 1])) {
        out.push(`+ ${a[i]}`);
        i += 1;
      } else {
        out.push(`- ${b[j]}`);
        j += 1;
      }
    }
    return out;
  }

  const cut = (lines) => (lines.length > MOST_LINES ? lines.slice(0, MOST_LINES - 4).concat(['...']) : lines);

  function describeDifference(actual, expected, asked) {
    const a = inspect(actual).split('\n');
    const b = inspect(expected).split('\n');
    const bothReferences =
      (typeof actual === 'object' && typeof expected === 'object' && actual !== null && expected !== null) ||
      (typeof actual === 'function' && typeof expected === 'function');
    const operator = asked === 'strictEqual' && bothReferences ? 'strictEqualObject' : asked;
    if (a.join('\n') === b.join('\n')) return `${HEADS.notIdentical}\n\n${cut(a).join('\n')}\n`;
    let pointer = '';
    if (a.length === 1 && b.length === 1) {
      const width = a[0].length + b[0].length;
      const plain = !(typeof actual === 'object' && actual !== null) && !(typeof expected === 'object' && expected !== null);
      if (width <= SHORT) {
        if (plain && (actual !== 0 || expected !== 0)) return `${HEADS[operator]}\n\n${a[0]} !== ${b[0]}\n`;
      } else if (operator !== 'strictEqualObject' && width < COLUMNS) {
        let at = 0;
        while (a[0][at] === b[0][at]) at += 1;
        if (at > 2) pointer = `\n  ${' '.repeat(at)}^`;
      }
    }
    return `${HEADS[operator]}\n+ actual - expected\n\n${cut(diffLines(a, b)).join('\n')}${pointer}`;
  }

  function describeSameness(actual, asked) {
    const lines = cut(inspect(actual).split('\n'));
    const head = HEADS[asked === 'notStrictEqual' && isReference(actual) ? 'notStrictEqualObject' : asked];
    if (lines.length === 1) return `${head}${lines[0].length > 5 ? '\n\n' : ' '}${lines[0]}`;
    return `${head}\n\n${lines.join('\n')}\n`;
  }

  function describe(actual, expected, operator) {
    if (operator === 'deepStrictEqual' || operator === 'strictEqual')
      return describeDifference(actual, expected, operator);
    if (operator === 'notDeepStrictEqual' || operator === 'notStrictEqual') return describeSameness(actual, operator);
    return `${inspect(actual)} ${operator} ${inspect(expected)}`;
  }

  function typeError(code, text) {
    return Object.assign(new TypeError(text), { code });
  }

  function received(value) {
    if (value === undefined || value === null) return `Received ${value}`;
    if (typeof value === 'function') return `Received function ${value.name}`;
    if (typeof value === 'object' && value.constructor && value.constructor.name)
      return `Received an instance of ${value.constructor.name}`;
    if (typeof value === 'object') return `Received ${inspect(value)}`;
    const text = inspect(value);
    return `Received type ${typeof value} (${text.length > 28 ? `${text.slice(0, 25)}...` : text})`;
  }

  function needType(name, type, value, holds) {
    if (!holds) throw typeError('ERR_INVALID_ARG_TYPE', `The "${name}" argument must be ${type}. ${received(value)}`);
  }

  // What a thrown error and an object of expectations are shown as.
  class Comparison {
    constructor(names, from) {
      for (const name of names) if (name in from) this[name] = from[name];
    }
  }

  class AssertionError extends Error {
    constructor(options) {
      needType('options', 'of type object', options, isReference(options));
      const { message, actual, expected, operator } = options;
      super(message === undefined ? describe(actual, expected, operator) : String(message));
      const set = (name, value, enumerable) =>
        Object.defineProperty(this, name, { value, enumerable, writable: true, configurable: true });
      set('name', 'AssertionError', false);
      set('generatedMessage', message === undefined, true);
      set('code', 'ERR_ASSERTION', true);
      set('actual', actual, true);
      set('expected', expected, true);
      set('operator', operator, true);
    }
  }

  function refuse(actual, expected, message, operator, generated = false) {
    if (message instanceof Error) throw message;
    const error = new AssertionError({ message, actual, expected, operator });
    if (generated) error.generatedMessage = true;
    throw error;
  }

  function needTwo(count) {
    if (count >= 2) return;
    throw typeError('ERR_MISSING_ARGS', 'The "actual" and "expected" arguments must be specified');
  }

  function demand(count, value, message) {
    if (value) return;
    const generated = count === 0 || message === undefined;
    const text = count === 0 ? 'No value argument passed to `assert.ok()`' : generated ? `${inspect(value)} == true` : message;
    refuse(value, true, text, '==', generated);
  }

  function assert(...args) {
    demand(args.length, args[0], args[1]);
  }

  function judgeMatch(text, pattern, message, wanted, operator) {
    needType('regexp', 'an instance of RegExp', pattern, pattern instanceof RegExp);
    if (typeof text === 'string' && pattern.exec(text) !== null === wanted) return;
    if (message !== undefined) refuse(text, pattern, message, operator);
    const verb = wanted ? 'The input did not match' : 'The input was expected to not match';
    const explanation =
      typeof text !== 'string'
        ? `The "string" argument must be of type string. Received type ${typeof text} (${inspect(text)})`
        : `${verb} the regular expression ${inspect(pattern)}. Input:\n\n${inspect(text)}\n`;
    refuse(text, pattern, explanation, operator, true);
  }

  function attempt(run) {
    needType('fn', 'of type function', run, typeof run === 'function');
    try {
      run();
    } catch (error) {
      return { error };
    }
    return null;
  }

  function judgeThrown(error, expected, message) {
    const fail = (text) => refuse(error, expected, message === undefined ? text : message, 'throws', message === undefined);
    if (expected instanceof RegExp) {
      const text = String(error);
      if (expected.exec(text) !== null) return;
      fail(`The input did not match the regular expression ${inspect(expected)}. Input:\n\n${inspect(text)}\n`);
    }
    if (typeof expected !== 'function') {
      if (!isReference(error)) refuse(error, expected, message, 'deepStrictEqual');
      const names = Object.keys(expected);
      if (expected instanceof Error) names.push('name', 'message');
      for (const name of names) {
        const pattern = expected[name];
        if (pattern instanceof RegExp && typeof error[name] === 'string' && pattern.exec(error[name]) !== null) continue;
        if (name in error && deepEqual(error[name], pattern)) continue;
        fail(describe(new Comparison(names, error), new Comparison(names, expected), 'deepStrictEqual'));
      }
      return;
    }
    if (expected.prototype !== undefined && error instanceof expected) return;
    if (Error.isPrototypeOf(expected) || expected === Error) {
      const received = isReference(error) && error.constructor && error.constructor.name;
      const what = received ? `"${received}"` : `"${inspect(error)}"`;
      const said = isReference(error) && error.message ? `\n\nError message:\n\n${error.message}` : '';
      fail(`The error is expected to be an instance of "${expected.name}". Received ${what}${said}`);
    }
    const answer = expected.call({}, error);
    if (answer === true) return;
    const name = expected.name ? `"${expected.name}" ` : '';
    fail(`The ${name}validation function is expected to return "true". Received ${inspect(answer)}\n\nCaught error:\n\n${String(error)}`);
  }

  const methods = {
    ok(...args) {
      demand(args.length, args[0], args[1]);
    },
    fail(message) {
      refuse(undefined, undefined, message === undefined ? 'Failed' : message, 'fail', message === undefined);
    },
    strictEqual(...args) {
      needTwo(args.length);
      if (!Object.is(args[0], args[1])) refuse(args[0], args[1], args[2], 'strictEqual');
    },
    notStrictEqual(...args) {
      needTwo(args.length);
      if (Object.is(args[0], args[1])) refuse(args[0], args[1], args[2], 'notStrictEqual');
    },
    deepStrictEqual(...args) {
      needTwo(args.length);
      if (!deepEqual(args[0], args[1])) refuse(args[0], args[1], args[2], 'deepStrictEqual');
    },
    notDeepStrictEqual(...args) {
      needTwo(args.length);
      if (deepEqual(args[0], args[1])) refuse(args[0], args[1], args[2], 'notDeepStrictEqual');
    },
    match: (text, pattern, message) => judgeMatch(text, pattern, message, true, 'match'),
    doesNotMatch: (text, pattern, message) => judgeMatch(text, pattern, message, false, 'doesNotMatch'),
    throws(run, expected, message) {
      const words = typeof expected === 'string' ? expected : message;
      const kind = typeof expected === 'string' ? undefined : expected;
      if (kind !== undefined) needType('expected', 'of type function or an instance of Error, RegExp, or Object', kind, isReference(kind));
      const thrown = attempt(run);
      if (thrown === null) {
        if (words instanceof Error) throw words;
        const name = kind && kind.name ? ` (${kind.name})` : '';
        refuse(undefined, kind, `Missing expected exception${name}${words === undefined ? '.' : `: ${words}`}`, 'throws');
      }
      if (kind !== undefined) judgeThrown(thrown.error, kind, words);
    },
    doesNotThrow(run, expected, message) {
      const words = typeof expected === 'string' ? expected : message;
      const thrown = attempt(run);
      if (thrown === null) return;
      if (typeof expected === 'function' && !(thrown.error instanceof expected)) throw thrown.error;
      if (expected instanceof RegExp && expected.exec(String(thrown.error)) === null) throw thrown.error;
      const said = isReference(thrown.error) ? thrown.error.message : String(thrown.error);
      refuse(thrown.error, expected, `Got unwanted exception${words === undefined ? '.' : `: ${words}`}\nActual message: "${said}"`, 'doesNotThrow');
    },
    ifError(value) {
      if (value === null || value === undefined) return;
      const said = isReference(value) && typeof value.message === 'string' ? value.message || value.constructor.name : inspect(value);
      refuse(value, null, `ifError got unwanted exception: ${said}`, 'ifError');
    },
  };
  // In strict mode the plain names mean the strict comparisons.
  methods.equal = methods.strictEqual;
  methods.notEqual = methods.notStrictEqual;
  methods.deepEqual = methods.deepStrictEqual;
  methods.notDeepEqual = methods.notDeepStrictEqual;

  realm.assert = Object.assign(assert, methods, { AssertionError, strict: assert });
})
