//! `demo`: what does it feel like to have memories?
//!
//! One story in seven chapters, told on the sample household or on files of one's own. Each chapter is found out here,
//! and printed by [`page`] as soon as it is known, or by [`document`] at the end.

mod circle;
mod document;
mod page;
mod questions;

use std::fs::{File, OpenOptions};
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Args;
use mindkeep::{Filter, Hits, Kind, Memory, PersonaScope, Stats, Store, Timeline, Timestamp};

use crate::commands::import::{self, Summary};
use crate::error::{Code, Failure, Result};
use crate::interrupt::Interrupt;
use crate::session::Session;
use crate::time::Clock;

use circle::Circle;

/// Import a sample and show what can be asked of it
///
/// The sample is a year and a half in the life of an invented household, as three assistants remember it. It comes with
/// the program. The store that is made stays, to be tried further; the one of --db is not touched.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mindkeep demo
  mindkeep demo --keep household.db
  mindkeep demo --data diary.jsonl.gz --ask \"What burned?\" --ask \"Who came to dinner?\"")]
pub struct Demo {
    /// Files in the portable format instead of the sample; may be given several times
    #[arg(long, value_name = "FILE")]
    data: Vec<PathBuf>,
    /// Where to make the store, which must not exist [default: a new file in the folder for temporary files]
    #[arg(long, value_name = "PATH")]
    keep: Option<PathBuf>,
    /// A question instead of those that come along; may be given several times
    #[arg(long, value_name = "TEXT")]
    ask: Vec<String>,
    /// Whose memories to look at [default: those of the persona with the most]
    #[arg(long, value_name = "NAME")]
    persona: Option<String>,
}

const SAMPLE: &[u8] = include_bytes!("../../../../examples/data/household.jsonl");
const SAMPLE_NAME: &str = "the sample household";

/// What is asked of the sample, and of whom.
const SAMPLE_QUESTIONS: [(&str, &str); 3] = [
    ("household/hearth", "Where was the coral ring found?"),
    ("household/hearth", "What did Admiral eat off the counter?"),
    ("household/shiuli", "Who opened the little door of the clock?"),
];
const SAMPLE_PERSONA: &str = "household/hearth";
const SAMPLE_KEY: &str = "coffee-arjun";

const TIMELINE_ROWS: usize = 6;
const HITS_EACH: usize = 2;

/// A page of a persona's timeline.
struct Page {
    persona: String,
    memories: Vec<Memory>,
    took: Duration,
}

/// A question and what answers it.
struct Answer {
    persona: String,
    question: String,
    hits: Hits,
    took: Duration,
}

/// What a key has stood for.
struct Changed {
    persona: String,
    kind: Kind,
    key: String,
    memories: Vec<Memory>,
    took: Duration,
}

/// How many memories each month has.
struct Months {
    counts: Vec<(String, u64)>,
    took: Duration,
}

/// All chapters, for those who read them at once.
struct Story {
    path: PathBuf,
    import: Summary,
    timeline: Page,
    answers: Vec<Answer>,
    changed: Option<Changed>,
    graph: Option<Circle>,
    months: Months,
    stats: Stats,
    opening: Duration,
    took: Duration,
}

impl Demo {
    /// Does it.
    pub fn run(self, session: &mut Session) -> Result<()> {
        let start = Instant::now();
        let sources = self.sources()?;
        let path = place(self.keep.as_deref())?;
        self.tell(sources, &path, start, session).map_err(|failure| abandoned(&path, failure))
    }

