//! The API key: needed for everything under `/v1/sandbox/`, whether it exists or not.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::body;
use super::response::Refusal;

const PROTECTED: &str = "/v1/sandbox/";
const HEADER: &str = "x-api-key";

/// The key's digest: digests have one length, so that comparing them takes one time.
#[derive(Clone, Copy)]
pub struct KeyDigest([u8; 32]);

impl KeyDigest {
    pub fn of(key: impl AsRef<[u8]>) -> Self {
        Self(Sha256::digest(key).into())
    }

    fn is(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

/// Answers 401 unless the request carries the key or needs none.
pub async fn require_key(State(key): State<KeyDigest>, request: Request, next: Next) -> Response {
    if !request.uri().path().starts_with(PROTECTED) {
        return next.run(request).await;
    }
    let given = request.headers().get(HEADER);
    if given.is_some_and(|given| KeyDigest::of(given).is(&key)) {
        return next.run(request).await;
    }
    body::discard(request).await;
    Refusal::Unauthorized.into_response()
}
