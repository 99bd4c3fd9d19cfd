//! How are hits written down for a language model to read?

use jiff::tz::TimeZone;

use super::{Hit, Recall};
use crate::error::{Error, Result};
use crate::model::Memory;

impl Hit {
    /// Hits as text for a prompt, in their order with an empty line in between: each with its date and time in a zone such as `UTC` or
    /// `Europe/London`, who said it (`speaker` of the metadata), and its content; what was said around it on lines before and
    /// behind. Further lines of a content are indented, so that none looks like another memory. What there is no room for in a budget is left out with dots. It is what [`Recall::budget`] counts.
    ///
    /// # Errors
    /// `InvalidInput` if there is no such time zone.
    ///
    /// ```
    /// use mindkeep::{Hit, NewMemory, Recall, Store};
    /// let store = Store::builder().open_in_memory()?;
    /// let fire = NewMemory::new("A great fire in the City.").at("1666-09-02T03:00:00Z".parse()?);
    /// store.remember(fire.metadata(mindkeep::Metadata::parse(r#"{"speaker":"Jane"}"#)?))?;
    /// let hits = store.recall(Recall::new("fire"))?;
    /// assert_eq!(Hit::prompt(&hits, "UTC")?, "[1666-09-02 03:00] Jane: A great fire in the City.");
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn prompt(hits: &[Self], zone: &str) -> Result<String> {
        let zone = Zone(Some(zone.to_owned())).read()?;
        let blocks: Vec<String> = hits.iter().map(|hit| hit.block(&zone)).collect();
        Ok(blocks.join(BETWEEN))
    }

    /// Its lines.
    pub(super) fn block(&self, zone: &TimeZone) -> String {
        let mut text = String::new();
        for turn in &self.before {
            line(&mut text, turn, None, zone);
            text.push('\n');
        }
        line(&mut text, &self.memory, self.part, zone);
        for turn in &self.after {
            text.push('\n');
            line(&mut text, turn, None, zone);
        }
        text
    }
}

/// What stands between two hits.
pub(super) const BETWEEN: &str = "\n\n";

fn line(text: &mut String, memory: &Memory, part: Option<(usize, usize)>, zone: &TimeZone) {
    let at = jiff::Timestamp::from_millisecond(memory.at.as_millis()).map(|at| zone.to_datetime(at));
    match at {
        Ok(at) => text.push_str(&format!("[{} {:02}:{:02}] ", at.date(), at.hour(), at.minute())),
        // No calendar has it.
        Err(_) => text.push_str("[?] "),
    }
    if let Some(speaker) = memory.metadata.get("speaker").as_ref().and_then(|speaker| speaker.as_str()) {
        // On one line, so that nobody looks like another line.
        text.push_str(&speaker.split_whitespace().collect::<Vec<_>>().join(" "));
        text.push_str(": ");
    }
    let content = &memory.content;
    let (from, to) = part.unwrap_or((0, content.len()));
    let shown = content.get(from..to).unwrap_or(content);
    text.push_str(if from > 0 { "… " } else { "" });
    text.push_str(&shown.lines().collect::<Vec<_>>().join("\n  "));
    text.push_str(if to < content.len() { " …" } else { "" });
}

/// The name of a time zone; UTC, if none is said.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Zone(Option<String>);

impl Zone {
    pub(super) fn read(&self) -> Result<TimeZone> {
        match &self.0 {
            None => Ok(TimeZone::UTC),
            Some(name) => TimeZone::get(name)
                .map_err(|_| Error::invalid("time zone", "is not a name such as Europe/London or UTC")),
        }
    }
}

impl Recall {
    /// The time zone in which days, and words such as "yesterday", are read, such as `Europe/London`; UTC unless said. A budget is counted with
    /// its dates, too.
    ///
    /// # Errors
    /// The call fails with `InvalidInput` if there is no such zone.
    ///
    /// ```
    /// let question = mindkeep::Recall::new("what did we plant yesterday?").tz("Asia/Kolkata");
    /// ```
    #[must_use]
    pub fn tz(mut self, zone: impl Into<String>) -> Self {
        self.zone = Zone(Some(zone.into()));
        self
    }
}
