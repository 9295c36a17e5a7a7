//! The load as a pure function of time, and the mix as one of the user's number.

use penstock_core::clock::SECOND_NS;
use penstock_core::mix::Mix;
use penstock_core::phases::{Phases, Stay};
use penstock_core::plan::{Journey, Phase};
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

fn mix(weights: &[f64]) -> Mix {
    let journeys: Vec<Journey> =
        weights.iter().map(|weight| Journey { name: String::new(), weight: *weight }).collect();
    Mix::new(&journeys)
}

#[test]
fn the_first_user_runs_the_first_journey() {
    assert_eq!(mix(&[1.0]).journey(0), 0);
    assert_eq!(mix(&[1.0, 1.0]).journey(0), 0);
    assert_eq!(mix(&[0.0, 1.0]).journey(0), 1);
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
            counts[mix.journey(user)] += 1.0;
        }
        for (count, weight) in counts.iter().zip(&weights) {
            #[expect(clippy::cast_precision_loss, reason = "at most 500")]
            let wanted = users as f64 * weight / total;
            // The sequence's discrepancy grows with the logarithm of the number of users.
            prop_assert!((count - wanted).abs() <= 5.0, "{count} instead of {wanted:.1} of {users}");
        }
    }
}
