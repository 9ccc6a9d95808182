//! Classes in use: one for each content, shared by all sets, kept while a set has addresses of it.

use std::collections::HashMap;

use croft_engine::tables::Class;

use crate::content::Content;

struct Entry {
    class: Class,
    /// How many sets have addresses of it.
    sets: usize,
}

/// Contents and their classes. A class never changes what it means: its number is a hash of its content.
#[derive(Default)]
pub(crate) struct Classes {
    by_content: HashMap<Content, Entry>,
    contents: HashMap<u32, Content>,
}

impl Classes {
    /// The class of a content, for one more set. True: it is new, and its rules have to be written.
    pub(crate) fn acquire(&mut self, content: &Content) -> (Class, bool) {
        if let Some(entry) = self.by_content.get_mut(content) {
            entry.sets += 1;
            return (entry.class, false);
        }
        let id = content.number(|n| self.contents.contains_key(&n));
        let class = content.class(id);
        self.by_content.insert(content.clone(), Entry { class, sets: 1 });
        self.contents.insert(id, content.clone());
        (class, true)
    }

    /// One set less. Gives the content if that was the last: its rules have to go.
    pub(crate) fn release(&mut self, id: u32) -> Option<Content> {
        let content = self.contents.get(&id)?;
        let entry = self.by_content.get_mut(content)?;
        entry.sets -= 1;
        if entry.sets > 0 {
            return None;
        }
        let content = self.contents.remove(&id)?;
        self.by_content.remove(&content);
        Some(content)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_lives_as_long_as_a_set_has_addresses_of_it() {
        let mut classes = Classes::default();
        let content = Content { rest: true, ..Content::default() };
        let (first, new) = classes.acquire(&content);
        assert!(new && first.id != 0);
        assert_eq!(classes.acquire(&content), (first, false));
        assert_eq!(classes.release(first.id), None);
        assert_eq!(classes.release(first.id), Some(content.clone()));
        assert_eq!(classes.release(first.id), None);
        // The same number again: it is derived from the content.
        assert_eq!(classes.acquire(&content), (first, true));
    }
}
