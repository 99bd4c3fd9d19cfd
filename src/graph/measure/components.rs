//! Which parts does the graph fall into?

use super::{Look, Watch};
use crate::error::Result;
use crate::graph::arrays::{Snapshot, Way};

/// By entity, the number of its connected part, direction aside. Parts are numbered by their first entity.
pub(crate) fn weak(snapshot: &Snapshot, watch: &Watch<'_>) -> Result<Vec<u32>> {
    let mut parents: Vec<u32> = snapshot.nodes().collect();
    let mut look = Look::new(watch);
    for node in snapshot.nodes() {
        let ends = snapshot.ends(node, Way::Out);
        look.after(1 + ends.len())?;
        let mut root = top(&mut parents, node);
        for &end in ends {
            let other = top(&mut parents, end);
            // The smaller number leads, so that a part is known by its first entity.
            let (first, second) = (root.min(other), root.max(other));
            parents[second as usize] = first;
            root = first;
        }
    }
    let mut parts = 0;
    // A leader has the smallest number of its part: it has its part's number before the others ask.
    for node in 0..parents.len() {
        let parent = parents[node];
        if parent as usize == node {
            parents[node] = parts;
            parts += 1;
        } else {
            parents[node] = parents[parent as usize];
        }
    }
    Ok(parents)
}

fn top(parents: &mut [u32], mut node: u32) -> u32 {
    while parents[node as usize] != node {
        let parent = parents[node as usize];
        parents[node as usize] = parents[parent as usize];
        node = parents[node as usize];
    }
    node
}

const NEW: u32 = u32::MAX;

/// By entity, the number of its strongly connected part, within which everybody reaches everybody. Parts are numbered
/// by their first entity. Tarjan's algorithm, without recursion.
pub(crate) fn strong(snapshot: &Snapshot, watch: &Watch<'_>) -> Result<Vec<u32>> {
    let nodes = snapshot.len();
    let mut met = vec![NEW; nodes];
    let mut low = vec![0_u32; nodes];
    let mut part = vec![NEW; nodes];
    let mut waiting: Vec<u32> = Vec::new();
    let mut open: Vec<(u32, usize)> = Vec::new();
    let (mut count, mut parts) = (0, 0);
    let mut look = Look::new(watch);
    for start in snapshot.nodes() {
        if met[start as usize] != NEW {
            continue;
        }
        open.push((start, 0));
        while let Some((node, place)) = open.last_mut() {
            let here = *node as usize;
            if *place == 0 {
                look.after(1)?;
                met[here] = count;
                low[here] = count;
                count += 1;
                waiting.push(*node);
            }
            let ends = snapshot.ends(*node, Way::Out);
            let mut inner = None;
            while *place < ends.len() {
                let end = ends[*place] as usize;
                *place += 1;
                if met[end] == NEW {
                    inner = Some(end as u32);
                    break;
                }
                if part[end] == NEW {
                    low[here] = low[here].min(met[end]);
                }
            }
            if let Some(inner) = inner {
                open.push((inner, 0));
                continue;
            }
            open.pop();
            if let Some(&(outer, _)) = open.last() {
                low[outer as usize] = low[outer as usize].min(low[here]);
            }
            if low[here] == met[here] {
                while let Some(member) = waiting.pop() {
                    part[member as usize] = parts;
                    if member as usize == here {
                        break;
                    }
                }
                parts += 1;
            }
        }
    }
    renumber(&mut part);
    Ok(part)
}

/// Numbers parts by their first entity; returns how many there are.
pub(super) fn renumber(parts: &mut [u32]) -> u32 {
    let most = parts.iter().max().map_or(0, |&most| most as usize + 1);
    let mut numbers = vec![NEW; most];
    let mut next = 0;
    for part in parts {
        let number = &mut numbers[*part as usize];
        if *number == NEW {
            *number = next;
            next += 1;
        }
        *part = *number;
    }
    next
}
