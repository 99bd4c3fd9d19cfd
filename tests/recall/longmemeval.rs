//! Is nothing of the later conversations recalled, where somebody asks in the middle of many?

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use mindkeep::eval::Vectors;
use mindkeep::{Import, Recall, Store, Timestamp};

use crate::ground::long;

/// The folder with the data, if there is one.
fn data() -> Option<PathBuf> {
    let named = std::env::var_os("MINDKEEP_DATA").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let folder = named.unwrap_or(beside).join("longmemeval");
    folder.join("memories.jsonl.gz").exists().then_some(folder)
}

#[test]
fn nothing_that_was_said_after_the_question_is_recalled() {
    let Some(folder) = data() else {
        return println!("skipped: no conversations (set MINDKEEP_DATA to the folder that has longmemeval/)");
    };
    let store = Store::builder().open_in_memory().unwrap();
    let report = store.import(File::open(folder.join("memories.jsonl.gz")).unwrap(), Import::new()).unwrap();
    assert!(report.memories > 5_000);
    let mut lines = String::new();
    GzDecoder::new(File::open(folder.join("questions.jsonl.gz")).unwrap())
        .read_to_string(&mut lines)
        .unwrap();
    let vectors = Vectors::read(File::open(folder.join("vectors.jsonl.gz")).unwrap()).unwrap();
    let model = vectors.model().unwrap();
    let (mut asked, mut left_out, mut by_vectors) = (0, 0, 0);
    for line in lines.lines() {
        let question: serde_json::Value = serde_json::from_str(line).unwrap();
        let text = question["question"].as_str().unwrap();
        let as_of: Timestamp = question["as_of"].as_str().unwrap().parse().unwrap();
        let recall = Recall::new(text).limit(200);
        let mut answers = vec![store.recall(recall.clone().as_of(as_of)).unwrap()];
        // Every third, where nothing is optimised.
        if let Some(vector) = vectors.get(text).filter(|_| long() || asked % 3 == 0) {
            let near = |text: &str| Recall::new(text).vector(model, vector).context(2).limit(50).as_of(as_of);
            answers.extend([near(text), near("")].map(|recall| store.recall(recall).unwrap()));
        }
        for (number, hit) in
            answers.iter().enumerate().flat_map(|(number, hits)| hits.iter().map(move |hit| (number, hit)))
        {
            let around = hit.before.iter().chain(&hit.after);
            assert!(around.chain([&hit.memory]).all(|memory| memory.at <= as_of), "{}", question["id"]);
            assert_eq!(hit.signals.iter().map(|signal| signal.value).sum::<f64>(), hit.score);
            by_vectors += u64::from(number == 2 && hit.signals.iter().any(|signal| signal.name == "vectors"));
        }
        // What is left is what an answer without the moment has of the time before; by words, as the moment of asking is another.
        let recall = recall.words_only();
        let all = store.count_hits(recall.clone()).unwrap();
        let until = store.count_hits(recall.clone().until(as_of.plus_millis(1))).unwrap();
        assert_eq!(store.count_hits(recall.as_of(as_of)).unwrap(), until);
        left_out += u64::from(until < all);
        asked += 1;
    }
    println!(
        "{asked} questions as of their moment, {left_out} in the middle; {by_vectors} hits by vectors alone"
    );
    assert!(asked > 200 && left_out > 100 && by_vectors > 3_000, "{asked}, {left_out}, {by_vectors}");
}
