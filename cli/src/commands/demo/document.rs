//! How does the demo look to a program?

use mindkeep::Memory;
use serde::Serialize;

use super::{Circle, Story};
use crate::commands::import::Summary;
use crate::commands::stats;
use crate::output::figures::ms;
use crate::output::memory::{HitJson, MemoryJson};
use crate::time::Clock;

/// The chapters, in their order.
#[derive(Serialize)]
pub(super) struct Document<'d> {
    store: String,
    import: &'d Summary,
    timeline: TimelineJson<'d>,
    recalls: Vec<RecallJson<'d>>,
    history: Option<HistoryJson<'d>>,
    graph: Option<GraphJson<'d>>,
    months: Vec<MonthJson<'d>>,
    stats: stats::Document,
    opening_ms: f64,
    took_ms: f64,
}

#[derive(Serialize)]
struct TimelineJson<'d> {
    persona: &'d str,
    memories: Vec<MemoryJson<'d>>,
    took_ms: f64,
}

#[derive(Serialize)]
struct RecallJson<'d> {
    persona: &'d str,
    question: &'d str,
    hits: Vec<HitJson<'d>>,
    took_ms: f64,
}

#[derive(Serialize)]
struct HistoryJson<'d> {
    persona: &'d str,
    kind: &'d str,
    key: &'d str,
    memories: Vec<MemoryJson<'d>>,
    took_ms: f64,
}

#[derive(Serialize)]
struct GraphJson<'d> {
    persona: &'d str,
    entities: usize,
    relations: usize,
    ranked: &'d [String],
    centre: &'d str,
    close: Vec<&'d str>,
    way: Vec<&'d str>,
    communities: Vec<GroupJson<'d>>,
    took_ms: f64,
}

#[derive(Serialize)]
struct GroupJson<'d> {
    size: usize,
    members: &'d [String],
}

impl<'d> GraphJson<'d> {
    fn new(circle: &'d Circle) -> Self {
        let way = circle.way.iter().flat_map(|(steps, _)| steps);
        let groups = circle.groups.0.iter();
        Self {
            persona: &circle.persona,
            entities: circle.entities,
            relations: circle.relations,
            ranked: &circle.ranked.0,
            centre: &circle.centre,
            close: circle.close.0.iter().map(|close| &*close.name).collect(),
            way: way.map(|step| &*step.name).collect(),
            communities: groups
                .map(|group| GroupJson { size: group.size, members: &group.members })
                .collect(),
            took_ms: ms(circle.took()),
        }
    }
}

#[derive(Serialize)]
struct MonthJson<'d> {
    month: &'d str,
    memories: u64,
}

impl<'d> Document<'d> {
    /// With times in the zone of the call.
    pub(super) fn new(story: &'d Story, clock: &Clock) -> Self {
        let list = |memories: &'d [Memory]| MemoryJson::list(memories, clock);
        let recalls = story.answers.iter().map(|answer| RecallJson {
            persona: &answer.persona,
            question: &answer.question,
            hits: answer.hits.iter().map(|hit| HitJson::new(hit, clock)).collect(),
            took_ms: ms(answer.took),
        });
        let months = story.months.counts.iter();
        Self {
            store: story.path.display().to_string(),
            import: &story.import,
            timeline: TimelineJson {
                persona: &story.timeline.persona,
                memories: list(&story.timeline.memories),
                took_ms: ms(story.timeline.took),
            },
            recalls: recalls.collect(),
            history: story.changed.as_ref().map(|changed| HistoryJson {
                persona: &changed.persona,
                kind: changed.kind.as_str(),
                key: &changed.key,
                memories: list(&changed.memories),
                took_ms: ms(changed.took),
            }),
            graph: story.graph.as_ref().map(GraphJson::new),
            months: months.map(|(month, memories)| MonthJson { month, memories: *memories }).collect(),
            stats: story.stats.into(),
            opening_ms: ms(story.opening),
            took_ms: ms(story.took),
        }
    }
}
