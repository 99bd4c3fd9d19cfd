//! `recall`: which memories answer a question?

use std::io::Write;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;
use mindkeep::{Filter, Hits, Missing, Store};

use crate::args::{self, Filters, Personas, Shape};
use crate::commands::empty::{self, Where};
use crate::commands::eval::vectors;
use crate::error::{Failure, Result};
use crate::output::figures;
use crate::output::memory::{self, HitJson};
use crate::output::style::DIM;
use crate::session::Session;
use crate::time::Clock;

/// Find the memories that answer a question best
///
/// Words are looked up without case and accents; "quoted words" are a phrase and word* is a prefix. One word is enough,
/// the more the better. Matches are in bold; of a long memory the part is shown that has most of them. The persona `default` is asked, unless others are named.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mindkeep recall \"Where is the spare key?\"
  mindkeep recall --persona-prefix household --since 2025-01-01 --limit 3 coral ring
  mindkeep recall --persona household/hearth --all-words --explain '\"wall clock\" pendul*'
  mindkeep recall --all-personas --typos bisciut
  mindkeep recall --all-personas --like 0190b0a4-0000-7000-8000-000000000001
  mindkeep recall --persona household/hearth --as-of 2025-06-01 --entity Admiral --context 2 butter
  mindkeep recall --persona household/hearth --budget 800 --prompt \"What did we plant last May?\"
  mindkeep recall --persona household/hearth --count flood")]
pub struct Recall {
    /// The question, up to 64 KiB; `-` reads standard input
    #[arg(value_name = "QUESTION", required_unless_present = "like")]
    question: Vec<String>,
    /// In place of a question a memory, to find those that are like it; see `list --ids`
    #[arg(long, value_name = "ID", conflicts_with = "question")]
    like: Option<String>,
    #[command(flatten)]
    personas: Personas,
    #[command(flatten)]
    filters: Filters,
    /// How many hits at most, 1 to 1000 [default: 10, or 100 with --budget]
    #[arg(long, value_name = "NUMBER")]
    limit: Option<usize>,
    #[command(flatten)]
    shape: Shape,
    /// Only memories that have all of the words
    #[arg(long)]
    all_words: bool,
    /// Find words of four letters and more although one letter is wrong, missing, too many or changed over
    #[arg(long)]
    typos: bool,
    /// Only say how many memories answer
    #[arg(long, conflicts_with_all = ["limit", "explain", "offset", "context", "budget", "prompt", "diverse", "collapse"])]
    count: bool,
    /// Show why each memory was found: in words, and what each signal says, weighs and gives to the score
    #[arg(long)]
    explain: bool,
    /// Vectors of questions, as for `eval`: lines {"model","text","f16"} or "f32" in base64. The question's is looked up by its text
    /// without the names of those who speak, else as it is
    #[arg(long, value_name = "FILE", conflicts_with_all = ["no_vectors", "like"])]
    vectors: Option<PathBuf>,
    /// Ask in words alone; so it is without --vectors, too
    #[arg(long)]
    no_vectors: bool,
}

/// Where the question's vector may be.
struct Vector {
    question: String,
    filter: Filter,
    file: PathBuf,
}

impl Vector {
    /// Gives it to the question. Returns whether there is one.
    fn give(&self, store: &Store, recall: mindkeep::Recall) -> Result<(mindkeep::Recall, bool)> {
        let table = vectors(&self.file)?;
        let cut = store.text_to_embed(&self.question, &self.filter)?;
        Ok(match (table.model(), table.get(&cut).or_else(|| table.get(&self.question))) {
            (Some(model), Some(vector)) => (recall.vector(model, vector), true),
            _ => (recall, false),
        })
    }
}

const NO_VECTOR: &str = "the file has no vector of this question: it is asked in words alone";

struct Job {
    vector: Option<Vector>,
    zone: String,
    prompt: bool,
    deadline: Option<Duration>,
    recall: mindkeep::Recall,
    one_persona: bool,
    place: Where,
    explain: bool,
    count: bool,
}

#[derive(serde::Serialize)]
struct Document<'d> {
    hits: Vec<HitJson<'d>>,
    /// The hits as text for a prompt.
    #[serde(skip_serializing_if = "Option::is_none")]
    prompt: Option<String>,
    /// What was found damaged, so that hits may be missing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    damage: Vec<&'static str>,
    /// What of the question said nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    missing: Vec<MissingJson>,
    took_ms: f64,
}

#[derive(serde::Serialize)]
struct MissingJson {
    what: &'static str,
    /// How many are without a vector.
    #[serde(skip_serializing_if = "Option::is_none")]
    memories: Option<u64>,
    message: String,
}

impl From<&Missing> for MissingJson {
    fn from(missing: &Missing) -> Self {
        let memories = match missing {
            Missing::Vectors { memories } => Some(*memories),
            _ => None,
        };
        Self { what: missing.kind(), memories, message: missing.to_string() }
    }
}

#[derive(serde::Serialize)]
struct Count {
    count: u64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    damage: Vec<&'static str>,
    took_ms: f64,
}

