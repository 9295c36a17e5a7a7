// One GET, then some work of the script's own: 50 users of it keep a core busy all the time.
import http from 'k6/http';
import { check } from 'k6';

const url = __ENV.BENCH_ORIGIN + __ENV.BENCH_PATH;

export default function () {
  const response = http.get(url);
  check(response, { 'status is 200': (r) => r.status === 200 });
  let sum = 0;
  for (let turn = 0; turn < 2500; turn += 1) {
    sum += turn;
  }
  return sum;
}

export function handleSummary(data) {
  return { 'k6.json': JSON.stringify(data) };
}
