//! Does what fuzzing found stay mended? Every input that was kept, through the same checks as in `fuzz/`.

#[path = "../fuzz/src/lib.rs"]
mod fuzz;

use std::fs;
use std::path::Path;

#[test]
fn every_kept_input_passes() {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds");
    for (name, target) in fuzz::TARGETS {
        let folder = kept.join(name);
        let mut inputs: Vec<_> = fs::read_dir(&folder)
            .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
            .map(|entry| entry.expect("lists").path())
            .collect();
        inputs.sort();
        assert!(inputs.len() > 3, "{} holds what the target starts from", folder.display());
        for input in inputs {
            // Shown if the test fails: which input it was.
            println!("{}", input.display());
            target(&fs::read(&input).expect("reads"));
        }
    }
}
