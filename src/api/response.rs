//! The shapes of answers: `{"code", "message", "data"}` in JSON, and the refusals.

use axum::body::Body;
use std::time::Duration;

use axum::http::header::{CONNECTION, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::telemetry::RequestId;
use crate::units::ByteSize;

#[derive(Serialize)]
struct Envelope<'a, T> {
    code: i32,
    message: &'a str,
    data: T,
}

/// 200 with `data`.
pub fn success(data: impl Serialize) -> Response {
    envelope(StatusCode::OK, 0, "success", data)
}

fn envelope(status: StatusCode, code: i32, message: &str, data: impl Serialize) -> Response {
    let envelope = Envelope {
        code,
        message,
        data,
    };
    match serde_json::to_vec(&envelope) {
        Ok(body) => json(status, body),
        // Texts and numbers always have a JSON form.
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// An answer whose body is already JSON.
pub fn json(status: StatusCode, body: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/json; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}

/// An unknown path, or a known one with the wrong method.
pub fn not_found() -> Response {
    (StatusCode::NOT_FOUND, "404 page not found").into_response()
}

/// Why a request is answered without its program having run. The texts tell the caller what to
/// change.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the X-Api-Key header is missing or wrong")]
    Unauthorized,
    #[error("{message}")]
    BadRequest {
        /// What is wrong.
        message: String,
        /// 400, or 200 where the reference answers so.
        status: StatusCode,
    },
    #[error(
        "the request body is larger than {limit} (6 times limits.code, plus 1 MiB): send a smaller program or smaller inputs"
    )]
    BodyTooLarge { limit: ByteSize },
    #[error("the request body did not arrive completely within {} s", .limit.as_secs())]
    BodyTooSlow { limit: Duration },
    #[error("unsupported language")]
    UnsupportedLanguage,
    // The reference's words, which Dify's users search for.
    #[error("network is disabled, please enable it in the configuration")]
    NetworkDisabled,
    #[error("Too many requests")]
    TooManyRequests,
    #[error("the server is shutting down")]
    ShuttingDown,
    #[error("internal error: the server's log says more under request id {id}")]
    Internal { id: RequestId },
}

impl Refusal {
    /// A short stable word for logs and metrics.
    pub fn label(&self) -> &'static str {
        match self {
            Self::Unauthorized => "unauthorized",
            Self::BadRequest { .. } => "bad-request",
            Self::BodyTooLarge { .. } => "body-size",
            Self::BodyTooSlow { .. } => "body-timeout",
            Self::UnsupportedLanguage => "unsupported-language",
            Self::NetworkDisabled => "network-disabled",
            Self::TooManyRequests => "too-many-requests",
            Self::ShuttingDown => "shutting-down",
            Self::Internal { .. } => "internal-error",
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::BadRequest { status, .. } => *status,
            Self::BodyTooLarge { .. } | Self::UnsupportedLanguage => StatusCode::BAD_REQUEST,
            Self::BodyTooSlow { .. } => StatusCode::REQUEST_TIMEOUT,
            // Dify tries 503 again elsewhere; everything else it shows to its user.
            Self::TooManyRequests | Self::ShuttingDown => StatusCode::SERVICE_UNAVAILABLE,
            Self::NetworkDisabled | Self::Internal { .. } => StatusCode::OK,
        }
    }

    fn code(&self) -> i32 {
        match self {
            Self::TooManyRequests | Self::ShuttingDown => -503,
            Self::Internal { .. } => -500,
            _ => -400,
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        if self == Self::Unauthorized {
            return StatusCode::UNAUTHORIZED.into_response();
        }
        let mut response = envelope(self.status(), self.code(), &self.to_string(), ());
        if matches!(self, Self::BodyTooSlow { .. }) {
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(CONNECTION, close);
        }
        response
    }
}
