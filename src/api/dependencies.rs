//! `/v1/sandbox/dependencies`: the packages that programs find.
//!
//! They are part of the runtimes for now, so that refreshing and updating have nothing to do and
//! say so by succeeding at once.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::Uri;
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;

use super::fields::{BodyKind, Fields};
use super::response::{Refusal, success};
use super::{Api, RunPrograms, body};
use crate::program::{Language, Package};

#[derive(Serialize)]
struct Listing {
    dependencies: Vec<Package>,
}

/// `GET …/dependencies?language=python3`
pub async fn list<R: RunPrograms>(State(api): State<Arc<Api<R>>>, uri: Uri) -> Response {
    match in_query(&uri) {
        Ok(language) => success(Listing {
            dependencies: api.runner.packages(language),
        }),
        Err(refusal) => refusal.into_response(),
    }
}

/// `GET …/dependencies/refresh?language=python3`
pub async fn refresh<R: RunPrograms>(api: State<Arc<Api<R>>>, uri: Uri) -> Response {
    list(api, uri).await
}

/// `POST …/dependencies/update`
pub async fn update<R: RunPrograms>(State(api): State<Arc<Api<R>>>, request: Request) -> Response {
    match in_body(&api, request).await {
        Ok(_) => success(Nothing {}),
        Err(refusal) => refusal.into_response(),
    }
}

#[derive(Serialize)]
struct Nothing {}

fn in_query(uri: &Uri) -> Result<Language, Refusal> {
    let query = uri.query().unwrap_or_default();
    language(Fields::from_form(query.as_bytes()), BodyKind::Form)
}

async fn in_body<R>(api: &Api<R>, request: Request) -> Result<Language, Refusal> {
    let kind = BodyKind::of(request.headers());
    let body = body::receive(request.into_body(), api.body_limit).await?;
    language(kind.read(&body)?, kind)
}

fn language(mut fields: Fields, kind: BodyKind) -> Result<Language, Refusal> {
    let name = fields.take_language().map_err(|wrong| kind.refuse(wrong))?;
    Language::from_api_name(&name).ok_or(Refusal::UnsupportedLanguage)
}
