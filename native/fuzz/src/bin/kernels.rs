//! Every kernel on arbitrary words: every instruction set of this processor computes what the portable code does.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|words: Vec<u32>| lattice::fuzzing::compare_instruction_sets(&words));
