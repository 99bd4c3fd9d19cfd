//! What does an index say, all of it?

use super::block::END;
use super::bytes::DAMAGED;
use super::dictionary::Walk;
use super::docs::Doc;
use super::search::Words;
use super::stream::Source;
use crate::error::Result;

/// Calls `each` with every live document and its norm.
pub(crate) fn each_doc(source: &dyn Source, words: &Words, mut each: impl FnMut(Doc, u8)) -> Result<()> {
    let mut count = 0;
    for (number, segment) in words.segments().iter().enumerate() {
        let norms = segment.norms(source)?;
        for (doc, &norm) in segment.docs.all(source, segment.id)?.into_iter().zip(norms.iter()) {
            if words.is_live(number, doc.memory_id) {
                count += 1;
                each(doc, norm);
            }
        }
    }
    if count == words.size().docs { Ok(()) } else { Err(DAMAGED) }
}

/// Calls `each` with every term of every live document, and where it stands; term by term.
pub(crate) fn each_posting(
    source: &dyn Source,
    words: &Words,
    mut each: impl FnMut(i64, &[u8], &[u32]),
) -> Result<()> {
    let segments = words.segments();
    let mut ids = Vec::new();
    let mut walks: Vec<Option<Walk<'_>>> = Vec::new();
    for segment in segments {
        let docs = segment.docs.all(source, segment.id)?;
        ids.push(docs.into_iter().map(|doc| doc.memory_id).collect::<Vec<_>>());
        let mut walk = Walk::new(source, segment.id, &segment.dictionary);
        walks.push(if walk.next()? { Some(walk) } else { None });
    }
    let mut positions = Vec::new();
    while let Some(term) = walks.iter().flatten().map(|walk| &walk.term).min().cloned() {
        let (mut live, mut said) = (0_i64, 0_i64);
        for (number, walk) in walks.iter_mut().enumerate() {
            let Some(there) = walk.as_mut().filter(|walk| walk.term == term) else { continue };
            said += i64::from(there.place.docs) - i64::from(there.place.removed);
            if there.place.docs > 0 {
                let mut list = segments[number].list(source, there.place)?;
                while list.doc() != END {
                    let memory_id = ids[number][list.doc() as usize];
                    if words.is_live(number, memory_id) {
                        live += 1;
                        list.positions(&mut positions)?;
                        each(memory_id, &term, &positions);
                    }
                    list.next()?;
                }
            }
            if !there.next()? {
                *walk = None;
            }
        }
        // Ranking counts on this.
        if live != said {
            return Err(DAMAGED);
        }
    }
    Ok(())
}
