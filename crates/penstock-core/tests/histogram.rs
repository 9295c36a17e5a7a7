//! Buckets are the same everywhere: their lows are computed here a second time, from the definition.

use penstock_core::histogram::Histogram;
use proptest::prelude::*;
use serde_json::Value;

/// The lowest value of the bucket of a value: exact below 256, above that 128 buckets to each power of two.
fn low(value: u64) -> u64 {
    if value < 256 {
        return value;
    }
    let width = 1_u64 << (value.ilog2() - 7);
    value / width * width
}

fn json(values: &[u64]) -> Value {
    let mut histogram = Histogram::default();
    for value in values {
        histogram.record(*value);
    }
    serde_json::to_value(&histogram).expect("JSON")
}

proptest! {
    #[test]
    fn every_value_is_counted_in_its_bucket(values in proptest::collection::vec(0..100_000_000_000_u64, 0..50)) {
        let json = json(&values);
        let mut wanted = std::collections::BTreeMap::new();
        for value in &values {
            *wanted.entry(low(*value)).or_insert(0_u64) += 1;
        }
        let wanted: Vec<u64> = wanted.into_iter().flat_map(|(low, count)| [low, count]).collect();
        prop_assert_eq!(&json["b"], &serde_json::json!(wanted));
        prop_assert_eq!(&json["n"], &serde_json::json!(values.len()));
        prop_assert_eq!(&json["sum"], &serde_json::json!(values.iter().sum::<u64>()));
        prop_assert_eq!(&json["min"], &serde_json::json!(values.iter().min().unwrap_or(&0)));
        prop_assert_eq!(&json["max"], &serde_json::json!(values.iter().max().unwrap_or(&0)));
    }
}

#[test]
fn any_value_can_be_counted() {
    for value in [0, 1, 255, 256, 257, 511, 512, u64::MAX / 2, u64::MAX] {
        assert_eq!(json(&[value])["b"], serde_json::json!([low(value), 1]));
    }
}

#[test]
fn a_cleared_histogram_begins_anew() {
    let mut histogram = Histogram::default();
    histogram.record(1_000_000);
    histogram.clear();
    assert!(histogram.is_empty());
    histogram.record(5);
    let json = serde_json::to_value(&histogram).expect("JSON");
    assert_eq!(json, serde_json::json!({"n": 1, "sum": 5, "min": 5, "max": 5, "b": [5, 1]}));
}
