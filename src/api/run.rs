//! `POST /v1/sandbox/run`: one program, one answer.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use tracing::error;

use super::fields::BodyKind;
use super::response::{Refusal, success};
use super::{Api, Network, Preload, RunPrograms, body};
use crate::egress::Who;
use crate::execution::ExecutionError;
use crate::program::{Language, Outcome, Program};
use crate::telemetry::{RequestId, RunLine};

#[derive(Serialize)]
struct Answer {
    stdout: String,
    stderr: String,
    error: String,
    exit_code: i32,
}

pub async fn run<R: RunPrograms>(
    State(api): State<Arc<Api<R>>>,
    Extension(id): Extension<RequestId>,
    request: Request,
) -> Response {
    let mut line = RunLine::start(id);
    match outcome_of(&api, request, &mut line).await {
        Ok(outcome) => {
            line.ran(&outcome);
            success(Answer::from(outcome))
        }
        Err(refusal) => {
            line.refused(refusal.label());
            refusal.into_response()
        }
    }
}

async fn outcome_of<R: RunPrograms>(
    api: &Api<R>,
    request: Request,
    line: &mut RunLine,
) -> Result<Outcome, Refusal> {
    let Some(admission) = api.runner.admit() else {
        body::discard(request).await;
        return Err(Refusal::TooManyRequests);
    };
    let program = read_program(api, request, line.id()).await?;
    line.language(program.language);
    api.runner
        .run(admission, program)
        .await
        .map_err(|failure| match failure {
            ExecutionError::ShuttingDown => Refusal::ShuttingDown,
            ExecutionError::Internal(message) => {
                let id = line.id();
                error!(request_id = %id, "cannot run a program: {message}");
                Refusal::Internal { id }
            }
        })
}

async fn read_program<R>(
    api: &Api<R>,
    request: Request,
    id: RequestId,
) -> Result<Program, Refusal> {
    let kind = BodyKind::of(request.headers());
    let body = body::receive(request.into_body(), api.body_limit).await?;
    let mut fields = kind.read(&body)?;
    drop(body);
    let language = fields.take_language().map_err(|wrong| kind.refuse(wrong))?;
    let code = fields.take_code().map_err(|wrong| kind.refuse(wrong))?;
    let language = Language::from_api_name(&language).ok_or(Refusal::UnsupportedLanguage)?;
    if fields.wants_network() && api.network == Network::Disabled {
        return Err(Refusal::NetworkDisabled);
    }
    Ok(Program {
        language,
        code,
        preload: match api.preload {
            Preload::Run => fields.take_preload(),
            Preload::Ignore => None,
        },
        file_name: language.default_file_name().to_owned(),
        network: fields.wants_network().then(|| Who {
            // The only one there is.
            tenant: "default".to_owned(),
            request: id.to_string(),
        }),
    })
}

impl From<Outcome> for Answer {
    fn from(outcome: Outcome) -> Self {
        Self {
            error: outcome.error_text(),
            exit_code: outcome.exit_code(),
            stdout: text(outcome.stdout),
            stderr: text(outcome.stderr),
        }
    }
}

/// `bytes` as text; what is not UTF-8 becomes U+FFFD.
fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}
