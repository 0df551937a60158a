//! Gives every request its id, for handlers as an extension and for the caller as a header.

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

use crate::telemetry::RequestId;

const HEADER: HeaderName = HeaderName::from_static("x-request-id");

pub async fn attach(mut request: Request, next: Next) -> Response {
    let traceparent = request.headers().get("traceparent");
    let id = RequestId::from_traceparent(traceparent.map(HeaderValue::as_bytes));
    request.extensions_mut().insert(id);
    let mut response = next.run(request).await;
    if let Ok(value) = HeaderValue::try_from(id.to_string()) {
        response.headers_mut().insert(HEADER, value);
    }
    response
}
