//! The load as a pure function of time, and the mix as one of the user's number.

use penstock_core::clock::SECOND_NS;
use penstock_core::mix::Mix;
use penstock_core::phases::{Phases, Stay};
use penstock_core::plan::{MixRule, Phase, Segment, Share, Spacing};
use penstock_core::random::Random;
use penstock_core::slots::Slots;
use proptest::prelude::*;

fn phases(pieces: &[(f64, f64, f64)]) -> Phases {
    let pieces: Vec<Phase> = pieces.iter().map(|&(start, end, duration_s)| Phase { start, end, duration_s }).collect();
    Phases::new(&pieces)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small whole numbers of the tests")]
fn stay(from_s: f64, to_s: f64) -> Stay {
    let ns = |seconds: f64| (seconds * 1e9).round() as u64;
    Stay { from_ns: ns(from_s), to_ns: ns(to_s) }
}

#[test]
fn users_come_and_go_with_the_line() {
    let constant = phases(&[(5.0, 5.0, 10.0)]);
    let up = phases(&[(0.0, 50.0, 10.0)]);
    let hill = phases(&[(0.0, 10.0, 10.0), (10.0, 10.0, 5.0), (10.0, 0.0, 10.0)]);
    let dip = phases(&[(4.0, 0.0, 4.0), (0.0, 4.0, 4.0)]);
    let step = phases(&[(1.0, 1.0, 1.0), (3.0, 3.0, 1.0)]);
    let half = phases(&[(2.5, 2.5, 1.0)]);
    let cases: [(&str, &Phases, u64, f64, Option<Stay>); 14] = [
        ("a constant load wants its users at once", &constant, 4, 0.0, Some(stay(0.0, 10.0))),
        ("and no more than them", &constant, 5, 0.0, None),
        ("a ramp starts the first user at once", &up, 0, 0.0, Some(stay(0.0, 10.0))),
        ("and the others evenly", &up, 25, 0.0, Some(stay(5.0, 10.0))),
        ("up to the last before the end", &up, 49, 0.0, Some(stay(9.8, 10.0))),
        ("the height itself is nobody's", &up, 50, 0.0, None),
        ("stays go on across phases", &hill, 3, 0.0, Some(stay(3.0, 22.0))),
        ("a stay that is running is given whole", &hill, 3, 12.0, Some(stay(3.0, 22.0))),
        ("after it there is none", &hill, 3, 23.0, None),
        ("a user comes back when the load rises again", &dip, 2, 3.0, Some(stay(6.0, 8.0))),
        ("before that it leaves", &dip, 2, 0.0, Some(stay(0.0, 2.0))),
        ("user 0 stays until the line touches the ground", &dip, 0, 0.0, Some(stay(0.0, 8.0))),
        ("a step starts its users together", &step, 2, 0.0, Some(stay(1.0, 2.0))),
        ("half a user is one", &half, 2, 0.0, Some(stay(0.0, 1.0))),
    ];
    for (reason, phases, user, at_s, wanted) in cases {
        let at_ns = stay(at_s, at_s).from_ns;
        assert_eq!(phases.stay(user, at_ns), wanted, "{reason}");
    }
}

#[test]
fn an_empty_phase_is_skipped_and_an_empty_load_wants_nobody() {
    let instant = phases(&[(9.0, 9.0, 0.0), (1.0, 1.0, 1.0)]);
    assert_eq!((instant.peak(), instant.end_ns()), (1, SECOND_NS));
    let nothing = phases(&[(0.0, 0.0, 3.0)]);
    assert_eq!((nothing.peak(), nothing.stay(0, 0), nothing.end_ns()), (0, None, 3 * SECOND_NS));
}

proptest! {
    #[test]
    fn the_users_that_stay_are_those_that_are_wanted(
        pieces in proptest::collection::vec((0.0..20.0, 0.0..20.0, 0.0..5.0), 1..6),
        at in 0.0..1.0,
    ) {
        let phases = phases(&pieces);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a share")]
        let at_ns = (phases.end_ns() as f64 * at) as u64;
        prop_assume!(at_ns < phases.end_ns());
        let staying = (0..phases.peak())
            .filter(|user| phases.stay(*user, at_ns).is_some_and(|stay| stay.from_ns <= at_ns))
            .count() as u64;
        // At the very nanosecond of a crossing, rounding may put it on either side.
        let around = [at_ns.saturating_sub(2), at_ns, at_ns + 2].map(|at_ns| phases.users_at(at_ns));
        prop_assert!(around.contains(&staying), "{staying} of {around:?}");
    }

    #[test]
    fn a_user_below_another_comes_no_later(
        pieces in proptest::collection::vec((0.0..20.0, 0.0..20.0, 0.1..5.0), 1..6),
        user in 0..19_u64,
    ) {
        let phases = phases(&pieces);
        if let Some(higher) = phases.stay(user + 1, 0) {
            let lower = phases.stay(user, 0).expect("who is below is wanted, too");
            prop_assert!(lower.from_ns <= higher.from_ns);
        }
    }
}

fn mix_by(rule: MixRule, weights: &[f64]) -> Mix {
    let shares: Vec<Share> =
        weights.iter().enumerate().map(|(journey, weight)| Share { journey, weight: *weight }).collect();
    Mix::new(rule, &shares)
}

fn mix(weights: &[f64]) -> Mix {
    mix_by(MixRule::Users, weights)
}

#[test]
fn the_first_user_runs_the_first_journey() {
    assert_eq!(mix(&[1.0]).journey(0, 0), 0);
    assert_eq!(mix(&[1.0, 1.0]).journey(0, 0), 0);
    assert_eq!(mix(&[0.0, 1.0]).journey(0, 0), 1);
}

proptest! {
    #[test]
    fn any_number_of_users_has_the_mix(
        weights in proptest::collection::vec(0.0..10.0, 1..5),
        users in 1..500_u64,
        first in 0..10_000_u64,
    ) {
        let total: f64 = weights.iter().sum();
        prop_assume!(total > 0.1);
        let mix = mix(&weights);
        let mut counts = vec![0.0; weights.len()];
        for user in first..first + users {
            counts[mix.journey(user, 0)] += 1.0;
        }
        for (count, weight) in counts.iter().zip(&weights) {
            #[expect(clippy::cast_precision_loss, reason = "at most 500")]
            let wanted = users as f64 * weight / total;
            // The sequence's discrepancy grows with the logarithm of the number of users.
            prop_assert!((count - wanted).abs() <= 5.0, "{count} instead of {wanted:.1} of {users}");
        }
    }
}

#[test]
fn a_sequence_is_done_in_order() {
    let mix = mix_by(MixRule::Sequential, &[1.0, 1.0, 1.0]);
    let order: Vec<usize> = (0..5).map(|iteration| mix.journey(7, iteration)).collect();
    assert_eq!(order, [0, 1, 2, 0, 1]);
}

#[test]
fn a_pace_starts_each_journey_as_often_as_it_says() {
    let mix = mix_by(MixRule::Pace, &[3600.0, 0.0, 1800.0]);
    let random = Random::new(1, 2);
    let mut paces = mix.paces(0, &random).expect("it is a pace");
    let mut counts = [0; 3];
    loop {
        let (journey, due_ns) = paces.next();
        if due_ns >= 1000 * SECOND_NS {
            break;
        }
        counts[journey] += 1;
        paces.advance(0.2, 0, &random);
    }
    assert!((980..1020).contains(&counts[0]) && counts[1] == 0 && (485..515).contains(&counts[2]), "{counts:?}");
}

proptest! {
    #[test]
    fn started_tests_are_never_further_from_their_shares_than_one(
        weights in proptest::collection::vec(0.0..10.0, 1..5),
        starts in 1..300_u64,
    ) {
        let total: f64 = weights.iter().sum();
        prop_assume!(total > 0.1);
        let mix = mix_by(MixRule::Tests, &weights);
        let mut counts = vec![0.0; weights.len()];
        for start in 1..=starts {
            counts[mix.journey(0, 0)] += 1.0;
            for (count, weight) in counts.iter().zip(&weights) {
                #[expect(clippy::cast_precision_loss, reason = "at most 300")]
                let wanted = start as f64 * weight / total;
                #[expect(clippy::cast_precision_loss, reason = "at most 5")]
                let journeys = weights.len() as f64;
                prop_assert!((count - wanted).abs() < journeys, "{count} instead of {wanted:.1} of {start}");
            }
        }
    }
}

fn due_ns(phases: &Phases, spacing: Spacing, index: u32, of: u32, most: Option<u64>) -> Vec<u64> {
    let mut slots = Slots::new(Segment { index, of }, spacing, most, Random::new(3, u64::from(index)));
    std::iter::from_fn(|| {
        let due_ns = slots.due_ns(phases)?;
        slots.advance();
        Some(due_ns)
    })
    .collect()
}

#[test]
fn starts_lie_evenly_under_the_line() {
    let constant = phases(&[(100.0, 100.0, 2.0)]);
    let due = due_ns(&constant, Spacing::Even, 0, 1, None);
    assert_eq!((due.len(), due[0], due[1], due[199]), (200, 0, 10_000_000, 1_990_000_000));
    let a_minute = phases(&[(100.0 / 60.0, 100.0 / 60.0, 60.0)]);
    assert_eq!(due_ns(&a_minute, Spacing::Even, 0, 1, None).len(), 100, "rounding makes no start");
    let ramp = phases(&[(0.0, 0.0, 1.0), (0.0, 10.0, 2.0)]);
    let due = due_ns(&ramp, Spacing::Even, 0, 1, None);
    assert_eq!((due.len(), due[0]), (10, SECOND_NS), "nothing is due on the ground");
    assert!(due[1].abs_diff(SECOND_NS + 632_455_532) < 10, "2.5 t² is 1 after 0.632 s: {}", due[1]);
    assert_eq!(due_ns(&constant, Spacing::Even, 0, 1, Some(7)).len(), 7);
}

#[test]
fn a_poisson_process_has_the_rate_whatever_the_number_of_loops() {
    let constant = phases(&[(1000.0, 1000.0, 30.0)]);
    for of in [1, 3] {
        let mut due: Vec<u64> =
            (0..of).flat_map(|index| due_ns(&constant, Spacing::Poisson, index, of, None)).collect();
        assert!((29_300..30_700).contains(&due.len()), "{} of 30,000: four deviations", due.len());
        due.sort_unstable();
        #[expect(clippy::cast_precision_loss, reason = "nanoseconds of a millisecond")]
        let gaps: Vec<f64> = due.windows(2).map(|pair| (pair[1] - pair[0]) as f64 / 1e6).collect();
        #[expect(clippy::cast_precision_loss, reason = "30,000")]
        let over = gaps.iter().filter(|gap| **gap > 1.0).count() as f64 / gaps.len() as f64;
        assert!((over - 0.3679).abs() < 0.02, "a gap is longer than the mean with probability 1/e, not {over}");
    }
}

proptest! {
    #[test]
    fn the_loops_together_start_what_one_would_at_every_time(
        pieces in proptest::collection::vec((0.0..40.0, 0.0..40.0, 0.0..5.0), 1..5),
        of in 1..7_u32,
        most in proptest::option::of(0..200_u64),
    ) {
        let phases = phases(&pieces);
        let mut shared: Vec<u64> =
            (0..of).flat_map(|index| due_ns(&phases, Spacing::Even, index, of, most)).collect();
        shared.sort_unstable();
        prop_assert_eq!(shared, due_ns(&phases, Spacing::Even, 0, 1, most));
    }

    #[test]
    fn a_new_level_changes_nothing_that_was_before(
        pieces in proptest::collection::vec((0.0..20.0, 0.0..20.0, 0.1..5.0), 1..5),
        at in 0.01..0.99,
        level in 0.0..30.0,
    ) {
        let before = phases(&pieces);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a share")]
        let at_ns = (before.end_ns() as f64 * at) as u64;
        let after = before.with_level(at_ns, level);
        prop_assert_eq!(after.end_ns(), before.end_ns());
        prop_assert!((after.area(at_ns) - before.area(at_ns)).abs() < 1e-6);
        #[expect(clippy::cast_precision_loss, reason = "seconds")]
        let rest = (before.end_ns() - at_ns) as f64 / 1e9 * level;
        prop_assert!((after.area(after.end_ns()) - before.area(at_ns) - rest).abs() < 1e-6);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most 30")]
        let users = level.ceil() as u64;
        prop_assert_eq!(after.users_at(before.end_ns() - 1), users);
    }

    #[test]
    fn shares_add_up_and_loops_without_users_have_none(total in 0..10_000_u64, of in 1..50_u32, users in 1..80_u64) {
        let segments: Vec<Segment> =
            (0..of).filter_map(|index| Segment { index, of }.among(users)).collect();
        prop_assert_eq!(segments.iter().map(|segment| segment.share(total)).sum::<u64>(), total);
        prop_assert!(segments.iter().all(|segment| segment.share(users) > 0));
    }
}
