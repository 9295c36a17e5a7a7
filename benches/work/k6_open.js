// One GET at each start of a constant rate.
import http from "k6/http";

export { handleSummary } from "./k6_get.js";

export const options = {
  scenarios: {
    open: {
      executor: "constant-arrival-rate",
      rate: Number(__ENV.BENCH_RATE),
      duration: `${__ENV.BENCH_SECONDS}s`,
      preAllocatedVUs: 200,
    },
  },
};

export default function () {
  http.get(`${__ENV.BENCH_ORIGIN}${__ENV.BENCH_PATH}`);
}
