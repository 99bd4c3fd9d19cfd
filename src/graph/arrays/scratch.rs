//! Where does a traversal note whom it has met?
//!
//! In a bit for each entity, kept from one traversal to the next, so that a short one need not clear or allocate what is
//! as large as the graph.

use std::sync::{Mutex, PoisonError};

/// Scratches that are kept for later.
const KEPT_MAX: usize = 8;

/// Bits that are all clear between two traversals.
#[derive(Default)]
pub(crate) struct Scratches(Mutex<Vec<Vec<u64>>>);

/// A bit for each entity. Whoever sets one clears it.
pub(crate) struct Scratch<'s> {
    bits: Vec<u64>,
    home: &'s Scratches,
}

impl Scratches {
    pub(crate) fn take(&self, nodes: usize) -> Scratch<'_> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut bits = kept.unwrap_or_default();
        let words = nodes.div_ceil(64);
        if bits.len() < words {
            bits.resize(words, 0);
        }
        Scratch { bits, home: self }
    }
}

impl Scratch<'_> {
    /// Sets the bit; whether it was clear.
    #[inline]
    pub(crate) fn set(&mut self, node: u32) -> bool {
        let word = &mut self.bits[node as usize / 64];
        let bit = 1 << (node % 64);
        let clear = *word & bit == 0;
        *word |= bit;
        clear
    }

    pub(crate) fn unset(&mut self, node: u32) {
        self.bits[node as usize / 64] &= !(1 << (node % 64));
    }

    #[inline]
    pub(crate) fn has(&self, node: u32) -> bool {
        self.bits[node as usize / 64] & (1 << (node % 64)) != 0
    }

    /// Clears the bits of those met, and of any others in the same words.
    pub(crate) fn clear(mut self, met: &[u32]) {
        if met.len() > self.bits.len() {
            self.bits.fill(0);
        } else {
            met.iter().for_each(|&node| self.bits[node as usize / 64] = 0);
        }
        let mut kept = self.home.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < KEPT_MAX {
            kept.push(std::mem::take(&mut self.bits));
        }
    }
}
