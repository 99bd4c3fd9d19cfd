//! Which entity does this name mean?
//!
//! All names lie in one text, one after the other, apart from the arrays that traversals run on. A table of their
//! hashes, half empty, finds them.

use xxhash_rust::xxh3::xxh3_64;

const EMPTY: u32 = u32::MAX;

/// Names by number and numbers by name; several may have the same name.
pub(crate) struct Names {
    text: String,
    /// Where each begins, and the end.
    starts: Vec<usize>,
    slots: Vec<u32>,
}

impl Default for Names {
    fn default() -> Self {
        Self { text: String::new(), starts: vec![0], slots: vec![EMPTY; 2] }
    }
}

impl Names {
    pub(crate) fn push(&mut self, name: &str) {
        let number = self.len() as u32;
        self.text.push_str(name);
        self.starts.push(self.text.len());
        if self.len() * 2 > self.slots.len() {
            self.slots = vec![EMPTY; self.slots.len() * 2];
            (0..=number).for_each(|number| self.enter(number));
        } else {
            self.enter(number);
        }
    }

    fn enter(&mut self, number: u32) {
        let mask = self.slots.len() - 1;
        let mut slot = xxh3_64(self.get(number).as_bytes()) as usize & mask;
        while self.slots[slot] != EMPTY {
            slot = (slot + 1) & mask;
        }
        self.slots[slot] = number;
    }

    pub(crate) fn len(&self) -> usize {
        self.starts.len() - 1
    }

    pub(crate) fn get(&self, number: u32) -> &str {
        let number = number as usize;
        &self.text[self.starts[number]..self.starts[number + 1]]
    }

    /// The numbers of all that have this name.
    pub(crate) fn find<'n>(&'n self, name: &'n str) -> impl Iterator<Item = u32> + 'n {
        let mask = self.slots.len() - 1;
        let first = xxh3_64(name.as_bytes()) as usize;
        (0..self.slots.len())
            .map(move |step| self.slots[first.wrapping_add(step) & mask])
            .take_while(|&number| number != EMPTY)
            .filter(move |&number| self.get(number) == name)
    }

    /// Its text, where each name begins with the end, and the table of hashes, as they are stored.
    pub(super) fn parts(&self) -> (&[u8], &[usize], &[u32]) {
        (self.text.as_bytes(), &self.starts, &self.slots)
    }

    /// Names from what was stored, if it can be that.
    pub(super) fn from_parts(text: Vec<u8>, starts: Vec<usize>, slots: Vec<u32>) -> Option<Self> {
        let text = String::from_utf8(text).ok()?;
        let len = starts.len().checked_sub(1)?;
        let is_sound = starts[0] == 0
            && starts[len] == text.len()
            && starts.is_sorted()
            && starts.iter().all(|&start| text.is_char_boundary(start))
            && slots.len() >= 2
            && slots.len().is_power_of_two()
            && slots.iter().all(|&slot| slot == EMPTY || (slot as usize) < len);
        is_sound.then_some(Self { text, starts, slots })
    }

    pub(crate) fn bytes(&self) -> usize {
        self.text.capacity() + self.starts.capacity() * size_of::<usize>() + self.slots.capacity() * 4
    }

    pub(crate) fn shrink(&mut self) {
        self.text.shrink_to_fit();
        self.starts.shrink_to_fit();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_however_many_there_are() {
        let mut names = Names::default();
        assert_eq!(names.find("").count(), 0);
        for n in 0..1_000 {
            names.push(&format!("name {n}"));
            names.push("the same");
            names.push("");
        }
        for n in 0..1_000 {
            assert_eq!(names.find(&format!("name {n}")).collect::<Vec<_>>(), [n * 3]);
        }
        let mut same: Vec<_> = names.find("the same").collect();
        same.sort_unstable();
        assert!(same.into_iter().eq((0..1_000).map(|n| n * 3 + 1)));
        assert_eq!((names.find("").count(), names.find("name").count()), (1_000, 0));
    }
}