    fn tell(
        &self,
        sources: Vec<(String, Box<dyn Read>)>,
        path: &Path,
        start: Instant,
        session: &mut Session,
    ) -> Result<()> {
        let store = Store::open(path)?;
        let summary = bring_in(&store, sources, session)?;
        page::import(&summary, self.data.is_empty(), session)?;
        let persona = self.whose(&store)?;
        let timeline = timeline(&store, &persona)?;
        page::timeline(&timeline, session)?;
        let newest = timeline.memories.first().map(|memory| memory.at);
        let answers = self.answers(&store, &persona, newest)?;
        page::answers(&answers, session)?;
        let changed = self.changed(&store, &persona)?;
        page::changed(changed.as_ref(), session)?;
        let graph = Circle::find(&store, &persona, self.data.is_empty())?;
        page::graph(graph.as_ref(), session)?;
        let months = months(&store, &session.clock)?;
        page::months(&months, session)?;
        drop(store);
        let (stats, opening) = reopened(path)?;
        page::sizes(&stats, opening, session)?;
        let took = start.elapsed();
        page::end(path, &persona, answers.first(), took, session)?;
        if session.out.is_json() {
            let path = path.to_owned();
            let story = Story {
                path,
                import: summary,
                timeline,
                answers,
                changed,
                graph,
                months,
                stats,
                opening,
                took,
            };
            session.out.json(&document::Document::new(&story, &session.clock))?;
        }
        Ok(())
    }

    fn sources(&self) -> Result<Vec<(String, Box<dyn Read>)>> {
        if self.data.is_empty() {
            return Ok(vec![(SAMPLE_NAME.to_owned(), Box::new(SAMPLE))]);
        }
        let open = |path: &PathBuf| -> Result<(String, Box<dyn Read>)> {
            let file = File::open(path).map_err(|error| Failure::file("reading", path.display(), &error))?;
            Ok((path.display().to_string(), Box::new(BufReader::new(file))))
        };
        self.data.iter().map(open).collect()
    }

    /// The persona that was named, the sample's, or the one with the most memories.
    fn whose(&self, store: &Store) -> Result<String> {
        if let Some(persona) = &self.persona {
            return Ok(persona.clone());
        }
        if self.data.is_empty() {
            return Ok(SAMPLE_PERSONA.to_owned());
        }
        let counts = store.count_by_persona(&Filter::default())?;
        let largest = counts.into_iter().max_by_key(|(_, count)| *count);
        largest.map(|(name, _)| name.to_string()).ok_or_else(|| {
            Failure::new(
                Code::Failed,
                "Rejected",
                "there are no memories in the files",
                "Give files in the portable format, with lines of type `memory`.",
            )
        })
    }

    /// Asked as if it were the day of the newest memory: what is recent is seen from there.
    fn answers(&self, store: &Store, persona: &str, newest: Option<Timestamp>) -> Result<Vec<Answer>> {
        let asked: Vec<(String, String)> = if !self.ask.is_empty() {
            self.ask.iter().map(|question| (persona.to_owned(), question.clone())).collect()
        } else if self.data.is_empty() && self.persona.is_none() {
            SAMPLE_QUESTIONS.map(|(persona, question)| (persona.to_owned(), question.to_owned())).into()
        } else {
            let questions = questions::derive(store, persona)?;
            questions.into_iter().map(|question| (persona.to_owned(), question)).collect()
        };
        let mut answers = Vec::with_capacity(asked.len());
        for (persona, question) in asked {
            let start = Instant::now();
            let recall = mindkeep::Recall::new(question.as_str()).limit(HITS_EACH);
            let recall = newest.map_or(recall.clone(), |newest| recall.asked_at(newest));
            let hits = store.persona(persona.as_str()).recall(recall)?;
            answers.push(Answer { persona, question, hits, took: start.elapsed() });
        }
        Ok(answers)
    }

    /// A fact or preference that changed: the sample's, or the one that changed most often.
    fn changed(&self, store: &Store, persona: &str) -> Result<Option<Changed>> {
        let found = if self.data.is_empty() && self.persona.is_none() {
            Some((Kind::PREFERENCE, SAMPLE_KEY.to_owned()))
        } else {
            most_changed(store, persona)?
        };
        let Some((kind, key)) = found else {
            return Ok(None);
        };
        let start = Instant::now();
        let memories = store.persona(persona).history(&kind, &key)?;
        Ok(Some(Changed { persona: persona.to_owned(), kind, key, memories, took: start.elapsed() }))
    }
}

