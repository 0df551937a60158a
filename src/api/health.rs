//! `GET /health`: whether the server answers at all.

use axum::response::Response;

use super::response;

/// Touches nothing that a running program could hold up.
pub async fn health() -> Response {
    response::json(axum::http::StatusCode::OK, b"\"ok\"".to_vec())
}
