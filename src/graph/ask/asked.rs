//! Which relations does a question want? As said by names and times.

use crate::error::{Error, Result};
use crate::graph::arrays::Snapshot;
use crate::graph::walk::Conditions;
use crate::model::Timestamp;
use crate::model::limits::{FILTER_NAMES_MAX, GRAPH_DEPTH_MAX, GRAPH_NAMES_MAX, GRAPH_RESULTS_MAX};

/// Conditions on relations, by label.
#[derive(Debug, Clone, Default)]
pub(super) struct Asked {
    pub(super) labels: Vec<String>,
    pub(super) weight_min: Option<f64>,
    pub(super) weight_max: Option<f64>,
    pub(super) at: Option<Timestamp>,
}

impl Asked {
    /// Fails if it makes no sense, whatever the graph.
    pub(super) fn check(&self) -> Result<()> {
        if self.labels.len() > FILTER_NAMES_MAX {
            return Err(Error::invalid("label", "more than 1,000 are named"));
        }
        for (field, weight) in [("weight_min", self.weight_min), ("weight_max", self.weight_max)] {
            if weight.is_some_and(f64::is_nan) {
                return Err(Error::invalid(field, "is not a number"));
            }
        }
        Ok(())
    }

    /// Whether a relation that is in no snapshot is wanted.
    pub(super) fn holds(&self, label: &str, (from, to): (i64, i64), weight: f64) -> bool {
        (self.labels.is_empty() || self.labels.iter().any(|wanted| wanted == label))
            && self.weight_min.is_none_or(|least| weight >= least)
            && self.weight_max.is_none_or(|most| weight <= most)
            && self.at.is_none_or(|at| from <= at.as_millis() && at.as_millis() < to)
    }

    pub(super) fn meant(&self, snapshot: &Snapshot) -> Result<Conditions> {
        self.check()?;
        let mut conditions = Conditions::default();
        if !self.labels.is_empty() {
            // A label that no relation has lets none pass.
            let numbers = self.labels.iter().filter_map(|label| snapshot.label_number(label));
            conditions.labels = Some(numbers.collect());
        }
        conditions.weight_min = self.weight_min.unwrap_or(conditions.weight_min);
        conditions.weight_max = self.weight_max.unwrap_or(conditions.weight_max);
        conditions.at = self.at.map(Timestamp::as_millis);
        Ok(conditions)
    }
}

/// The conditions on relations that questions share.
macro_rules! condition_methods {
    ($example:literal) => {
        /// Only relations of this label; said several times, of any of these.
        ///
        #[doc = crate::graph::ask::example!($example "let asked = asked.label(\"met\").label(\"married\");")]
        #[must_use]
        pub fn label(mut self, label: impl Into<String>) -> Self {
            self.asked.labels.push(label.into());
            self
        }

        crate::graph::ask::asked::weight_and_time_methods!($example);
    };
}
pub(super) use condition_methods;

/// The same but for labels.
macro_rules! weight_and_time_methods {
    ($example:literal) => {
        /// Only relations of this weight or more.
        ///
        #[doc = crate::graph::ask::example!($example "let asked = asked.weight_min(2.0);")]
        #[must_use]
        pub fn weight_min(mut self, weight: f64) -> Self {
            self.asked.weight_min = Some(weight);
            self
        }

        /// Only relations of this weight or less.
        ///
        #[doc = crate::graph::ask::example!($example "let asked = asked.weight_max(2.0);")]
        #[must_use]
        pub fn weight_max(mut self, weight: f64) -> Self {
            self.asked.weight_max = Some(weight);
            self
        }

        /// Only relations that held at this time: from the start of their validity until before its end.
        ///
        #[doc = crate::graph::ask::example!($example "let asked = asked.at(\"1666-09-02T00:00:00Z\".parse()?);")]
        #[must_use]
        pub fn at(mut self, time: crate::model::Timestamp) -> Self {
            self.asked.at = Some(time);
            self
        }
    };
}
pub(super) use weight_and_time_methods;

pub(super) fn check_depth(depth: u32) -> Result<()> {
    if depth > GRAPH_DEPTH_MAX {
        return Err(Error::invalid("depth", "is more than 64"));
    }
    Ok(())
}

pub(super) fn check_limit(limit: usize) -> Result<()> {
    if !(1..=GRAPH_RESULTS_MAX).contains(&limit) {
        return Err(Error::invalid("limit", "is not between 1 and 1,000,000"));
    }
    Ok(())
}

pub(super) fn check_names(names: &[String], none_is_fine: bool) -> Result<()> {
    if names.is_empty() && !none_is_fine {
        return Err(Error::invalid("name", "is missing"));
    }
    if names.len() > GRAPH_NAMES_MAX {
        return Err(Error::invalid("name", "more than 10,000 are given"));
    }
    Ok(())
}
