// The list, an id out of it, the item; both statuses and the id checked.
import http from 'k6/http';
import { check } from 'k6';

const items = __ENV.BENCH_ORIGIN + '/items';

export default function () {
  const list = http.get(items, { tags: { name: 'list' } });
  if (!check(list, { 'list answers': (r) => r.status === 200 })) {
    return;
  }
  const id = list.json('items.3.id');
  const item = http.get(`${items}/${id}`, { tags: { name: 'item' } });
  check(item, {
    'item answers': (r) => r.status === 200,
    'item is the one asked for': (r) => r.json('id') === id,
  });
}

export function handleSummary(data) {
  return { 'k6.json': JSON.stringify(data) };
}
