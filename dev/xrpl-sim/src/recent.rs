//! The newest things made for some ledgers, so that they need not be made again soon.

use std::sync::{Mutex, PoisonError};

/// One place for each remainder of a ledger's index; the last one made stays.
#[derive(Debug)]
pub(crate) struct Recent<T>(Mutex<Vec<Option<(u32, T)>>>);

impl<T: Clone> Recent<T> {
    /// Remembers up to `places` neighbouring ledgers.
    pub(crate) fn new(places: usize) -> Self {
        Self(Mutex::new(vec![None; places]))
    }

    /// What was made for this ledger, if it is still remembered.
    pub(crate) fn get(&self, index: u32) -> Option<T> {
        let places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = places[index as usize % places.len()].as_ref();
        place.filter(|(of, _)| *of == index).map(|(_, made)| made.clone())
    }

    /// Remembers what was made for a ledger.
    pub(crate) fn put(&self, index: u32, made: T) {
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = index as usize % places.len();
        places[place] = Some((index, made));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_a_place_is_remembered() {
        let recent = Recent::new(4);
        (0..6).for_each(|index| recent.put(index, index * 10));
        let remembered: Vec<Option<u32>> = (0..7).map(|index| recent.get(index)).collect();
        assert_eq!(remembered, [None, None, Some(20), Some(30), Some(40), Some(50), None]);
    }
}
