// One GET, its status checked.
import http from 'k6/http';
import { check } from 'k6';

const url = __ENV.BENCH_ORIGIN + __ENV.BENCH_PATH;

export default function () {
  const response = http.get(url);
  check(response, { 'status is 200': (r) => r.status === 200 });
}

export function handleSummary(data) {
  return { 'k6.json': JSON.stringify(data) };
}
