//! Does each command do in a terminal what its page in `sessions/` shows?
//!
//! Every page is one sitting: it begins in a folder with the files of `sessions/files` and no store, and its commands
//! are run in order. `TRYCMD=overwrite cargo test -p mindkeep-cli --test sessions` writes the pages anew; look at the
//! difference, and put `[..]` for ids, timings and sizes.

use std::path::Path;

#[test]
fn the_pages_show_what_happens() {
    let pages = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sessions");
    let mut names: Vec<_> = std::fs::read_dir(&pages)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect();
    names.sort();
    assert!(!names.is_empty());
    for page in names {
        let folder = tempfile::tempdir().unwrap();
        for entry in std::fs::read_dir(pages.join("files")).unwrap() {
            let file = entry.unwrap();
            std::fs::copy(file.path(), folder.path().join(file.file_name())).unwrap();
        }
        std::env::set_current_dir(folder.path()).unwrap();
        trycmd::TestCases::new()
            .env("MINDKEEP_DB", "memories.db")
            .env("NO_COLOR", "1")
            .env("COLUMNS", "100")
            .case(&page)
            .run();
        // The folder must not be somebody's working folder when it goes.
        std::env::set_current_dir(&pages).unwrap();
    }
}