impl Recall {
    fn job(self, clock: &Clock) -> Result<Job> {
        let named = self.personas.is_said();
        let place = if named { Where::Named } else { Where::Default };
        let one_persona = self.personas.persona.len() == 1 || !named;
        let (explain, count) = (self.explain, self.count);
        let (prompt, zone) = (self.shape.prompt, clock.zone_name().to_owned());
        let deadline = self.shape.deadline.map(Duration::from_millis);
        let vector = self.vector()?;
        let recall = self.question(clock)?;
        Ok(Job { vector, zone, prompt, deadline, recall, one_persona, place, explain, count })
    }

    fn vector(&self) -> Result<Option<Vector>> {
        Ok(match &self.vectors {
            Some(_) if self.question == ["-"] => {
                return Err(Failure::invalid(
                    "--vectors wants the question on the command line",
                    "Say it in place of `-`.",
                ));
            }
            Some(file) if !self.no_vectors => {
                let filter = Filter { personas: self.personas.clone().scope(), ..Filter::default() };
                Some(Vector { question: self.question.join(" "), filter, file: file.clone() })
            }
            _ => None,
        })
    }

    /// What is asked of a store, with its vector if it has one.
    pub fn of_store(self, store: &Store, session: &Session) -> Result<mindkeep::Recall> {
        let Job { vector, recall, .. } = self.job(&session.clock)?;
        let Some(vector) = vector else { return Ok(recall) };
        let (recall, has_vector) = vector.give(store, recall)?;
        if !has_vector {
            session.note(NO_VECTOR);
        }
        Ok(recall)
    }

    fn question(self, clock: &Clock) -> Result<mindkeep::Recall> {
        let filter = self.filters.meant(self.personas.scope(), clock)?;
        let about = match self.like {
            Some(id) => mindkeep::Recall::like(args::id(&id)?),
            None => mindkeep::Recall::new(args::text_or_stdin(self.question.join(" "))?),
        };
        let mut recall = self.shape.meant(about.filter(filter), clock)?;
        if let Some(limit) = self.limit {
            recall = recall.limit(limit);
        }
        if self.all_words {
            recall = recall.all_words();
        }
        if self.typos {
            recall = recall.typos();
        }
        Ok(recall)
    }

    /// Does it.
    pub fn run(self, session: &mut Session) -> Result<()> {
        let job = self.job(&session.clock)?;
        let mut store = session.open_to_read()?;
        if let Some(deadline) = job.deadline {
            store = store.with_deadline(deadline);
        }
        let (recall, has_vector) = match job.vector {
            Some(vector) => vector.give(&store, job.recall)?,
            None => (job.recall, true),
        };
        if !has_vector {
            session.note(NO_VECTOR);
        }
        let start = Instant::now();
        if job.count {
            let count = store.count_hits(recall)?;
            let took_ms = figures::ms(start.elapsed());
            say_what_is_missing(&store, session);
            if session.out.is_json() {
                return session.out.json(&Count { count, damage: store.damage(), took_ms });
            }
            writeln!(session.out, "{}", figures::counted(count, "memory", "memories"))?;
            return Ok(());
        }
        let hits = store.recall(recall)?;
        let took = start.elapsed();
        say_what_is_missing(&store, session);
        for missing in &hits.missing {
            session.note(&missing.to_string());
        }
        let prompt = job.prompt.then(|| mindkeep::Hit::prompt(&hits, &job.zone)).transpose()?;
        if session.out.is_json() {
            return session.out.json(&Document {
                prompt,
                hits: hits
                    .iter()
                    .map(|hit| HitJson::new(hit, &session.clock).explained(job.explain))
                    .collect(),
                damage: store.damage(),
                missing: missing(&hits, has_vector),
                took_ms: figures::ms(took),
            });
        }
        if hits.is_empty() {
            let is_asked = !hits.missing.contains(&Missing::Words);
            let place = if is_asked { job.place } else { Where::Named };
            return empty::say(&store, "Nothing that answers this.", place, session);
        }
        let (clock, out) = (&session.clock, &mut session.out);
        if let Some(prompt) = prompt {
            return Ok(writeln!(out, "{prompt}")?);
        }
        for (place, hit) in hits.iter().enumerate() {
            memory::print_hit(place + 1, hit, !job.one_persona, clock, out)?;
            if job.explain {
                memory::print_why(hit, out)?;
            }
            writeln!(out, "    {DIM}{}{DIM:#}", hit.memory.id)?;
        }
        let found = figures::counted(hits.len() as u64, "hit", "hits");
        writeln!(out, "{DIM}{found} in {}{DIM:#}", figures::duration(took))?;
        Ok(())
    }
}

/// What of a question said nothing.
fn missing(hits: &Hits, has_vector: bool) -> Vec<MissingJson> {
    let no_vector =
        (!has_vector).then(|| MissingJson { what: "vector", memories: None, message: NO_VECTOR.to_owned() });
    no_vector.into_iter().chain(hits.missing.iter().map(MissingJson::from)).collect()
}

/// Says what of the index could not be asked.
pub(super) fn say_what_is_missing(store: &mindkeep::Store, session: &Session) {
    for what in store.damage() {
        session.note(&format!(
            "{what} is damaged, and its memories were not found: `mindkeep maintain` makes it anew"
        ));
    }
}
