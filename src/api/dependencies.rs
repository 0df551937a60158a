//! `/v1/sandbox/dependencies`: the packages that programs find.
//!
//! Refreshing and updating bring them in line with the operator's list and answer when that is
//! done. A failure is no error of the request: what was there stays, and `problem` says why.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::Uri;
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;

use super::fields::{BodyKind, Fields};
use super::response::{Refusal, success};
use super::{Api, RunPrograms, body};
use crate::program::{Language, Package, PackageState};

#[derive(Serialize)]
struct Listing {
    dependencies: Vec<Package>,
    /// Packages on the operator's list that programs cannot have.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    refused: Vec<Package>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

impl Listing {
    fn of(runner: &impl RunPrograms, language: Language) -> Self {
        let packages = runner.packages(language).into_iter();
        let (refused, dependencies) =
            packages.partition(|package| package.state == Some(PackageState::Refused));
        Self {
            dependencies,
            refused,
            problem: runner.packages_problem(language),
        }
    }
}

/// `GET …/dependencies?language=python3`
pub async fn list<R: RunPrograms>(State(api): State<Arc<Api<R>>>, uri: Uri) -> Response {
    match in_query(&uri) {
        Ok(language) => success(Listing::of(&api.runner, language)),
        Err(refusal) => refusal.into_response(),
    }
}

/// `GET …/dependencies/refresh?language=python3`
pub async fn refresh<R: RunPrograms>(State(api): State<Arc<Api<R>>>, uri: Uri) -> Response {
    match in_query(&uri) {
        Ok(language) => {
            api.runner.refresh_packages(language).await;
            success(Listing::of(&api.runner, language))
        }
        Err(refusal) => refusal.into_response(),
    }
}

/// `POST …/dependencies/update`
pub async fn update<R: RunPrograms>(State(api): State<Arc<Api<R>>>, request: Request) -> Response {
    match in_body(&api, request).await {
        Ok(language) => {
            api.runner.refresh_packages(language).await;
            success(Updated {
                problem: api.runner.packages_problem(language),
            })
        }
        Err(refusal) => refusal.into_response(),
    }
}

#[derive(Serialize)]
struct Updated {
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

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
