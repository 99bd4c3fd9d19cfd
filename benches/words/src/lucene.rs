//! tantivy, with the persona as a filter.

use std::path::{Path, PathBuf};

use tantivy::collector::TopDocs;
use tantivy::query::{BooleanQuery, BoostQuery, Occur, Query, TermQuery};
use tantivy::schema::{Field, INDEXED, IndexRecordOption, STORED, STRING, Schema, TEXT, Value};
use tantivy::{Index, IndexReader, TantivyDocument, Term, doc};

use crate::{Engine, Text};

pub struct Tantivy {
    folder: PathBuf,
    reader: IndexReader,
    content: Field,
    persona: Field,
}

impl Tantivy {
    pub fn new(folder: &Path, texts: impl Iterator<Item = Text>) -> Self {
        let mut schema = Schema::builder();
        let content = schema.add_text_field("content", TEXT | STORED);
        let persona = schema.add_text_field("persona", STRING);
        let at = schema.add_i64_field("at", INDEXED);
        let index = Index::create_in_dir(folder, schema.build()).expect("creates");
        let mut writer = index.writer_with_num_threads(1, 256 << 20).expect("a writer");
        for text in texts {
            let persona_name = text.persona.to_string();
            let document = doc!(content => text.content, persona => persona_name, at => text.at);
            writer.add_document(document).expect("writes");
        }
        writer.commit().expect("commits");
        let segments = index.searchable_segment_ids().expect("lists");
        writer.merge(&segments).wait().expect("merges");
        writer.garbage_collect_files().wait().expect("collects");
        drop(writer);
        Self { folder: folder.to_owned(), reader: index.reader().expect("reads"), content, persona }
    }
}

impl Engine for Tantivy {
    fn name(&self) -> &'static str {
        "tantivy"
    }

    fn ask(&mut self, persona: usize, words: &[String]) -> usize {
        let term = |field, text: &str, how| -> Box<dyn Query> {
            Box::new(TermQuery::new(Term::from_field_text(field, text), how))
        };
        let any = words.iter().map(|word| (Occur::Should, term(self.content, word, IndexRecordOption::WithFreqs)));
        let any: Box<dyn Query> = Box::new(BooleanQuery::new(any.collect()));
        // It takes no part in the score.
        let filter = term(self.persona, &persona.to_string(), IndexRecordOption::Basic);
        let filter: Box<dyn Query> = Box::new(BoostQuery::new(filter, 0.0));
        let query = BooleanQuery::new(vec![(Occur::Must, any), (Occur::Must, filter)]);
        let searcher = self.reader.searcher();
        let found = searcher.search(&query, &TopDocs::with_limit(10).order_by_score()).expect("answers");
        found
            .into_iter()
            .map(|(_, address)| {
                let document: TantivyDocument = searcher.doc(address).expect("is there");
                document.get_first(self.content).and_then(|value| value.as_str()).map_or(0, str::len)
            })
            .sum()
    }

    /// Postings, positions, terms and lengths, without the stored texts.
    fn bytes(&self) -> u64 {
        let files = std::fs::read_dir(&self.folder).expect("lists").filter_map(Result::ok);
        files
            .filter(|file| {
                let name = file.file_name();
                [".idx", ".pos", ".term", ".fieldnorm"].iter().any(|end| name.to_string_lossy().ends_with(end))
            })
            .map(|file| file.metadata().map_or(0, |about| about.len()))
            .sum()
    }
}
