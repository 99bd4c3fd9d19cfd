//! Do all verbs, in any order, do what a plain list would do? On every back end: in memory, in a file, and in a file
//! with two handles.

#![allow(clippy::unwrap_used)] // a test may stop at the first surprise

#[path = "model/asked.rs"]
mod asked;
#[path = "model/case.rs"]
mod case;
mod ground;
#[path = "model/inputs.rs"]
mod inputs;
#[path = "model/ledger.rs"]
mod ledger;

use case::{Backend, Case, now};
use ground::{assert_sound, long, seed, times};
use inputs::{PAST, Step};
use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngSeed, TestRunner};

fn suite(backend: Backend, steps: impl Strategy<Value = Vec<Step>>) {
    let config = Config {
        cases: times("CASES", 60, 1_500) as u32,
        rng_seed: RngSeed::Fixed(seed()),
        failure_persistence: None,
        max_shrink_iters: if long() { 4_096 } else { 1_024 },
        ..Config::default()
    };
    let result = TestRunner::new(config).run(&steps, |steps| {
        let mut case = Case::new(backend);
        for step in &steps {
            case.run(step);
        }
        case.check_all();
        assert_sound(&case.store());
        Ok(())
    });
    if let Err(failure) = result {
        panic!("{failure}");
    }
}

#[test]
fn in_memory() {
    suite(Backend::Memory, inputs::steps());
}

#[test]
fn in_a_file() {
    suite(Backend::File, inputs::steps());
}

#[test]
fn in_a_file_with_two_handles() {
    suite(Backend::TwoHandles, inputs::steps());
}

/// Few keys and few times, so that every memory meets the others of its key.
#[test]
fn histories() {
    suite(Backend::Memory, inputs::history_steps());
}

#[test]
fn past_is_past() {
    assert!(PAST < now());
}
