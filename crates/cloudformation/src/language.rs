//! The template language: text → tree with positions → expressions → values (row CFN-1).
//!
//! Everything here is pure. What is wrong is gathered as diagnostics, several at once, each with its line and column;
//! a template with one diagnostic makes nothing.

pub mod bound;
pub mod check;
pub mod cidr;
pub mod condition;
pub mod creation_policy;
pub mod diagnostic;
pub mod dynamic;
pub mod evaluate;
pub mod existing;
pub mod export;
pub mod expression;
pub mod for_each;
pub mod function;
pub mod in_order;
pub mod input;
pub mod json;
pub mod mapping;
pub mod nearest;
pub mod node;
pub mod output;
pub mod parameter;
pub mod parameter_type;
pub mod policy;
pub mod processed;
pub mod pseudo;
pub mod public_image;
pub mod resource;
pub mod rule;
pub mod section;
pub mod skip;
pub mod source;
pub mod substitution;
pub mod template;
pub mod transform;
pub mod tree;
pub mod value;
pub mod yaml;

#[cfg(test)]
mod tests;
