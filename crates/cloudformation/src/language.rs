//! The template language: text → tree with positions → expressions → values (row CFN-1).
//!
//! Everything here is pure. What is wrong is gathered as diagnostics, several at once, each with its line and column;
//! a template with one diagnostic makes nothing.

pub mod check;
pub mod cidr;
pub mod condition;
pub mod diagnostic;
pub mod evaluate;
pub mod expression;
pub mod function;
pub mod json;
pub mod nearest;
pub mod node;
pub mod output;
pub mod parameter;
pub mod pseudo;
pub mod section;
pub mod source;
pub mod substitution;
pub mod template;
pub mod value;
pub mod yaml;

#[cfg(test)]
mod tests;
