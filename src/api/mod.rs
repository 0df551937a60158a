//! dify-sandbox's HTTP API.
//!
//! A thin controller per route; what a request may not do is decided here, what a program may not
//! do in `execution`. Everything under `/v1/sandbox/` needs the key before anything else is looked
//! at, and a request to run a program needs a free place before its body is read.

mod auth;
mod body;
mod dependencies;
mod fields;
mod health;
mod request_id;
mod response;
mod run;
mod runner;
mod server;

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::Response;
use axum::routing::{get, post};

pub use runner::RunPrograms;
pub use server::{Drained, Leave, MAX_CONNECTIONS, Server, listen, longest_farewell};

use self::auth::KeyDigest;
use self::body::BodyLimit;
use crate::config::Settings;

/// What the routes share.
struct Api<R> {
    runner: R,
    body_limit: BodyLimit,
    network: Network,
    preload: Preload,
}

/// Whether requests may ask for network access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Network {
    Enabled,
    Disabled,
}

/// What becomes of a request's `preload`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Preload {
    Run,
    Ignore,
}

/// All routes.
pub fn router<R: RunPrograms>(runner: R, settings: &Settings) -> Router {
    let api = Arc::new(Api {
        runner,
        body_limit: BodyLimit::for_code(settings.execution.limits.code),
        network: if settings.enable_network {
            Network::Enabled
        } else {
            Network::Disabled
        },
        preload: if settings.enable_preload {
            Preload::Run
        } else {
            Preload::Ignore
        },
    });
    Router::new()
        .route("/health", get(health::health))
        .route("/v1/sandbox/run", post(run::run::<R>))
        .route("/v1/sandbox/dependencies", get(dependencies::list::<R>))
        .route(
            "/v1/sandbox/dependencies/refresh",
            get(dependencies::refresh::<R>),
        )
        .route(
            "/v1/sandbox/dependencies/update",
            post(dependencies::update::<R>),
        )
        .fallback(not_found)
        .method_not_allowed_fallback(not_found)
        .with_state(api)
        // Outside of the routes, so that what is no route needs the key as well.
        .layer(from_fn_with_state(
            KeyDigest::of(settings.http.key.secret()),
            auth::require_key,
        ))
        .layer(from_fn(request_id::attach))
}

async fn not_found(request: Request) -> Response {
    body::discard(request).await;
    response::not_found()
}

#[cfg(test)]
mod tests;