/// A new file: as named, or the first name that is free in the folder for temporary files.
fn place(keep: Option<&Path>) -> Result<PathBuf> {
    if let Some(path) = keep {
        return match claim(path) {
            Ok(()) => Ok(path.to_owned()),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Err(Failure::new(
                Code::Failed,
                "Conflict",
                format!("{} exists already", path.display()),
                "Name a file that does not exist; the demo never writes into another store.",
            )),
            Err(error) => Err(Failure::file("creating", path.display(), &error)),
        };
    }
    let folder = std::env::temp_dir();
    for number in 1..10_000 {
        let path = folder.join(format!("mindkeep-demo-{number}.db"));
        match claim(&path) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(Failure::file("creating", path.display(), &error)),
        }
    }
    Err(Failure::new(
        Code::Failed,
        "Conflict",
        format!("{} is full of stores of earlier demos", folder.display()),
        "Delete the files mindkeep-demo-*.db there, or name a file with --keep.",
    ))
}

/// Nobody has any use for a store in which nothing is; of another one, somebody has to know where it is.
fn abandoned(path: &Path, failure: Failure) -> Failure {
    let holds_something = Store::builder().read_only().open(path).and_then(|store| store.stats());
    let holds_something = holds_something.map(|stats| {
        let memories = stats.memories;
        memories.hot + memories.superseded + memories.forgotten + stats.entities > 0
    });
    // An empty file is no store yet.
    let is_nothing =
        matches!(holds_something, Ok(false)) || std::fs::metadata(path).is_ok_and(|about| about.len() == 0);
    if !is_nothing {
        return failure
            .reworded(str::to_owned, |hint| format!("{hint} The store stays in {}.", path.display()));
    }
    for suffix in ["", "-wal", "-shm", "-journal"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        // Where this fails an empty store stays, as it would have without.
        let _ = std::fs::remove_file(name);
    }
    failure
}

/// Makes the empty file, so that two demos at once do not take the same; the store is made in it.
fn claim(path: &Path) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path).map(drop)
}

fn bring_in(store: &Store, sources: Vec<(String, Box<dyn Read>)>, session: &Session) -> Result<Summary> {
    let interrupt = Interrupt::listen();
    let mut summary = Summary::default();
    let mut progress = session.progress("Importing");
    for (name, input) in sources {
        let report = import::read_one(store, input, import::Manner::default(), |lines, _| {
            progress.show(lines, None, Some((lines, "lines")));
            interrupt.flow()
        })?;
        summary.add(&name, report);
        if summary.stopped {
            return Err(Failure::new(
                Code::Failed,
                "Cancelled",
                "the demo was stopped; what was imported is in its store",
                "Run it again; it makes another store.",
            ));
        }
    }
    Ok(summary)
}

fn timeline(store: &Store, persona: &str) -> Result<Page> {
    let start = Instant::now();
    let page = store.persona(persona).timeline(Timeline::new().limit(TIMELINE_ROWS))?;
    Ok(Page { persona: persona.to_owned(), memories: page.memories, took: start.elapsed() })
}

/// Keys that are looked through for the one that changed most often.
const KEYS_LOOKED_AT: usize = 200;

fn most_changed(store: &Store, persona: &str) -> Result<Option<(Kind, String)>> {
    let kinds = [Kind::PREFERENCE, Kind::FACT];
    let timeline = kinds
        .iter()
        .fold(Timeline::new().limit(KEYS_LOOKED_AT), |timeline, kind| timeline.kind(kind.clone()));
    let persona = store.persona(persona);
    let mut most = None;
    let mut periods = 1;
    for memory in persona.timeline(timeline)?.memories {
        let Some(key) = memory.key else { continue };
        let history = persona.history(&memory.kind, &key)?;
        if history.len() > periods {
            periods = history.len();
            most = Some((memory.kind, key));
        }
    }
    Ok(most)
}

fn months(store: &Store, clock: &Clock) -> Result<Months> {
    let start = Instant::now();
    let everybody = Filter { personas: PersonaScope::All, ..Filter::default() };
    let counts = store.count_by_month(&everybody, clock.zone_name())?;
    Ok(Months { counts, took: start.elapsed() })
}

/// What the file holds once everything is in it, and how long opening it takes.
fn reopened(path: &Path) -> Result<(Stats, Duration)> {
    let start = Instant::now();
    let store = Store::builder().read_only().open(path)?;
    let took = start.elapsed();
    Ok((store.stats()?, took))
}
