//! Why is this a hit, in words?

use super::{Hit, Signal};

/// What gives less of a score than this is no reason.
const LITTLE: f64 = 0.01;

impl Hit {
    /// Why it was found, in words of English, what weighs most first: a reason for each signal that gives a hundredth of the score
    /// or more.
    ///
    /// ```
    /// use mindkeep::{NewMemory, Recall, Store};
    /// let store = Store::builder().open_in_memory()?;
    /// store.remember(NewMemory::new("A great fire burned in the City.").at("1666-09-02T00:00:00Z".parse()?))?;
    /// let hits = store.recall(Recall::new("fire in the city"))?;
    /// assert_eq!(hits[0].reasons()[0], "says *fire*, *City*");
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn reasons(&self) -> Vec<String> {
        let tells = |signal: &&Signal| signal.value >= LITTLE * self.score;
        let mut signals: Vec<&Signal> = self.signals.iter().filter(tells).collect();
        signals.sort_by(|a, b| b.value.total_cmp(&a.value));
        signals.into_iter().map(|signal| self.reason(signal)).collect()
    }

    fn reason(&self, signal: &Signal) -> String {
        let text = |member: &str| {
            let value = self.memory.metadata.get(member)?;
            value.as_str().map(|name| format!("said by {name}, whom the question names"))
        };
        match signal.name {
            "words" => self.said(),
            "vectors" => format!("means nearly the same (cosine {:.2})", signal.raw),
            "neighbours" => "stands next to what answers the question".to_owned(),
            "thread" => "is of a conversation that speaks of it".to_owned(),
            "speaker" => text("speaker")
                .or_else(|| text("role"))
                .unwrap_or_else(|| "said by whom the question names".to_owned()),
            "time" => "happened about when the question says".to_owned(),
            "graph" if signal.raw >= 1.0 => "mentions what the question names".to_owned(),
            "graph" => "mentions what is related to what the question names".to_owned(),
            "recency" => "happened not long before".to_owned(),
            "importance" => format!("is of importance {}", (signal.raw * 100.0).round() / 100.0),
            name => name.to_owned(),
        }
    }

    /// The words of its content that match, each once; a word may match elsewhere, as in a tag.
    fn said(&self) -> String {
        let mut said: Vec<String> = Vec::new();
        for word in self.matches.iter().filter_map(|&(from, to)| self.memory.content.get(from..to)) {
            let word = format!("*{word}*");
            if !said.iter().any(|there| there.to_lowercase() == word.to_lowercase()) {
                said.push(word);
            }
        }
        if said.is_empty() {
            "has words of the question beside its text".to_owned()
        } else {
            format!("says {}", said.join(", "))
        }
    }
}
