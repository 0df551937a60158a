//! Receives request bodies: never more than the limit, never longer than the timeout.

use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody as _};
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::EXPECT;

use super::response::Refusal;
use crate::units::ByteSize;

/// How long a whole body may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(60);

/// How much of a body nobody wants is still read, and for how long, so that its sender comes to
/// read the answer: closing a connection with unread bytes resets it, and the answer is lost.
const DISCARD_BYTES: u64 = 64 << 20;
const DISCARD_TIMEOUT: Duration = Duration::from_secs(5);

/// Memory taken for a body on the word of its length header alone.
const FIRST_CAPACITY: u64 = 1 << 20;

/// The largest body.
#[derive(Clone, Copy, Debug)]
pub struct BodyLimit(ByteSize);

impl BodyLimit {
    /// Room for a program of the largest size however JSON escapes it (`\u0001` is six bytes for
    /// one), and for the fields around it.
    pub fn for_code(code: ByteSize) -> Self {
        let escaped = code.bytes().saturating_mul(6);
        Self(ByteSize(escaped.saturating_add(1 << 20)))
    }
}

/// The whole body.
///
/// # Errors
/// A body that is too large, too slow, or breaks off.
pub async fn receive(mut body: Body, limit: BodyLimit) -> Result<Vec<u8>, Refusal> {
    match tokio::time::timeout(BODY_TIMEOUT, collect(&mut body, limit)).await {
        Err(_) => Err(Refusal::BodyTooSlow {
            limit: BODY_TIMEOUT,
        }),
        Ok(Err(refusal @ Refusal::BodyTooLarge { .. })) => {
            drain(&mut body).await;
            Err(refusal)
        }
        Ok(result) => result,
    }
}

async fn collect(body: &mut Body, BodyLimit(limit): BodyLimit) -> Result<Vec<u8>, Refusal> {
    let announced = body.size_hint().lower();
    if announced > limit.bytes() {
        return Err(Refusal::BodyTooLarge { limit });
    }
    let capacity = usize::try_from(announced.min(FIRST_CAPACITY)).unwrap_or(0);
    let mut bytes = Vec::with_capacity(capacity);
    while let Some(chunk) = next_chunk(body).await {
        let chunk = chunk.map_err(|error| Refusal::BadRequest {
            message: format!("the request body broke off: {error}"),
            status: StatusCode::BAD_REQUEST,
        })?;
        if (bytes.len() + chunk.len()) as u64 > limit.bytes() {
            return Err(Refusal::BodyTooLarge { limit });
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

async fn next_chunk(body: &mut Body) -> Option<Result<Bytes, axum::Error>> {
    loop {
        let frame = poll_fn(|context| Pin::new(&mut *body).poll_frame(context)).await?;
        match frame.map(|frame| frame.into_data()) {
            Ok(Ok(data)) => return Some(Ok(data)),
            Ok(Err(_trailers)) => {}
            Err(error) => return Some(Err(error)),
        }
    }
}

/// Reads the body of a request that is refused, and forgets it.
pub async fn discard(request: Request) {
    // Whoever asks before sending has not sent anything yet.
    if !request.headers().contains_key(EXPECT) {
        drain(&mut request.into_body()).await;
    }
}

async fn drain(body: &mut Body) {
    if body.is_end_stream() || body.size_hint().lower() > DISCARD_BYTES {
        return;
    }
    let reading = async {
        let mut left = DISCARD_BYTES;
        while let Some(Ok(chunk)) = next_chunk(body).await {
            match left.checked_sub(chunk.len() as u64) {
                Some(rest) => left = rest,
                None => break,
            }
        }
    };
    let _ = tokio::time::timeout(DISCARD_TIMEOUT, reading).await;
}
