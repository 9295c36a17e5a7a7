// One GET, then a long think.
import http from "k6/http";
import { sleep } from "k6";

export { handleSummary } from "./k6_get.js";

export default function () {
  http.get(`${__ENV.BENCH_ORIGIN}${__ENV.BENCH_PATH}`);
  sleep(Number(__ENV.BENCH_THINK_S));
}
