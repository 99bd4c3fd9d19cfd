//! How far has it come? On stderr, for whatever takes over a second, if somebody looks.

use std::io::{IsTerminal, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Shorter work than this shows nothing: a flicker tells nobody anything.
const PATIENCE: Duration = Duration::from_secs(1);

/// A line on stderr that comes after a second and goes with the work.
pub struct Progress {
    what: &'static str,
    wanted: bool,
    start: Instant,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// Starts counting the time.
    pub fn new(what: &'static str, wanted: bool) -> Self {
        Self { what, wanted: wanted && std::io::stderr().is_terminal(), start: Instant::now(), bar: None }
    }

    /// `place` of `total` is done (of unknown work: `None`), and `items` of them can be counted.
    pub fn show(&mut self, place: u64, total: Option<u64>, items: Option<(u64, &str)>) {
        if !self.wanted || self.start.elapsed() < PATIENCE {
            return;
        }
        let what = self.what;
        let bar = self.bar.get_or_insert_with(|| {
            let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr());
            let template = match total {
                Some(_) => "{prefix}  {bar:28.cyan/dim} {percent:>3} %  {msg}  {eta} left",
                None => "{prefix}  {spinner}  {msg}  {elapsed}",
            };
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style.progress_chars("━╸─"));
            }
            bar.set_prefix(what);
            bar
        });
        if let Some((count, name)) = items {
            bar.set_message(format!("{} {name}", HumanCount(count)));
        }
        bar.set_position(place);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// A reader that counts the bytes it passes on.
pub struct Counted<R> {
    inner: R,
    bytes: Arc<AtomicU64>,
}

impl<R: Read> Counted<R> {
    /// Also the count, to be read elsewhere.
    pub fn new(inner: R) -> (Self, Arc<AtomicU64>) {
        let bytes = Arc::new(AtomicU64::new(0));
        let counted = Self { inner, bytes: Arc::clone(&bytes) };
        (counted, bytes)
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.bytes.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}
