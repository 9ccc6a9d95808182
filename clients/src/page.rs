//! Pages of the documentation: the lines to copy, as blocks that a test executes.

use std::path::Path;

/// A block of code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// What stands behind the opening fence, such as `sh`, or `hcl main.tf`.
    pub language: String,
    pub text: String,
}

impl Block {
    /// The file that the block is to be written to, if it says one.
    pub fn file(&self) -> Option<&str> {
        self.language.split_once(' ').map(|(_, file)| file)
    }
}

/// Every block of a page, in order.
///
/// # Panics
/// If the page cannot be read or a block is not closed.
pub fn blocks(page: &Path) -> Vec<Block> {
    let text = std::fs::read_to_string(page).unwrap_or_else(|e| panic!("{}: {e}", page.display()));
    let mut blocks: Vec<Block> = Vec::new();
    let mut open = false;
    for line in text.lines() {
        match (line.strip_prefix("```"), open) {
            (Some(language), false) => {
                blocks.push(Block { language: language.trim().to_string(), text: String::new() });
                open = true;
            }
            (Some(_), true) => open = false,
            (None, true) => {
                let block = blocks.last_mut().expect("a block is open");
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, false) => {}
        }
    }
    assert!(!open, "a block of {} is not closed", page.display());
    blocks
}
