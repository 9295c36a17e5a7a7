// Dates and numbers as people in the United States write them: what scripts ask of `Intl.DateTimeFormat` and
// of the `toLocale…String` methods. The engine has no data of other locales and time zones; they are refused.
(function () {
  'use strict';
  const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
  const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];
  const DATE = ['weekday', 'year', 'month', 'day'];
  const TIME = ['hour', 'minute', 'second'];
  const KNOWN = new Set([...DATE, ...TIME, 'hour12', 'timeZone']);

  function needLocale(locales) {
    const locale = Array.isArray(locales) ? locales[0] : locales;
    if (locale !== undefined && locale !== 'en-US' && locale !== 'en')
      throw new RangeError(`only the locale en-US is available in scripts, not ${String(locale)}`);
  }

  function refuseOthers(options, known) {
    for (const name of Object.keys(options))
      if (options[name] !== undefined && !known.has(name))
        throw new RangeError(`the option ${name} of locales is not available in scripts`);
  }

  const sized = (value, width) => (width === '2-digit' ? String(value % 100).padStart(2, '0') : String(value));
  const worded = (words, at, width) => (width === 'short' ? words[at].slice(0, 3) : width === 'narrow' ? words[at][0] : words[at]);

  function partsOf(date, utc) {
    const get = (name) => date[`get${utc ? 'UTC' : ''}${name}`]();
    return {
      weekday: get('Day'), year: get('FullYear'), month: get('Month'), day: get('Date'),
      hour: get('Hours'), minute: get('Minutes'), second: get('Seconds'),
    };
  }

  function dateText(parts, options) {
    const { weekday, year, month, day } = options;
    const name = weekday === undefined ? '' : worded(WEEKDAYS, parts.weekday, weekday);
    const dayText = day === undefined ? '' : sized(parts.day, day);
    const yearText = year === undefined ? '' : sized(parts.year, year);
    const filled = (list) => list.filter((each) => each !== '');
    if (month === undefined || month === 'numeric' || month === '2-digit') {
      const monthText = month === undefined ? '' : sized(parts.month + 1, month);
      return filled([name, filled([monthText, dayText, yearText]).join('/')]).join(', ');
    }
    const monthDay = filled([worded(MONTHS, parts.month, month), dayText]).join(' ');
    return filled([name, dayText === '' ? filled([monthDay, yearText]).join(' ') : filled([monthDay, yearText]).join(', ')]).join(', ');
  }

  function timeText(parts, options) {
    const { hour, minute, second, hour12 } = options;
    const half = hour12 === undefined || hour12 === true;
    const texts = [];
    if (hour !== undefined) {
      const value = half ? parts.hour % 12 || 12 : parts.hour;
      texts.push(sized(value, half ? hour : '2-digit'));
    }
    const two = (value) => String(value).padStart(2, '0');
    if (minute !== undefined) texts.push(hour === undefined && second === undefined ? String(parts.minute) : two(parts.minute));
    if (second !== undefined) texts.push(minute === undefined ? String(parts.second) : two(parts.second));
    return texts.join(':') + (hour !== undefined && half ? (parts.hour < 12 ? ' AM' : ' PM') : '');
  }

  function formatter(locales, given, defaults) {
    needLocale(locales);
    const options = Object.assign({}, given);
    refuseOthers(options, KNOWN);
    const zone = options.timeZone;
    if (zone !== undefined && !['UTC', 'GMT', 'ETC/UTC'].includes(String(zone).toUpperCase()))
      throw new RangeError(`only the time zone UTC and the local one are available in scripts, not ${String(zone)}`);
    if (![...DATE, ...TIME].some((name) => options[name] !== undefined))
      for (const name of defaults) options[name] = 'numeric';
    return (date) => {
      if (isNaN(date)) throw new RangeError('Invalid time value');
      const parts = partsOf(date, zone !== undefined);
      return [dateText(parts, options), timeText(parts, options)].filter((each) => each !== '').join(', ');
    };
  }

  const DEFAULT_DATE = ['year', 'month', 'day'];

  class DateTimeFormat {
    constructor(locales, options) {
      const format = formatter(locales, options, DEFAULT_DATE);
      this.format = (date) => format(date === undefined ? new Date() : new Date(date));
    }
  }
  const callable = function (locales, options) { return new DateTimeFormat(locales, options); };
  Object.defineProperty(callable, 'name', { value: 'DateTimeFormat' });
  callable.prototype = DateTimeFormat.prototype;
  Object.defineProperty(globalThis, 'Intl', { value: { DateTimeFormat: callable }, writable: true, configurable: true });

  const local = (defaults) => function (locales, options) {
    return isNaN(this) ? 'Invalid Date' : formatter(locales, options, defaults)(this);
  };
  const FRACTION = new Set(['minimumFractionDigits', 'maximumFractionDigits', 'useGrouping']);
  function numberText(locales, given) {
    needLocale(locales);
    const options = Object.assign({ minimumFractionDigits: 0 }, given);
    refuseOthers(options, FRACTION);
    const { minimumFractionDigits: least, maximumFractionDigits: most = Math.max(3, least), useGrouping = true } = options;
    const value = Number(this);
    if (!isFinite(value)) return isNaN(value) ? 'NaN' : value < 0 ? '-∞' : '∞';
    if (Math.abs(value) >= 1e21) throw new RangeError('numbers from 1e21 have no local form in scripts');
    const [whole, fraction = ''] = value.toFixed(most).split('.');
    const digits = fraction.replace(/0+$/, '').padEnd(least, '0');
    const grouped = useGrouping ? whole.replace(/\B(?=(\d{3})+$)/g, ',') : whole;
    return digits === '' ? grouped : `${grouped}.${digits}`;
  }
  const replace = (target, name, value) => Object.defineProperty(target, name, { value, writable: true, configurable: true });
  replace(Date.prototype, 'toLocaleString', local([...DEFAULT_DATE, ...TIME]));
  replace(Date.prototype, 'toLocaleDateString', local(DEFAULT_DATE));
  replace(Date.prototype, 'toLocaleTimeString', local(TIME));
  replace(Number.prototype, 'toLocaleString', numberText);
})
