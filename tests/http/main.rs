//! The API over real HTTP against the real binary.

#[path = "../common/mod.rs"]
mod common;

mod bodies;
mod connections;
mod dify_templates;
mod fairness;
mod isolation;
mod javascript_language;
mod javascript_services;
mod library;
mod logs;
mod memory_limits;
mod output_and_file_limits;
mod queueing;
mod results;
mod routes;
mod shutdown;
mod sizes;
mod text;
mod time_limits;
